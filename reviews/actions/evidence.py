"""Ask for the evidence of a sign-off, and take it away. Both are egress: asked, written down, ledgered."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions import refusals, verification
from reviews.actions.signatures import sound
from reviews.models import Bundle, Delivery, LicenceRecord, SignOff
from reviews.rules import exporting
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, NotFound

KIND = "evidence.bundle"
_SETTLING = timedelta(minutes=1)  # from the verification until the file is in its place


@dataclass(frozen=True)
class BundleGrant:
    """A bundle's zip that may leave now: where it lies, under which name it goes, its hash, and the row that says so."""

    path: Path
    filename: str
    sha256: str
    delivery: Delivery


def request_bundle(*, actor: User, sign_off: SignOff) -> Bundle:
    """Have the evidence bundle of an approval made by a job; asked again while it is being made, it is the same bundle.

    An approval that was revoked is still exported for counsel, its revocation inside. Raises Forbidden, NotFound,
    Conflict for what is no approval, Refused with every reason when it may not leave.
    """
    actor.demand(Permission.EXPORT_EVIDENCE)
    checks.require_seen(actor, SignOff.objects.all(), sign_off)
    if sign_off.meaning != SignOff.Meaning.APPROVED:
        raise Conflict("Evidence is made of approvals: choose one.", code="not-an-approval")
    with transaction.atomic():
        LicenceRecord.objects.select_for_update().get(pk=sign_off.record_version.record_id)
        _require_exportable(actor, sign_off)
        under_way = _under_way(actor, sign_off)
        if under_way is not None:
            return under_way
        bundle = Bundle.objects.create(clip=sign_off.clip, sign_off=sign_off, created_by=actor)
        payload = {"bundle": str(bundle.pk)}
        queue.enqueue(KIND, key=_key(bundle), payload={**payload}, subject_id=bundle.clip_id)
        _deliver("evidence.exported", actor, bundle)
    return bundle


def grant_bundle(*, actor: User, bundle: Bundle) -> BundleGrant:
    """Let a finished bundle's zip go to this person, once, and ledger it.

    Raises Forbidden, NotFound, Conflict while it is not ready or when its bytes were changed, Refused with every reason
    when it may not leave any more.
    """
    actor.demand(Permission.EXPORT_EVIDENCE)
    checks.require_seen(actor, Bundle.objects.all(), bundle)
    path = Path(settings.MEDIA_ROOT) / bundle.storage_key
    if bundle.state != Bundle.State.READY:
        raise Conflict("This bundle is not ready.", code="bundle-not-ready")
    if not path.is_file():
        raise NotFound("The bundle is missing from storage: have it made again.", code="bundle-missing")
    if not _as_verified(bundle, path):
        raise Conflict("The stored bundle is not the one that was verified: have it made again.", code="bundle-damaged")
    with transaction.atomic():
        _require_exportable(actor, bundle.sign_off)
        delivery = _deliver("evidence.downloaded", actor, bundle)
    return BundleGrant(path, _filename(bundle), bundle.sha256, delivery)


def _as_verified(bundle: Bundle, path: Path) -> bool:
    """Whether the file has its size and hash; a large one is hashed only when it was touched after it took its place."""
    found = path.stat()
    if found.st_size != bundle.size:
        return False
    settled = (bundle.verified_at + _SETTLING).timestamp() if bundle.verified_at else 0
    if found.st_size > verification.INLINE_BYTES and found.st_ctime < settled:
        return True
    return storage.sha256_of(path) == bundle.sha256


def _require_exportable(actor: User, sign_off: SignOff) -> None:
    clip = Clip.objects.get(pk=sign_off.clip_id)
    subject = exporting.Subject(
        quarantined=clip.quarantined_at is not None,
        withdrawn=clip.withdrawn_at is not None,
        revoked=SignOff.objects.filter(revokes=sign_off).exists(),
        suspended=" ".join(sign_off.suspensions.open_suspensions().values_list("reason", flat=True)),
        sound=sound(sign_off),
        holds=tuple(clip.holds.filter(lifted_at=None).values_list("reason", flat=True)),
    )
    against = exporting.against(subject, counsel=actor.may(Permission.DOWNLOAD_UNCLEARED))
    if against:
        refusals.refuse("This evidence may not leave.", against, code="not-exportable")


def _under_way(actor: User, sign_off: SignOff) -> Bundle | None:
    """The bundle that this person waits for already, if its job has not ended."""
    waiting = Bundle.objects.filter(sign_off=sign_off, created_by=actor, state=Bundle.State.REQUESTED)
    bundle = waiting.order_by("-created_at").first()
    open_states = (JobState.QUEUED, JobState.RUNNING)
    if bundle and Job.objects.filter(key=_key(bundle), state__in=open_states).exists():
        return bundle
    return None


def _key(bundle: Bundle) -> str:
    return f"{KIND}:{bundle.pk}"


def _filename(bundle: Bundle) -> str:
    return f"evidence_{bundle.clip.sha256[:8]}_{bundle.created_at:%Y-%m-%d}_{bundle.pk.hex[-8:]}.zip"


def _deliver(kind: str, actor: User, bundle: Bundle) -> Delivery:
    """Write down who gets which bytes; the ledger last. Inside the caller's transaction."""
    clip = bundle.clip
    delivery = Delivery.objects.create(
        clip=clip,
        sha256=clip.sha256,
        sign_off_id=bundle.sign_off_id,
        manner=Delivery.Manner.BUNDLE,
        delivered_to=actor,
    )
    Pulse.objects.bump(clip.project)
    record.append(
        kind=kind,
        actor=actor.pk,
        client=clip.project.client_id,
        subject=bundle,
        body={
            "clip_id": str(clip.pk),
            "clip_sha256": clip.sha256,
            "sign_off": str(bundle.sign_off_id),
            "delivery": str(delivery.pk),
            "bundle_sha256": bundle.sha256 or None,
        },
    )
    return delivery
