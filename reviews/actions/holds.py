"""Put a stop on a clip, and lift it."""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.models import Hold, Incident
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.errors import Conflict


def place_hold(*, actor: User, clip: Clip, reason: str) -> Hold:
    """Stop everything that would leave of this clip, at once. Raises Forbidden, NotFound, InvalidInput without a reason."""
    actor.demand(Permission.HOLD)
    checks.require_seen(actor, Clip.objects.all(), clip)
    words = checks.words(reason, "reason", "Say why.")
    with transaction.atomic():
        hold = Hold.objects.create(clip=clip, reason=words, placed_by=actor)
        _append("hold.placed", actor, hold, words)
    return hold


def lift_hold(*, actor: User, hold: Hold, reason: str) -> Hold:
    """End a hold. Raises Forbidden, NotFound, InvalidInput without a reason, Conflict if somebody lifted it before."""
    actor.demand(Permission.HOLD)
    checks.require_seen(actor, Hold.objects.all(), hold)
    words = checks.words(reason, "reason", "Say why it may go on.")
    with transaction.atomic():
        standing = Hold.objects.filter(pk=hold.pk, lifted_at=None)
        if not standing.update(lifted_at=timezone.now(), lifted_by=actor, lift_reason=words):
            raise Conflict("This hold was lifted before.", code="hold-lifted")
        _append("hold.lifted", actor, hold, words)
    hold.refresh_from_db()
    return hold


def stops(clip: Clip) -> list[str]:
    """Return, in words, what stops the clip: holds that stand and open incidents that stop."""
    found = ["This clip is on hold."] if Hold.objects.filter(clip=clip, lifted_at=None).exists() else []
    if Incident.objects.open().filter(clip=clip, stops=True).exists():
        found.append("An open incident stops this clip.")
    return found


def _append(kind: str, actor: User, hold: Hold, words: str) -> None:
    Pulse.objects.bump(hold.clip.project)
    body = {"clip_sha256": hold.clip.sha256, "words": record.conceal(words)}
    record.append(kind=kind, actor=actor.pk, client=hold.clip.project.client_id, subject=hold, body=body)
