"""What people are told of how clips were made: the agency's people everything, guests what a review open to them turns on."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from generations.models import Clip
from reviews.actions.admission import SHOWN
from reviews.models import Review, ReviewItem
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

EVERYTHING = frozenset(SHOWN)


def told_about(clips: Sequence[Clip], user: User) -> frozenset[str]:
    """Return which of ``SHOWN`` this person is told of every one of these clips. One query for a guest, none for others."""
    if user.kind != Kind.GUEST:
        return EVERYTHING
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    rows = ReviewItem.objects.filter(clip__in=clips, review__in=Review.objects.open_to(user)).select_related("review")
    for row in rows:
        found[row.clip_id] |= {name for name in SHOWN if getattr(row.review, f"shows_{name}")}
    return frozenset.intersection(*(frozenset(found[clip.pk]) for clip in clips)) if clips else frozenset()
