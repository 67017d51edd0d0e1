"""The job that issues a certificate: gather, set, seal, put the file in its place, and write its hash down. Restartable."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from reviews.actions import certificates
from reviews.actions.certified import standing
from reviews.evidence import gather, verify
from reviews.evidence.certificate import issue, pages, seal
from reviews.evidence.wording import Issue
from reviews.models import Bundle, Certificate, SignOff
from sorahub.accounts.models import User
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import pdf_identity
from sorahub.lib.errors import NotFound, Unavailable


def make_certificate(job: Job, *, timestamper: Any = None) -> Json:
    """Issue what the job asks for; it bears the job's id, so that a repeated attempt finds it.

    Raises what the runner understands: NotFound for lost access, Conflict for an expired sealing certificate, Unavailable
    when the disk or the authority for time is away.
    """
    issued = Certificate.objects.filter(pk=job.pk).first()
    if issued is None:
        user = User.objects.select_related("person").get(pk=str(job.payload["user"]))
        issued = _issued(job, user, _evidence(user, str(job.payload["sign_off"])), timestamper)
    return {"certificate": str(issued.pk), "sha256": issued.sha256}


def facts_of(data: bytes, made: Issue) -> dict[str, str | int]:
    """Return what a certificate's row says of its bytes."""
    return {
        "sha256": sha256(data).hexdigest(),
        "size": len(data),
        "verifier_sha256": made.verifier_sha256,
        "state": str(made.standing.state),
        "sealed_by": made.seal.subject[:300] if made.seal else "",
    }


def keep_bundled(bundle: Bundle, root: Path) -> Certificate:
    """Write down the certificate that lies in a bundle's folder. Inside the transaction that announces the bundle."""
    data, identity = (root / "data/certificate.pdf").read_bytes(), pdf_identity.current()
    digest = sha256((root / "verify.py").read_bytes()).hexdigest()
    now = timezone.now()
    made = Issue(standing(bundle.sign_off, now), now, identity, digest)
    return certificates.issue_in_bundle(bundle=bundle, made=facts_of(data, made))


def _evidence(user: User, sign_off: str) -> gather.Evidence:
    """Gather as for a bundle, which is never saved: what goes onto the pages is what this person may see."""
    row = SignOff.objects.visible_to(user).select_related("clip").filter(pk=sign_off).first()
    if row is None:
        raise NotFound("The person who asked for it may not see this sign-off any more.")
    return gather.gather(Bundle(clip=row.clip, sign_off=row, created_by=user))


def _issued(job: Job, user: User, evidence: gather.Evidence, timestamper: Any) -> Certificate:
    digest = sha256(Path(verify.__file__).read_bytes()).hexdigest()
    made = issue(evidence, verifier_sha256=digest)
    data = seal(pages(evidence, made), made, timestamper=timestamper)
    key = f"certificates/{job.pk}.pdf"
    draft = _written(Path(settings.MEDIA_ROOT) / f"{key}.{job.attempt}", data)
    try:
        with job.fenced():
            draft.replace(Path(settings.MEDIA_ROOT) / key)
            return certificates.issue(
                order=job.pk, sign_off=evidence.sign_off, to=user, made=facts_of(data, made), storage_key=key
            )
    finally:
        draft.unlink(missing_ok=True)


def _written(path: Path, data: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise Unavailable(f"The certificate could not be written: {error}", code="certificate-not-written") from error
    return path
