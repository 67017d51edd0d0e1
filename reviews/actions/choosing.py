"""Choose among takes: shortlist, reject, take the mark off again; and select the one that stands for its shot.

A shortlist and a rejection are marks, not decisions: one row per clip, changed freely by whoever may choose, unknown to
clearance, and not ledgered. The selected take is on the shot; ``select_take`` says why that one is ledgered.
"""

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.actions.shots import select_take
from generations.models import Clip, Pulse
from reviews.models import Pick
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission

__all__ = ["clear_pick", "reject", "select_take", "shortlist"]


def shortlist(*, actor: User, clip: Clip) -> Pick:
    """Mark the clip as worth a second look. Raises Forbidden, NotFound, and Conflict where nothing is chosen any more.

    That is: in an archived project, and for a quarantined or withdrawn clip. The latest mark wins; the same mark by the
    next person leaves the first one's name on it.
    """
    return _mark(actor, clip, Pick.Mark.SHORTLISTED)


def reject(*, actor: User, clip: Clip) -> Pick:
    """Mark the clip as not to be used. It can still be watched, selected, sent and shortlisted. Raises as ``shortlist``."""
    return _mark(actor, clip, Pick.Mark.REJECTED)


def clear_pick(*, actor: User, clip: Clip) -> None:
    """Take the mark off; without one nothing changes. Raises as ``shortlist``."""
    _require_choosing(actor, clip)
    with transaction.atomic():
        if Pick.objects.filter(clip=clip).delete()[0]:
            Pulse.objects.bump(clip.project)


def _mark(actor: User, clip: Clip, mark: Pick.Mark) -> Pick:
    """Write the mark in one statement that either inserts or replaces, so that two people at once leave one row."""
    _require_choosing(actor, clip)
    with transaction.atomic():
        known = Pick.objects.select_for_update().filter(clip=clip).first()
        if known is not None and known.mark == mark:
            return known
        Pick.objects.bulk_create(
            [Pick(clip=clip, mark=mark, by=actor, at=timezone.now())],
            update_conflicts=True,
            unique_fields=["clip"],
            update_fields=["mark", "by", "at"],
        )
        Pulse.objects.bump(clip.project)
        return Pick.objects.get(clip=clip)


def _require_choosing(actor: User, clip: Clip) -> None:
    actor.demand(Permission.CHOOSE)
    checks.require_seen(actor, Clip.objects.all(), clip)
    checks.require_open(clip.project)
    checks.require_sound(clip)
