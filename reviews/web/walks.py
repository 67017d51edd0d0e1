"""Walking from clip to clip: through a review, or through what waits for a person."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from generations.models import Clip
from reviews.models import Review, ReviewParticipant
from reviews.rules.stages import WAITING, StageState
from reviews.web import boards
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind


@dataclass(frozen=True)
class Walk:
    """Where a clip stands on the way: the ``place``-th of ``count``. ``review`` is None on the way through the queue."""

    review: Review | None
    order: list[UUID]
    here: UUID
    seat: ReviewParticipant | None = None

    @property
    def place(self) -> int:
        """Counted from 1."""
        return self.order.index(self.here) + 1

    @property
    def count(self) -> int:
        """How many clips there are on the way."""
        return len(self.order)

    @property
    def previous_url(self) -> str:
        """The clip before this one; empty at the first."""
        return self._url(self.order[self.place - 2]) if self.place > 1 else ""

    @property
    def next_url(self) -> str:
        """The clip after this one; empty at the last."""
        return self._url(self.order[self.place]) if self.place < self.count else ""

    @property
    def here_url(self) -> str:
        """This clip, on this way."""
        return self._url(self.here)

    @property
    def overview_url(self) -> str:
        """The list of all that is on the way."""
        return reverse("reviews:review", args=[self.review.pk]) if self.review else reverse("reviews:queue")

    @property
    def overview_name(self) -> str:
        """What that list is called."""
        return self.review.title if self.review else "Waiting for you"

    def to(self, clip: UUID) -> str:
        """The address of a clip of this way."""
        return self._url(clip)

    def _url(self, clip: UUID) -> str:
        query = f"review={self.review.pk}" if self.review else "queue=1"
        return f"{reverse('reviews:clip', args=[clip])}?{query}"


def walk_of(request: HttpRequest, shown: Clip, user: User) -> Walk | None:
    """Return the way on which this clip was opened; a guest is always on one through a review."""
    said = request.POST or request.GET
    if said.get("queue"):
        order = [card.clip.pk for card in boards.awaiting_decision(user)]
        return Walk(None, order if shown.pk in order else [shown.pk, *order], shown.pk)
    review = _review(said.get("review", ""), shown, user)
    if review is None:
        return None
    visible = Clip.objects.visible_to(user).filter(review_items__review=review)
    order = list(visible.order_by("review_items__position").values_list("pk", flat=True))
    seat = ReviewParticipant.objects.standing().filter(review=review, user=user).first()
    return Walk(review, order, shown.pk, seat) if shown.pk in order else None


def onward(walk: Walk | None, shown: Clip, user: User) -> str:
    """After a decision: a guest goes to the next clip without one, or to the end; others to the next clip or the list."""
    if walk is None:
        return reverse("reviews:clip", args=[shown.pk])
    if walk.review is not None and user.kind == Kind.GUEST:
        later = undecided(walk.review, user)
        ahead = [clip for clip in walk.order[walk.place :] if clip in later] or [c for c in walk.order if c in later]
        return walk.to(ahead[0]) if ahead else reverse("reviews:review-done", args=[walk.review.pk])
    return walk.next_url or walk.overview_url


def undecided(review: Review, user: User) -> set[UUID]:
    """The clips of the review that wait for this person now: it is the stage's turn, and they have said nothing."""
    return {clip.pk for clip, state in boards.in_stage(review, user) if waits(state, user)}


def waits(state: StageState | None, user: User) -> bool:
    """Say whether the stage waits for this person's word."""
    return state is not None and state.state != WAITING and not state.locked and state.said_by(user.person_id) is None


def _review(asked: str, shown: Clip, user: User) -> Review | None:
    rows = Review.objects.visible_to(user).select_related("project", "stage", "created_by__person")
    try:
        wanted = rows.filter(pk=UUID(asked)).first()
    except ValueError:
        wanted = None
    if wanted is None and user.kind == Kind.GUEST:
        return rows.filter(items__clip=shown).order_by("closed_at", "-created_at").first()
    return wanted
