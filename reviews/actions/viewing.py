"""Keep which frames of a clip a person has watched in a review."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip
from reviews.models import Review, ReviewParticipant, Viewing
from reviews.rules import watching
from sorahub.accounts.models import User
from sorahub.lib.errors import InvalidInput, NotFound

MOST_SPANS = 500


def note_watched(
    *, actor: User, review: Review, clip: Clip, spans: Sequence[Sequence[int]]
) -> ReviewParticipant | None:
    """Add spans of frames (from 0, both ends included) to what the person has watched of a clip of the review.

    Only of those who were asked anything is kept: None for others. Without spans it only says that they are here.
    Raises NotFound for what the person may not see (any more), InvalidInput for spans outside the clip.
    """
    checks.require_seen(actor, Review.objects.all(), review)
    checks.require_seen(actor, Clip.objects.all(), clip)
    if not review.items.filter(clip=clip).exists():
        raise NotFound("This clip is not in the review.")
    _check(clip, spans)
    now = timezone.now()
    with transaction.atomic():
        seats = ReviewParticipant.objects.standing().select_for_update(no_key=True)
        seat = seats.filter(review=review, user=actor).first()
        if seat is None:
            return None
        ReviewParticipant.objects.filter(pk=seat.pk).update(seen_at=now)
        if spans:
            _add(seat, clip, spans)
    return seat


def _check(clip: Clip, spans: Sequence[Sequence[int]]) -> None:
    sound = all(len(span) == 2 and 0 <= span[0] <= span[1] < clip.frame_count for span in spans)
    if not sound or len(spans) > MOST_SPANS:
        words = f"At most {MOST_SPANS} spans [first, last] with frames from 0 to {clip.frame_count - 1}."
        raise InvalidInput(words, fields={"spans": words})


def _add(seat: ReviewParticipant, clip: Clip, spans: Sequence[Sequence[int]]) -> None:
    viewing, _ = Viewing.objects.get_or_create(participant=seat, clip=clip)
    viewing.spans = watching.merged([*viewing.spans, *spans])
    viewing.frames = watching.frames(viewing.spans)
    viewing.last_at = timezone.now()
    viewing.save(update_fields=["spans", "frames", "last_at"])
