"""Have a deliverable made of a cleared clip, and take it away. Both are egress: asked, written down, ledgered."""

import re
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions import refusals, verification
from reviews.actions.clear import clearance
from reviews.actions.deliver import Grant, file_name
from reviews.models import Deliverable, Delivery, LicenceRecord, SignOff
from reviews.rules.clearance import Clearance
from reviews.rules.reasons import Reason
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, Forbidden, NotFound

KIND = "deliverable.make"
ATTEMPTS = 12
_SETTLING = timedelta(minutes=1)  # from the last reading until the file is in its place
_OLDER = Reason(
    "sign-off-changed",
    "This file was made under an earlier sign-off, whose number it carries.",
    "Have it prepared again.",
)


def request_deliverable(*, actor: User, clip: Clip, use: str, territory: str, purpose: str = "") -> Deliverable:
    """Have a deliverable made by a job, for this use, place and purpose; asked again while it is being made, it is the same one.

    Raises Forbidden (guests take what was prepared), NotFound, InvalidInput, and Refused with every reason when the clip is not
    cleared for that, or its stored bytes are not its own.
    """
    actor.demand(Permission.DOWNLOAD_CLEARED)
    if actor.kind == Kind.GUEST:
        raise Forbidden("The agency prepares deliverables: ask them for one.")
    checks.require_seen(actor, Clip.objects.all(), clip)
    place = territory.strip().upper()
    _cleared(actor, clip, use, place, purpose)
    verification.require_untouched(clip)
    with transaction.atomic():
        Pulse.objects.bump(clip.project)
        LicenceRecord.objects.select_for_update().get(clip=clip)
        sign_off = _cleared(actor, Clip.objects.get(pk=clip.pk), use, place, purpose)
        under_way = _under_way(actor, sign_off, use, place, purpose)
        if under_way is not None:
            return under_way
        made = Deliverable.objects.create(
            clip=clip, sign_off=sign_off, use=use, territory=place, purpose=purpose, source_sha256=clip.sha256,
            created_by=actor,
        )  # fmt: skip
        payload = {"deliverable": str(made.pk)}
        queue.enqueue(KIND, key=_key(made), payload={**payload}, subject_id=clip.pk, max_attempts=ATTEMPTS)
        _append("deliverable.requested", actor, made, {})
    return made


def grant_deliverable(*, actor: User, deliverable: Deliverable) -> Grant:
    """Let a finished deliverable go to this person, once, and ledger it with the hash of these very bytes.

    Raises Forbidden, NotFound, Conflict while it is not ready or when its bytes were changed, Refused with every reason (guests: with
    none) when the clip is not cleared for that any more, or is under another sign-off.
    """
    actor.demand(Permission.DOWNLOAD_CLEARED)
    checks.require_seen(actor, Deliverable.objects.all(), deliverable)
    if deliverable.state != Deliverable.State.READY:
        raise Conflict("This deliverable is not ready.", code="deliverable-not-ready")
    path = Path(settings.MEDIA_ROOT) / deliverable.storage_key
    _require_stored(deliverable, path)
    require_still_cleared(actor, deliverable)
    with transaction.atomic():
        Pulse.objects.bump(deliverable.clip.project)
        require_still_cleared(actor, deliverable)
        delivery = Delivery.objects.create(
            clip=deliverable.clip,
            sha256=deliverable.sha256,
            sign_off_id=deliverable.sign_off_id,
            manner=Delivery.Manner.MARKED,
            use=deliverable.use,
            territory=deliverable.territory,
            purpose=deliverable.purpose,
            delivered_to=actor,
        )
        _append("deliverable.downloaded", actor, deliverable, {"delivery": str(delivery.pk)})
    return Grant(path, name_of(deliverable), deliverable.sha256, delivery)


def require_still_cleared(actor: User, deliverable: Deliverable) -> None:
    """Ask clearance anew for what the deliverable is for. Raises Refused, also when another sign-off clears the clip now."""
    clip = Clip.objects.select_related("project").get(pk=deliverable.clip_id)
    sign_off = _cleared(actor, clip, deliverable.use, deliverable.territory, deliverable.purpose)
    if sign_off.pk != deliverable.sign_off_id:
        told = [] if actor.kind == Kind.GUEST else [_OLDER]
        refusals.refuse(_OLDER.message, told, code=_OLDER.code)


def name_of(deliverable: Deliverable) -> str:
    """Return the name under which it leaves: the clip's, with the first letters of its own hash in place of the clip's."""
    stem, _, _ = file_name(deliverable.clip).rpartition(f"_{deliverable.clip.sha256[:8]}")
    name = f"{stem}_marked_{deliverable.sha256[:8]}{Path(deliverable.storage_key).suffix}"
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


def append_made(deliverable: Deliverable) -> None:
    """Ledger a finished deliverable. Inside the caller's transaction, last."""
    lost = [each["mark"] for each in deliverable.marks if each["state"] == "lost"]
    body: dict[str, Json] = {
        "sign_off": str(deliverable.sign_off_id),
        "steps": [each["step"] for each in deliverable.steps],
        "lost": lost,
    }
    _append("deliverable.made", deliverable.created_by, deliverable, body)


def _cleared(actor: User, clip: Clip, use: str, territory: str, purpose: str) -> SignOff:
    answer: Clearance = clearance(clip=clip, use=use, territory=territory, purpose=purpose, reader=actor)
    if not answer.granted or answer.sign_off is None:
        told = [] if actor.kind == Kind.GUEST else answer.reasons
        refusals.refuse("This clip is not cleared for that.", told, code="not-cleared")
    return answer.sign_off


def _require_stored(deliverable: Deliverable, path: Path) -> None:
    """The file has its size and hash; a large one is hashed only when it was touched after it took its place."""
    if not path.is_file():
        raise NotFound("The file is missing from storage: have it prepared again.", code="deliverable-missing")
    found = path.stat()
    settled = (deliverable.verified_at + _SETTLING).timestamp() if deliverable.verified_at else 0
    same = found.st_size == deliverable.size
    if same and (found.st_size <= verification.INLINE_BYTES or found.st_ctime >= settled):
        same = storage.sha256_of(path) == deliverable.sha256
    if not same:
        message = "The stored file is not the one that was verified: have it prepared again."
        raise Conflict(message, code="deliverable-damaged")


def _under_way(actor: User, sign_off: SignOff, use: str, territory: str, purpose: str) -> Deliverable | None:
    waiting = Deliverable.objects.filter(
        sign_off=sign_off, created_by=actor, use=use, territory=territory, purpose=purpose,
        state=Deliverable.State.REQUESTED,
    )  # fmt: skip
    found = waiting.order_by("-created_at").first()
    open_states = (JobState.QUEUED, JobState.RUNNING)
    if found and Job.objects.filter(key=_key(found), state__in=open_states).exists():
        return found
    return None


def _key(deliverable: Deliverable) -> str:
    return f"{KIND}:{deliverable.pk}"


def _append(kind: str, actor: User, deliverable: Deliverable, more: dict[str, Json]) -> None:
    record.append(
        kind=kind,
        actor=actor.pk,
        client=deliverable.clip.project.client_id,
        subject=deliverable,
        body={
            "clip_id": str(deliverable.clip_id),
            "clip_sha256": deliverable.source_sha256,
            "sha256": deliverable.sha256 or None,
            "use": deliverable.use,
            "territory": deliverable.territory,
            "purpose": deliverable.purpose,
            **more,
        },
    )
