"""Ask for the evidence of a sign-off, and take it away. Both are egress: asked, written down, ledgered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from generations.actions import checks
from generations.models import Clip, Project, Pulse
from reviews.actions import refusals, verification
from reviews.actions.clear import clearance
from reviews.actions.signatures import sound
from reviews.models import Bundle, Delivery, LicenceRecord, SignOff
from reviews.rules import exporting
from reviews.rules.reasons import Reason, reason
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput, NotFound

KIND = "evidence.bundle"
MOST = 500
"""So many sign-offs at most in one bundle."""
_SETTLING = timedelta(minutes=1)  # from the verification until the file is in its place


@dataclass(frozen=True)
class BundleGrant:
    """A bundle's zip that may leave now: where it lies, under which name it goes, its hash, and the row that says so."""

    path: Path
    filename: str
    sha256: str
    delivery: Delivery


def request_bundle(*, actor: User, sign_off: SignOff, variant: str = Bundle.Variant.FULL) -> Bundle:
    """Have the evidence bundle of an approval made by a job; asked again while it is being made, it is the same bundle.

    An approval that was revoked is still exported for counsel, its revocation inside. A redacted bundle reviewers may have, and
    guests for the clips put before them, while the clip is cleared. Raises Forbidden, NotFound, Conflict for what is no
    approval, Refused with every reason when it may not leave.
    """
    return request_collection(actor=actor, sign_offs=[sign_off], variant=variant)


def request_collection(*, actor: User, sign_offs: Sequence[SignOff], variant: str = Bundle.Variant.FULL) -> Bundle:
    """The same for several approvals of one project, each of another clip, in one bundle.

    Raises InvalidInput for none, too many, or a choice that is not of one project and of different clips.
    """
    _demand(actor, variant)
    for sign_off in sign_offs:
        _require_seen(actor, sign_off)
    _require_one_project(sign_offs)
    if any(sign_off.meaning != SignOff.Meaning.APPROVED for sign_off in sign_offs):
        raise Conflict("Evidence is made of approvals: choose one.", code="not-an-approval")
    first, *more = sorted(sign_offs, key=lambda row: row.pk)
    with transaction.atomic():
        records = sorted(row.record_version.record_id for row in sign_offs)
        list(LicenceRecord.objects.select_for_update().filter(pk__in=records).order_by("pk"))
        for sign_off in sign_offs:
            require_exportable(actor, sign_off)
        under_way = _under_way(actor, sign_offs, variant)
        if under_way is not None:
            return under_way
        bundle = Bundle.objects.create(clip=first.clip, sign_off=first, variant=variant, created_by=actor)
        if more:
            bundle.sign_offs.set(sign_offs)
        queue.enqueue(KIND, key=_key(bundle), payload={"bundle": str(bundle.pk)}, subject_id=bundle.clip_id)
        _deliver("evidence.exported", actor, bundle)
    return bundle


def standing_approval(clip: Clip) -> SignOff:
    """Return the approval that a clip's newest record version rests on. Raises Conflict when there is none that stands."""
    approvals = SignOff.objects.filter(clip=clip, meaning=SignOff.Meaning.APPROVED, revocation=None)
    found = approvals.select_related("clip__project", "record_version").order_by("-record_version__version").first()
    if found is None:
        raise Conflict(
            "There is no evidence of this clip yet: nobody has approved its licence.", code="not-an-approval"
        )
    return found


def approvals_of(project: Project, actor: User) -> list[SignOff]:
    """Return the newest standing approval of each clip of a project that this person may see, newest first."""
    rows = SignOff.objects.visible_to(actor).filter(
        clip__project=project, meaning=SignOff.Meaning.APPROVED, revocation=None
    )
    newest: dict[UUID, SignOff] = {}
    for row in rows.select_related("clip__shot", "clip__project", "record_version", "signer__person").order_by(
        "-signed_at"
    ):
        newest.setdefault(row.clip_id, row)
    return list(newest.values())


def cancel_bundle(*, actor: User, bundle: Bundle) -> Bundle:
    """Stop making a bundle; its job notices within a second and leaves nothing behind.

    For whoever asked for it, and whoever exports in full. Raises Forbidden, NotFound, Conflict when it is not being made.
    """
    checks.require_seen(actor, Bundle.objects.all(), bundle)
    if bundle.created_by_id != actor.pk:
        actor.demand(Permission.EXPORT_EVIDENCE)
    with transaction.atomic():
        waiting = Bundle.objects.filter(pk=bundle.pk, state=Bundle.State.REQUESTED)
        if not waiting.update(state=Bundle.State.CANCELLED):
            raise Conflict("This bundle is not being made any more.", code="bundle-not-under-way")
        Pulse.objects.bump(bundle.clip.project)
        _append("evidence.cancelled", actor, bundle, {})
    bundle.refresh_from_db()
    return bundle


def grant_bundle(*, actor: User, bundle: Bundle) -> BundleGrant:
    """Let a finished bundle's zip go to this person, once, and ledger it.

    Raises Forbidden, NotFound, Conflict while it is not ready or when its bytes were changed, Refused with every reason
    when it may not leave any more.
    """
    _demand(actor, bundle.variant)
    checks.require_seen(actor, Bundle.objects.all(), bundle)
    path = Path(settings.MEDIA_ROOT) / bundle.storage_key
    if bundle.state == Bundle.State.EXPIRED:
        raise Conflict("This bundle was deleted after its time: have it made again.", code="bundle-expired")
    if bundle.state != Bundle.State.READY:
        raise Conflict("This bundle is not ready.", code="bundle-not-ready")
    if not path.is_file():
        raise NotFound("The bundle is missing from storage: have it made again.", code="bundle-missing")
    if not _as_verified(bundle, path):
        raise Conflict("The stored bundle is not the one that was verified: have it made again.", code="bundle-damaged")
    with transaction.atomic():
        for sign_off in _all_of(bundle):
            require_exportable(actor, sign_off)
        delivery = _deliver("evidence.downloaded", actor, bundle)
    return BundleGrant(path, _filename(bundle), bundle.sha256, delivery)


def _demand(actor: User, variant: str) -> None:
    if variant not in Bundle.Variant.values:
        raise InvalidInput(
            "Choose full or redacted.", fields={"variant": f"One of: {', '.join(Bundle.Variant.values)}."}
        )
    actor.demand(Permission.EXPORT_EVIDENCE if variant == Bundle.Variant.FULL else Permission.EXPORT_REDACTED)


def _require_seen(actor: User, sign_off: SignOff) -> None:
    """A guest sees no sign-offs, but may have the evidence of the clips put before them."""
    if actor.kind == Kind.GUEST:
        checks.require_clip(actor, sign_off.clip)
    else:
        checks.require_seen(actor, SignOff.objects.all(), sign_off)


def _require_one_project(sign_offs: Sequence[SignOff]) -> None:
    clips = {row.clip_id for row in sign_offs}
    if not sign_offs or len(sign_offs) > MOST:
        words = f"Choose at least one sign-off and at most {MOST:,}."
    elif len(clips) != len(sign_offs):
        words = "Choose one sign-off of each clip."
    elif len({row.clip.project_id for row in sign_offs}) > 1:
        words = "Choose sign-offs of one project: a bundle is for the people of one."
    else:
        return
    raise InvalidInput(words, fields={"sign_offs": words})


def _all_of(bundle: Bundle) -> list[SignOff]:
    several = list(bundle.sign_offs.select_related("clip__project", "record_version").order_by("id"))
    return several or [bundle.sign_off]


def _as_verified(bundle: Bundle, path: Path) -> bool:
    """Whether the file has its size and hash; a large one is hashed only when it was touched after it took its place."""
    found = path.stat()
    if found.st_size != bundle.size:
        return False
    settled = (bundle.verified_at + _SETTLING).timestamp() if bundle.verified_at else 0
    if found.st_size > verification.INLINE_BYTES and found.st_ctime < settled:
        return True
    return storage.sha256_of(path) == bundle.sha256


def require_exportable(actor: User, sign_off: SignOff) -> None:
    """Raise Refused with every reason why the evidence of a sign-off may not go to this person now."""
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
    if not against and not actor.may(Permission.EXPORT_EVIDENCE):
        against = _uncleared(actor, sign_off)
    if against:
        told = [] if actor.kind == Kind.GUEST else against
        refusals.refuse("This evidence may not leave.", told, code="not-exportable")


def _uncleared(actor: User, sign_off: SignOff) -> list[Reason]:
    """Why the clip may not be used now for what its record is about: whoever may not export in full gets its bytes only then."""
    version = sign_off.record_version
    purpose = version.purposes[0] if version.purposes else ""
    answer = clearance(
        clip=sign_off.clip, use=version.uses[0], territory=version.territories[0], purpose=purpose, reader=actor
    )
    superseded = answer.sign_off is not None and answer.sign_off.pk != sign_off.pk
    return [reason("superseded")] if superseded else list(answer.reasons)


def _under_way(actor: User, sign_offs: Sequence[SignOff], variant: str) -> Bundle | None:
    """The same bundle that this person waits for already, if its job has not ended."""
    first = min(row.pk for row in sign_offs)
    waiting = Bundle.objects.filter(sign_off=first, variant=variant, created_by=actor, state=Bundle.State.REQUESTED)
    open_states = (JobState.QUEUED, JobState.RUNNING)
    for bundle in waiting.order_by("-created_at"):
        same = {row.pk for row in _all_of(bundle)} == {row.pk for row in sign_offs}
        if same and Job.objects.filter(key=_key(bundle), state__in=open_states).exists():
            return bundle
    return None


def _key(bundle: Bundle) -> str:
    return f"{KIND}:{bundle.pk}"


def _filename(bundle: Bundle) -> str:
    about = bundle.clip.project.code if bundle.sign_offs.exists() else bundle.clip.sha256[:8]
    word = "evidence" if bundle.variant == Bundle.Variant.FULL else "evidence-redacted"
    return (
        re.sub(r"[^A-Za-z0-9._-]+", "-", f"{word}_{about}_{bundle.created_at:%Y-%m-%d}_{bundle.pk.hex[-8:]}") + ".zip"
    )


def _deliver(kind: str, actor: User, bundle: Bundle) -> Delivery:
    """Write down who gets which bytes: one delivery for each clip, one event for all; the ledger last. Returns the first.

    Inside the caller's transaction.
    """
    deliveries = [
        Delivery.objects.create(
            clip_id=sign_off.clip_id,
            sha256=sign_off.clip_sha256,
            sign_off_id=sign_off.pk,
            manner=Delivery.Manner.BUNDLE,
            delivered_to=actor,
        )
        for sign_off in _all_of(bundle)
    ]
    Pulse.objects.bump(bundle.clip.project)
    several: list[Json] = [str(each.sign_off_id) for each in deliveries]
    more: dict[str, Json] = {"sign_offs": several} if len(several) > 1 else {}
    _append(kind, actor, bundle, {"delivery": str(deliveries[0].pk), "bundle_sha256": bundle.sha256 or None, **more})
    return deliveries[0]


def _append(kind: str, actor: User, bundle: Bundle, body: dict[str, Json]) -> None:
    clip = bundle.clip
    said: dict[str, Json] = {"clip_id": str(clip.pk), "clip_sha256": clip.sha256, "sign_off": str(bundle.sign_off_id)}
    record.append(
        kind=kind,
        actor=actor.pk,
        client=clip.project.client_id,
        subject=bundle,
        body={**said, "variant": str(bundle.variant), **body},
    )
