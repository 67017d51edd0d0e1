"""How far a review is: for each person asked and each clip, how much they watched and what they said. Five queries."""

from dataclasses import dataclass
from uuid import UUID

from generations.models import Clip
from reviews.models import Decision, Review, ReviewParticipant, Viewing
from reviews.rules import watching
from reviews.rules.stages import newest_of_each
from sorahub.accounts.models import User


@dataclass(frozen=True)
class Cell:
    """One clip as one person has dealt with it: how many frames and what percentage were watched, and their verdict."""

    clip: Clip
    frames: int
    percent: int
    decision: Decision | None


@dataclass(frozen=True)
class Row:
    """One person asked, or taken out again. ``overdue``: the review's answer was wanted by now."""

    seat: ReviewParticipant
    overdue: bool
    cells: list[Cell]

    @property
    def late(self) -> bool:
        """Whether an answer was wanted by now and they are not done."""
        return self.overdue and self.waiting

    @property
    def waiting(self) -> bool:
        """Whether their answer is still to come."""
        return self.seat.removed_at is None and self.seat.finished_at is None

    @property
    def decided(self) -> int:
        """About how many clips they decided."""
        return sum(cell.decision is not None for cell in self.cells)

    @property
    def percent(self) -> int:
        """How much of all the clips they watched."""
        return watching.percent(
            sum(cell.frames for cell in self.cells), sum(cell.clip.frame_count for cell in self.cells)
        )


def progress_of(review: Review, user: User) -> list[Row]:
    """Return a row for each person asked, by name, then for those taken out, with the clips that ``user`` may see, in order."""
    clips = Clip.objects.visible_to(user).filter(review_items__review=review).select_related("shot")
    ordered = list(clips.order_by("review_items__position"))
    seats = list(review.participants.select_related("user__person").order_by("user__person__name", "pk"))
    watched = {
        (row.participant_id, row.clip_id): row.frames
        for row in Viewing.objects.filter(participant__review=review).defer("spans")
    }
    said = _said(review, ordered)
    rows = [Row(seat, review.late, [_cell(seat, clip, watched, said) for clip in ordered]) for seat in seats]
    return sorted(rows, key=lambda row: row.seat.removed_at is not None)


def _cell(
    seat: ReviewParticipant,
    clip: Clip,
    watched: dict[tuple[UUID, UUID], int],
    said: dict[tuple[UUID, UUID], Decision],
) -> Cell:
    frames = watched.get((seat.pk, clip.pk), 0)
    decision = said.get((seat.user.person_id, clip.pk))
    return Cell(clip, frames, watching.percent(frames, clip.frame_count), decision)


def _said(review: Review, clips: list[Clip]) -> dict[tuple[UUID, UUID], Decision]:
    rows = list(Decision.objects.filter(stage=review.stage_id, clip__in=clips))
    found: dict[tuple[UUID, UUID], Decision] = {}
    for clip in clips:
        about = [row for row in rows if row.clip_id == clip.pk and row.clip_sha256 == clip.sha256]
        found |= {(one.person_id, clip.pk): one for one in newest_of_each(about)}
    return found
