"""Have a sign-off's certificate made as a PDF of its own, and take it away: asked, written down, ledgered, like all evidence."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from generations.actions import checks
from generations.models import Pulse
from reviews.actions.evidence import require_exportable
from reviews.models import Bundle, Certificate, LicenceRecord, SignOff
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, NotFound
from sorahub.lib.ids import uuid7
from sorahub.lib.numbering import number_of

KIND = "evidence.certificate"
OPEN = (JobState.QUEUED, JobState.RUNNING)
_JOINED = ("sign_off__clip__project__client", "sign_off__clip__shot", "sign_off__record_version", "issued_to__person")


@dataclass(frozen=True)
class Order:
    """How a certificate that somebody asked for stands: ``making``, ``ready`` (then there is one) or ``failed`` (then words say why)."""

    id: UUID
    state: str
    words: str
    sign_off: SignOff
    certificate: Certificate | None


@dataclass(frozen=True)
class CertificateGrant:
    """A PDF that may leave now: where it lies, under which name it goes, and its hash."""

    path: Path
    filename: str
    sha256: str


def request_certificate(*, actor: User, sign_off: SignOff) -> Job:
    """Have the certificate of an approval made by a job; asked again while it is being made, it is the same one.

    What was revoked, withdrawn or is on hold goes to counsel alone, and says so in large letters. Raises Forbidden, NotFound,
    Conflict for what is no approval, Refused with every reason when it may not leave.
    """
    actor.demand(Permission.EXPORT_EVIDENCE)
    checks.require_seen(actor, SignOff.objects.all(), sign_off)
    if sign_off.meaning != SignOff.Meaning.APPROVED:
        raise Conflict("Certificates are made of approvals: choose one.", code="not-an-approval")
    payload = {"sign_off": str(sign_off.pk), "user": str(actor.pk)}
    with transaction.atomic():
        LicenceRecord.objects.select_for_update().get(pk=sign_off.record_version.record_id)
        require_exportable(actor, sign_off)
        waiting = Job.objects.filter(kind=KIND, subject_id=sign_off.clip_id, state__in=OPEN, payload=payload).first()
        if waiting is not None:
            return waiting
        return queue.enqueue(
            KIND, key=f"{KIND}:{uuid7()}", payload={**payload}, subject_id=sign_off.clip_id, max_attempts=3
        )


def order_of(*, actor: User, pk: UUID) -> Order:
    """Return how a certificate stands that was asked for under this id, or was issued with it. Raises NotFound."""
    actor.demand(Permission.EXPORT_EVIDENCE)
    rows = Certificate.objects.visible_to(actor).select_related(*_JOINED)
    issued = rows.filter(pk=pk).exclude(storage_key="").first()
    if issued is not None:
        return Order(pk, "ready", "", issued.sign_off, issued)
    job = Job.objects.filter(pk=pk, kind=KIND).first()
    seen = SignOff.objects.visible_to(actor).select_related("clip__project__client", "clip__shot")
    sign_off = seen.filter(pk=str(job.payload["sign_off"])).first() if job else None
    if job is None or sign_off is None:
        raise NotFound("There is no such certificate.")
    if job.state in OPEN:
        return Order(pk, "making", "", sign_off, None)
    told = job.error_message if job.state == JobState.FAILED else ""
    words = told or "The certificate could not be made. Try again; if it fails again, tell the administrator."
    return Order(pk, "failed", words, sign_off, None)


def issue(*, order: UUID, sign_off: SignOff, to: User, made: dict[str, str | int], storage_key: str) -> Certificate:
    """Write down that a certificate was issued. ``made``: sha256, size, verifier_sha256, state, sealed_by."""
    return _issued(Certificate(pk=order, sign_off=sign_off, issued_to=to, storage_key=storage_key, **made))


def issue_in_bundle(*, bundle: Bundle, sign_off: SignOff, made: dict[str, str | int]) -> Certificate:
    """Write down the certificate that lies in a bundle, so that it is recognised when it is met without it."""
    return _issued(Certificate(bundle=bundle, sign_off=sign_off, issued_to=bundle.created_by, **made))


def _issued(certificate: Certificate) -> Certificate:
    """Insert the row, and the event that holds its hash, in the client's chain. Inside the caller's transaction."""
    certificate.save(force_insert=True)
    clip = certificate.sign_off.clip
    Pulse.objects.bump(clip.project)
    body: dict[str, Json] = {
        "clip_id": str(clip.pk),
        "sign_off": str(certificate.sign_off_id),
        "bundle": str(certificate.bundle_id) if certificate.bundle_id else None,
        "certificate_sha256": certificate.sha256,
        "size": certificate.size,
        "state": certificate.state,
    }
    actor, client = certificate.issued_to_id, clip.project.client_id
    record.append(kind="certificate.issued", actor=actor, client=client, subject=certificate, body=body)
    return certificate


def grant_certificate(*, actor: User, certificate: Certificate) -> CertificateGrant:
    """Let an issued PDF go to this person, once, and ledger it.

    Raises Forbidden, NotFound (its file too), Conflict when its bytes were changed, Refused with every reason when it may not leave.
    """
    actor.demand(Permission.EXPORT_EVIDENCE)
    checks.require_seen(actor, Certificate.objects.all(), certificate)
    path = Path(settings.MEDIA_ROOT) / certificate.storage_key
    if not certificate.storage_key or not path.is_file():
        raise NotFound("The certificate is missing from storage: have it made again.", code="certificate-missing")
    if storage.sha256_of(path) != certificate.sha256:
        raise Conflict(
            "The stored certificate is not the one that was issued: have it made again.", code="certificate-damaged"
        )
    clip = certificate.sign_off.clip
    body: dict[str, Json] = {
        "clip_id": str(clip.pk),
        "sign_off": str(certificate.sign_off_id),
        "certificate_sha256": certificate.sha256,
    }
    with transaction.atomic():
        require_exportable(actor, certificate.sign_off)
        client = clip.project.client_id
        record.append(kind="certificate.downloaded", actor=actor.pk, client=client, subject=certificate, body=body)
    number = number_of(certificate.sign_off.payload_sha256)
    return CertificateGrant(path, f"certificate_{number}_{certificate.issued_at:%Y-%m-%d}.pdf", certificate.sha256)
