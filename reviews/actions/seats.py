"""What the people asked into a review have done so far: opened it, decided on all of it, said that they are done."""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.models import Decision, Notice, Review, ReviewItem, ReviewParticipant
from sorahub.accounts.models import User
from sorahub.lib.errors import Conflict, NotFound


def tell(
    user: User,
    kind: Notice.Kind,
    review: Review,
    *,
    actor: User | None = None,
    clip: Clip | None = None,
    mailed: bool = False,
) -> None:
    """Leave a notice for an active person; nobody is told of their own doings.

    ``mailed``: a job writes to them about just this, so that no second mail is owed.
    """
    if not user.is_active or user == actor:
        return
    Notice.objects.create(
        user=user, kind=kind, project=review.project, clip=clip, review=review, actor=actor,
        mailed_at=timezone.now() if mailed else None,
    )  # fmt: skip


def mark_opened(*, actor: User, review: Review) -> None:
    """Remember when a person was here, first and last; for those who were not asked nothing happens. Raises NotFound."""
    checks.require_seen(actor, Review.objects.all(), review)
    now = timezone.now()
    with transaction.atomic():
        seat = ReviewParticipant.objects.standing().filter(review=review, user=actor)
        if seat.filter(opened_at=None).update(opened_at=now):
            Pulse.objects.bump(review.project)
        seat.update(seen_at=now)


def finish_review(*, actor: User, review: Review) -> ReviewParticipant:
    """Say that one is done with a review, whether or not one decided on all of it. Saying it twice keeps the first.

    Raises NotFound, also for those who were not asked; Conflict for a review that has ended.
    """
    checks.require_seen(actor, Review.objects.all(), review)
    mine = ReviewParticipant.objects.standing().filter(review=review, user=actor)
    seat = mine.select_related("review__project", "user").first()
    if seat is None:
        raise NotFound("You were not asked into this review.")
    if review.closed_at is not None:
        raise Conflict("This review has ended already.", code="review-ended")
    with transaction.atomic():
        _finish(seat)
    seat.refresh_from_db()
    return seat


def decided(decision: Decision) -> None:
    """Follow up a decision: tell whoever sent a review that asked for it, and see who is done with which review.

    Called inside the transaction of the decision.
    """
    seats = (
        ReviewParticipant.objects.standing()
        .filter(
            user=decision.user_id,
            review__closed_at=None,
            review__stage=decision.stage_id,
            review__items__clip=decision.clip_id,
        )
        .select_related("review__project", "review__created_by", "user")
    )
    for seat in seats:
        tell(
            seat.review.created_by, Notice.Kind.DECISION, seat.review, actor=decision.user, clip=decision.clip,
        )  # fmt: skip
        if open_items(seat).exists():
            ReviewParticipant.objects.filter(pk=seat.pk).update(finished_at=None)
        else:
            _finish(seat)


def open_items(seat: ReviewParticipant) -> QuerySet[ReviewItem]:
    """The clips of the review, those out of use aside, that this person has not decided about in its stage."""
    said = Decision.objects.not_taken_back().filter(
        stage=seat.review.stage_id, person_id=seat.user.person_id,
        clip=OuterRef("clip"), clip_sha256=OuterRef("clip__sha256"),
    )  # fmt: skip
    return seat.review.items.filter(~Exists(said), clip__quarantined_at=None, clip__withdrawn_at=None)


def finish_those_done(review: Review) -> None:
    """Take as done whoever has decided about all that is left in the review, after clips were taken out of it."""
    for seat in review.participants.standing().filter(finished_at=None).select_related("review", "user"):
        if not open_items(seat).exists():
            ReviewParticipant.objects.filter(pk=seat.pk).update(finished_at=timezone.now())


def _finish(seat: ReviewParticipant) -> None:
    if ReviewParticipant.objects.filter(pk=seat.pk, finished_at=None).update(finished_at=timezone.now()):
        tell(seat.review.created_by, Notice.Kind.FINISHED, seat.review, actor=seat.user)
        Pulse.objects.bump(seat.review.project)
