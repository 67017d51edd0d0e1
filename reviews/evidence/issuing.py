"""The job that issues a certificate: gather, set, seal, put the file in its place, and write its hash down. Restartable."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from reviews.actions import certificates
from reviews.evidence import gather, verify
from reviews.evidence.certificate import issue, pages, seal
from reviews.evidence.wording import Issue
from reviews.models import Bundle, Certificate, SignOff
from sorahub.accounts.models import User
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.ledger import timestamps
from sorahub.lib.errors import NotFound, Unavailable


@dataclass(frozen=True)
class Issued:
    """A certificate that lies in a bundle: of which sign-off, and what its row says of its bytes."""

    sign_off: SignOff
    facts: dict[str, str | int]


def make_certificate(job: Job) -> Json:
    """Issue what the job asks for; it bears the job's id, so that a repeated attempt finds it.

    Raises what the runner understands: NotFound for lost access, Conflict for an expired sealing certificate, Unavailable
    when the disk or the authority for time is away.
    """
    issued = Certificate.objects.filter(pk=job.pk).first()
    if issued is None:
        user = User.objects.select_related("person").get(pk=str(job.payload["user"]))
        issued = _issued(job, user, _evidence(user, str(job.payload["sign_off"])))
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


def sealed(evidence: gather.Evidence, verifier_sha256: str) -> tuple[bytes, Issued]:
    """Return the certificate as it is issued now, and what its row will say."""
    made = issue(evidence, verifier_sha256=verifier_sha256)
    data = seal(pages(evidence, made), made, timestamper=timestamps.authority())
    return data, Issued(evidence.sign_off, facts_of(data, made))


def keep_bundled(bundle: Bundle, issued: Iterable[Issued]) -> None:
    """Write down the certificates that lie in a bundle. Inside the transaction that announces the bundle."""
    for one in issued:
        certificates.issue_in_bundle(bundle=bundle, sign_off=one.sign_off, made=one.facts)


def _evidence(user: User, sign_off: str) -> gather.Evidence:
    """Gather as for a bundle, which is never saved: what goes onto the pages is what this person may see."""
    row = SignOff.objects.visible_to(user).select_related("clip__project").filter(pk=sign_off).first()
    if row is None:
        raise NotFound("The person who asked for it may not see this sign-off any more.")
    bundle = Bundle(clip=row.clip, sign_off=row, created_by=user)
    return gather.gather(bundle, row.pk, gather.checkpoint_for(bundle))


def _issued(job: Job, user: User, evidence: gather.Evidence) -> Certificate:
    digest = sha256(Path(verify.__file__).read_bytes()).hexdigest()
    data, made = sealed(evidence, digest)
    key = f"certificates/{job.pk}.pdf"
    draft = _written(Path(settings.MEDIA_ROOT) / f"{key}.{job.attempt}", data)
    try:
        with job.fenced():
            draft.replace(Path(settings.MEDIA_ROOT) / key)
            return certificates.issue(
                order=job.pk, sign_off=evidence.sign_off, to=user, made=made.facts, storage_key=key
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
