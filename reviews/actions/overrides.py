"""Two-person exceptions to a block: one asks, another approves; at least one of them is a legal approver."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions import refusals
from reviews.models import Override
from reviews.rules import separation
from reviews.rules.reasons import OVERRIDABLE, Reason
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

LONGEST = timedelta(days=366)
_SAME_PERSON = Reason("same-person", "You asked for this exception yourself.", "Ask another person to approve it.")
_NO_LAWYER = Reason("no-legal-approver", "Two administrators cannot set a legal block aside.", "Ask a legal approver.")


def request_override(*, actor: User, clip: Clip, block: str, reason: str, expires_at: datetime) -> Override:
    """Ask for an exception to one block (a reason's code) on these bytes, for a year at most. Without approval it has no effect.

    Raises Forbidden, NotFound, InvalidInput for a block that cannot be set aside.
    """
    actor.demand(Permission.OVERRIDE)
    checks.require_seen(actor, Clip.objects.all(), clip)
    words = checks.words(reason, "reason", "Say why.")
    now = timezone.now()
    if block not in OVERRIDABLE:
        allowed = ", ".join(sorted(OVERRIDABLE))
        raise InvalidInput(
            "This block cannot be set aside.", code="not-overridable", fields={"block": f"One of: {allowed}."}
        )
    if not now < expires_at <= now + LONGEST:
        raise InvalidInput("An exception ends within a year.", fields={"expires_at": "After now, within a year."})
    with transaction.atomic():
        override = Override.objects.create(
            clip=clip, clip_sha256=clip.sha256, block=block, reason=words, requested_by=actor, expires_at=expires_at
        )
        _append("override.requested", actor, override, {"words": record.conceal(words)})
    return override


def approve_override(*, actor: User, override: Override) -> Override:
    """Approve an exception that another person asked for; it works from now on.

    Raises Forbidden, NotFound, Refused for one's own request (by any account of the same person) or when neither of the
    two is a legal approver, Conflict if it is approved or expired.
    """
    actor.demand(Permission.OVERRIDE)
    checks.require_seen(actor, Override.objects.all(), override)
    if not separation.two_persons(override.requested_by.person_id, actor.person_id):
        refusals.record_and_raise("override.refused", actor, override.clip, override, [_SAME_PERSON])
    if Kind.LEGAL not in (override.requested_by.kind, actor.kind):
        refusals.refuse(_NO_LAWYER.message, [_NO_LAWYER], code=_NO_LAWYER.code)
    now = timezone.now()
    with transaction.atomic():
        waiting = Override.objects.filter(pk=override.pk, approved_at=None, expires_at__gt=now)
        if not waiting.update(approved_at=now, approved_by=actor):
            raise Conflict("This exception is approved or has expired.", code="override-settled")
        _append("override.approved", actor, override, {"expires_at": override.expires_at.isoformat()})
    override.refresh_from_db()
    return override


def _append(kind: str, actor: User, override: Override, more: dict[str, Json]) -> None:
    Pulse.objects.bump(override.clip.project)
    record.append(
        kind=kind,
        actor=actor.pk,
        client=override.clip.project.client_id,
        subject=override,
        body={"clip_sha256": override.clip_sha256, "block": override.block, **more},
    )
