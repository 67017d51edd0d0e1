"""Remind people of what they were asked: at a producer's word, and by the clock."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from generations.actions import checks
from generations.models import Pulse
from reviews.actions import changing, seats
from reviews.models import Notice, Review, ReviewParticipant
from reviews.rules import reminding
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs import queue
from sorahub.lib.errors import Conflict


def remind(*, actor: User, review: Review, people: Iterable[User] | None = None) -> int:
    """Write to these people of the review (everybody, when None) who are not done; return to how many.

    Nobody is written to more often than every 20 hours. Raises Forbidden, NotFound, Conflict for a review that has
    ended or whose time is over, or when there is nobody who may be reminded now.
    """
    actor.demand(Permission.SEND_REVIEW)
    checks.require_seen(actor, Review.objects.all(), review)
    if review.closed_at is not None:
        raise Conflict("This review has ended: nobody is reminded of it.", code="review-ended")
    changing.require_lasting(review)
    chosen = Q(user__in=list(people)) if people is not None else Q()
    with transaction.atomic():
        reminded = _remind(review, chosen, actor, timezone.now())
        if not reminded:
            who = "Everybody asked" if people is None else "Whom you chose"
            words = f"{who} is done, or was written to within the last 20 hours."
            raise Conflict(words, code="nobody-to-remind")
        Pulse.objects.bump(review.project)
    return reminded


def remind_when_due(now: datetime | None = None) -> int:
    """Remind the people of every open review whose moment has come; return how many reviews that were."""
    now = now or timezone.now()
    soon = Review.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=now), closed_at=None, project__archived_at=None,
        due_at__lte=now + reminding.BEFORE, due_at__gt=now - reminding.NO_LATER_THAN,
    ).select_related("project")  # fmt: skip
    return sum(_by_the_clock(review, now) for review in soon)


def _by_the_clock(review: Review, now: datetime) -> bool:
    assert review.due_at is not None  # noqa: S101 (for the type checker: they are chosen by it)
    due = reminding.is_due(
        created_at=review.created_at, due_at=review.due_at, reminded_at=review.reminded_at, now=now
    )  # fmt: skip
    if not due:
        return False
    with transaction.atomic():
        unchanged = Review.objects.filter(pk=review.pk, reminded_at=review.reminded_at, closed_at=None)
        if not unchanged.update(reminded_at=now):
            return False
        _remind(review, Q(), None, now)
    return True


def _remind(review: Review, chosen: Q, actor: User | None, now: datetime) -> int:
    waiting = review.participants.standing().filter(chosen, finished_at=None, user__is_active=True)
    seats_open = waiting.select_related("user__person", "review__project")
    return sum(_remind_one(seat, actor, now) for seat in seats_open)


def _remind_one(seat: ReviewParticipant, actor: User | None, now: datetime) -> bool:
    if not all(reminding.may_be_reminded(told, now) for told in (seat.reminded_at, seat.invited_at)):
        return False
    if not ReviewParticipant.objects.filter(pk=seat.pk, reminded_at=seat.reminded_at).update(reminded_at=now):
        return False
    seats.tell(seat.user, Notice.Kind.REMINDER, seat.review, actor=actor, mailed=True)
    key = f"review.remind:{seat.pk}:{now.isoformat()}"
    queue.enqueue("review.remind", key=key, payload={"participant": str(seat.pk)}, subject_id=seat.review_id)
    return True
