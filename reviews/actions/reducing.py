"""Take clips and people out of a review, and put its clips into another order."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from generations.models import Clip
from reviews.actions import access, changing, seats
from reviews.models import Review, ReviewItem, Share
from sorahub.accounts.models import User
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, NotFound


def remove_from_review(
    *, actor: User, review: Review, clips: Sequence[Clip] = (), people: Sequence[User] = ()
) -> Review:
    """Take clips and people out of a review; what they said and watched stays, a decision with the bytes it is about.

    Guests' links and what they see through this review end in the same instant; a person added again is asked anew.
    People can be taken out of a closed review too, whose guests still look. Raises Forbidden, NotFound for what is not
    in it, InvalidInput for its last clip, Conflict for clips of a review that has ended.
    """
    changing.require_sending(actor, review)
    if clips:
        changing.require_open(actor, review)
    if not clips and not people:
        changing.refuse({"clips": "Choose a clip or a person to take out."})
    with transaction.atomic():
        changing.claim(review)
        if clips:
            _take_clips(review, clips)
        if people:
            _take_people(review, people)
        access.settle(review, by=actor, also=clips)
        changing.write_down("review.reduced", actor, review, removed=_named(clips, people))
    review.refresh_from_db()
    return review


def order_clips(*, actor: User, review: Review, clips: Sequence[Clip]) -> Review:
    """Put the review's clips, all of them, into this order; everybody walks through them so from now on.

    Raises Forbidden, NotFound, Conflict for a review that has ended, or whose clips are other ones meanwhile.
    """
    changing.require_open(actor, review)
    with transaction.atomic():
        changing.claim(review)
        items = {item.clip_id: item for item in _items(review)}
        wanted = [clip.pk for clip in clips]
        if len(wanted) != len(items) or set(wanted) != set(items):
            raise Conflict("The clips of this review are other ones now: load the page again.", code="clips-changed")
        if wanted != list(items):
            _number([items[pk] for pk in wanted])
            changing.write_down("review.ordered", actor, review)
    review.refresh_from_db()
    return review


def _take_clips(review: Review, clips: Sequence[Clip]) -> None:
    wanted = {clip.pk for clip in clips}
    items = list(_items(review))
    staying = [item for item in items if item.clip_id not in wanted]
    if len(staying) + len(wanted) != len(items):
        raise NotFound("Not all of these clips are in this review.")
    if not staying:
        changing.refuse({"clips": "A review has at least one clip: revoke it instead."})
    review.items.filter(clip__in=wanted).delete()
    _number(staying)
    seats.finish_those_done(review)


def _take_people(review: Review, people: Sequence[User]) -> None:
    wanted = {user.pk for user in people}
    now = timezone.now()
    if review.participants.standing().filter(user__in=wanted).update(removed_at=now) != len(wanted):
        raise NotFound("Not all of these people are asked in this review.")
    Share.objects.filter(participant__review=review, participant__user__in=wanted, revoked_at=None).update(
        revoked_at=now
    )


def _items(review: Review) -> QuerySet[ReviewItem]:
    """Its clips as they are now, whatever the caller has read before."""
    return ReviewItem.objects.filter(review=review).order_by("position")


def _number(items: Sequence[ReviewItem]) -> None:
    for position, item in enumerate(items, start=1):
        item.position = position
    ReviewItem.objects.bulk_update(items, ["position"])


def _named(clips: Sequence[Clip], people: Sequence[User]) -> dict[str, Json]:
    return {"clips": [str(clip.pk) for clip in clips], "people": [str(user.pk) for user in people]}
