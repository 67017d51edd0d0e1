"""What every change of a review shares: who may make it, one at a time, and that it is told and written down."""

from django.utils import timezone

from generations.actions import checks
from generations.models import Pulse
from reviews.actions import seats
from reviews.models import Notice, Review, ReviewParticipant
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs import queue
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput


def require_sending(actor: User, review: Review) -> None:
    """Raise Forbidden for people who send no reviews, NotFound for a review that does not exist for them."""
    actor.demand(Permission.SEND_REVIEW)
    checks.require_seen(actor, Review.objects.all(), review)


def require_open(actor: User, review: Review) -> None:
    """The same, and Conflict for a review that has ended or lies in an archived project."""
    require_sending(actor, review)
    checks.require_open(review.project)
    if review.closed_at is not None:
        raise Conflict("This review has ended: open it again first.", code="review-ended")


def require_lasting(review: Review) -> None:
    """Raise Conflict for a review whose time is over: whoever was written to would not get in."""
    if review.expired:
        words = "Access to this review ended by its date: choose another date under Terms first."
        raise Conflict(words, code="review-expired")


def refuse(problems: dict[str, str]) -> None:
    """Raise InvalidInput with what is wrong, by field; nothing wrong raises nothing."""
    if problems:
        raise InvalidInput(" ".join(problems.values()), fields=problems)


def claim(review: Review) -> None:
    """Let nobody else change the review's clips and people until the caller's transaction ends."""
    Review.objects.select_for_update(no_key=True).get(pk=review.pk)


def ask(actor: User, review: Review, user: User) -> None:
    """Give a person a seat, or the one back that they had, and have them written to. Whoever sits there is left alone."""
    seat, new = ReviewParticipant.objects.get_or_create(review=review, user=user)
    back = {"removed_at": None, "invited_at": None, "reminded_at": None, "opened_at": None}
    if not new and not ReviewParticipant.objects.filter(pk=seat.pk, removed_at__isnull=False).update(**back):
        return
    seats.tell(user, Notice.Kind.REVIEW, review, actor=actor, mailed=True)
    key = f"review.invite:{seat.pk}" if new else f"review.invite:{seat.pk}:{timezone.now().isoformat()}"
    queue.enqueue("review.invite", key=key, payload={"participant": str(seat.pk)}, subject_id=review.pk)


def write_down(kind: str, actor: User, review: Review, **more: Json) -> None:
    """Append to the ledger what the review is like now, and let open pages know: inside the caller's transaction."""
    clips: list[Json] = [str(pk) for pk in review.items.values_list("clip_id", flat=True)]
    people: list[Json] = [str(pk) for pk in review.participants.standing().values_list("user_id", flat=True)]
    Pulse.objects.bump(review.project)
    record.append(
        kind=kind,
        actor=actor.pk,
        client=review.project.client_id,
        subject=review,
        body={"stage_id": str(review.stage_id), "clips": clips, "people": people, **more},
    )
