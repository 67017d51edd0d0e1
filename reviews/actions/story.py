"""A project's story as it stands: its shots in order, what fills each, and where it stands in time. A handful of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from generations.models import Clip, GenerationReference, Project, Reference, Shot
from reviews.rules import cutting
from reviews.rules.cutting import Piece, Slot, Used
from sorahub.accounts.models import User
from sorahub.lib.timecode import Rate


@dataclass(frozen=True)
class StoryShot:
    """A shot of the story. ``clip``: the take that plays, None for a card; ``why``: what the card says; ``picture``: what it shows.

    ``stand_in``: the take is not selected, only the newest.
    """

    shot: Shot
    clip: Clip | None
    used: Used | None
    why: str = ""
    picture: Reference | None = None
    stand_in: bool = False


@dataclass(frozen=True)
class Story:
    """What is played: the shots, and their pieces in time at the project's rate."""

    project: Project
    rate: Rate
    shots: list[StoryShot]
    pieces: list[Piece] = field(default_factory=list)

    @property
    def frames(self) -> int:
        """How long it is."""
        return cutting.total(self.pieces)

    @property
    def clips(self) -> list[Clip]:
        """The takes in it, in order."""
        return [each.clip for each in self.shots if each.clip is not None]


def story_of(project: Project, user: User, *, newest: bool = False, slates: bool = False) -> Story:
    """Return the story of a project that the caller has scoped, as far as ``user`` may see it.

    Omitted and archived shots are not in it. ``newest``: where no take is selected, the newest sound one stands in.
    """
    rate = Rate(project.rate_num, project.rate_den)
    shots = [_filled(shot, shown) for shot, shown in _shown(project, user, newest=newest)]
    shots = _pictured(shots)
    slots = [Slot(each.shot.intended_frames, each.used) for each in shots]
    return Story(project, rate, shots, cutting.lay_out(slots, rate, slates=slates))


def used_of(shot: Shot, clip: Clip) -> Used:
    """Return the frames of a take that its shot uses: the range if it is the selected one, else all."""
    rate = Rate(clip.rate_num, clip.rate_den)
    if shot.selected_clip_id != clip.pk:
        return Used(0, clip.frame_count, rate)
    last = clip.frame_count - 1 if shot.source_out is None else shot.source_out
    return Used(shot.source_in, last - shot.source_in + 1, rate)


def _shown(project: Project, user: User, *, newest: bool) -> list[tuple[Shot, Clip | None]]:
    rows = Shot.objects.visible_to(user).filter(project=project).exclude(standing=Shot.Standing.OMITTED).on_the_board()
    wanted: Coalesce | F = F("selected_clip_id")
    if newest:
        takes = Clip.objects.filter(shot=OuterRef("pk"), withdrawn_at=None, quarantined_at=None).order_by("-take")
        wanted = Coalesce(F("selected_clip_id"), Subquery(takes.values("pk")[:1]))
    shots = list(rows.annotate(shown_clip=wanted))
    ids: list[UUID] = [shot.shown_clip for shot in shots if shot.shown_clip]  # type: ignore[attr-defined]  # annotated
    clips = Clip.objects.visible_to(user).for_list().in_bulk(ids)
    return [(shot, clips.get(shot.shown_clip)) for shot in shots]  # type: ignore[attr-defined]


def _filled(shot: Shot, clip: Clip | None) -> StoryShot:
    if clip is None:
        return StoryShot(shot, None, None, "No take selected")
    if clip.quarantined_at is not None:
        return StoryShot(shot, None, None, f"Take {clip.take} is quarantined")
    if clip.withdrawn_at is not None:
        return StoryShot(shot, None, None, f"Take {clip.take} is withdrawn")
    return StoryShot(shot, clip, used_of(shot, clip), stand_in=shot.selected_clip_id != clip.pk)


def _pictured(shots: Sequence[StoryShot]) -> list[StoryShot]:
    """Give each card the picture that the newest generation of its shot was to begin with. One query."""
    bare = [each.shot.pk for each in shots if each.clip is None]
    rows = GenerationReference.objects.filter(
        generation__prompt__shot__in=bare, role="first_frame", reference__kind=Reference.Kind.IMAGE
    )
    found = dict[UUID, Reference]()
    for row in rows.select_related("reference", "generation__prompt").order_by("generation_id", "-position"):
        found[row.generation.prompt.shot_id] = row.reference
    return [
        StoryShot(each.shot, None, None, each.why, found[each.shot.pk])
        if each.clip is None and each.shot.pk in found
        else each
        for each in shots
    ]
