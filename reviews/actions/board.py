"""A project's shots as its board shows them: a dozen queries, however many shots there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from generations.models import Clip, Generation, Project, Shot
from generations.models.generation import ACTIVE, State
from reviews.actions.standing import standing_of
from reviews.actions.story import used_of
from reviews.models import Annotation, Hold, ReviewItem
from reviews.rules import board as rules
from reviews.rules import cutting, stages
from reviews.rules.stages import StageState
from sorahub.accounts.models import User
from sorahub.lib.timecode import Rate, to_length


@dataclass(frozen=True)
class BoardShot:
    """A shot as a card. ``clip``: the selected take, else the newest; ``length`` in frames of the story, ``told`` the same in words."""

    shot: Shot
    place: int
    scene: str
    clip: Clip | None
    take_count: int
    status: str
    generating: bool
    notes: int
    length: int
    told: str

    @property
    def label(self) -> str:
        """Its status for people."""
        return rules.LABELS[self.status]

    @property
    def badge(self) -> str:
        """Its status as the badge knows it."""
        return rules.BADGES[self.status]

    @property
    def selected(self) -> bool:
        """Whether a take is selected."""
        return self.shot.selected_clip_id is not None


def board_of(project: Project, user: User) -> list[BoardShot]:
    """Return the cards of a project that the caller has scoped, in order; archived shots are not among them."""
    rate = Rate(project.rate_num, project.rate_den)
    shots = _shots(project, user)
    shown = Clip.objects.visible_to(user).for_list().in_bulk([each.shown_clip for each in shots if each.shown_clip])
    takes = _take_counts(project, user)
    selected = [shown[each.selected_clip_id] for each in shots if each.selected_clip_id in shown]
    about = _About(selected, [*shown.values()], user)
    cards: list[BoardShot] = []
    for place, shot in enumerate(shots):
        clip = shown.get(shot.shown_clip)
        generating = bool(shot.last_state) and State(shot.last_state) in ACTIVE
        length = _length(shot, clip, rate)
        facts = about.facts(shot, takes.get(shot.pk, 0), generating=generating)
        cards.append(
            BoardShot(
                shot=shot, place=place, scene=scene_of(shot.code), clip=clip, take_count=takes.get(shot.pk, 0),
                status=rules.status(facts), generating=generating, notes=about.notes.get(clip.pk, 0) if clip else 0,
                length=length, told=f"{length} frames · {to_length(length, rate)}" if length else "No length yet",
            )
        )  # fmt: skip
    return cards


def takes_of(project: Project, user: User) -> Mapping[UUID, list[UUID]]:
    """Return the takes of each shot that can be selected, the newest first. One query."""
    found: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for shot, clip in _takes(project, user).order_by("-take").values_list("shot_id", "pk"):
        found[shot].append(clip)
    return found


def archived_of(project: Project, user: User) -> list[Shot]:
    """Return the shots that were taken off the board, the last first."""
    rows = Shot.objects.visible_to(user).filter(project=project).exclude(archived_at=None)
    return list(rows.order_by("-archived_at")[:100])


def scene_of(code: str) -> str:
    """Return what comes before a shot's own part: SC010 of SC010-SH020; empty where a code has one part."""
    head, dash, _ = code.replace("_", "-").rpartition("-")
    return head if dash else ""


def told_of(clips: Sequence[Clip], user: User) -> list[tuple[Clip, str]]:
    """Return those of these takes that are not signed off, each with why, in their order: what an internal copy says of itself."""
    about = _About(list(clips), [], user)
    found = [(clip, about.why_not_cleared(clip)) for clip in dict.fromkeys(clips)]
    return [(clip, why) for clip, why in found if why]


class _About:
    """What is known of takes: their stages, holds, open reviews and open notes. Six queries."""

    def __init__(self, selected: list[Clip], shown: list[Clip], user: User) -> None:
        self._clips = {clip.pk: clip for clip in selected}
        self._states: Mapping[UUID, list[StageState]] = standing_of(selected) if selected else {}
        held = Hold.objects.filter(clip__in=selected, lifted_at=None)
        self._held = set(held.values_list("clip_id", flat=True))
        asked = ReviewItem.objects.filter(clip__in=selected, review__closed_at=None, review__revoked_at=None)
        self._in_review = set(asked.values_list("clip_id", flat=True))
        notes = Annotation.objects.visible_to(user).filter(
            clip__in=shown, parent=None, resolved_at=None, deleted_at=None
        )
        counted = notes.order_by().values("clip_id").annotate(n=Count("pk"))
        self.notes: dict[UUID, int] = {row["clip_id"]: row["n"] for row in counted}

    def facts(self, shot: Any, takes: int, *, generating: bool) -> rules.ShotFacts:
        clip = self._clips.get(shot.selected_clip_id)
        return rules.ShotFacts(
            standing=shot.standing,
            takes=takes,
            selected=clip is not None,
            generating=generating,
            failed=bool(shot.last_state) and not generating,
            stages=self._stages(clip) if clip else "",
            in_review=clip is not None and clip.pk in self._in_review,
            stopped=clip is not None and self._stopped(clip),
        )

    def why_not_cleared(self, clip: Clip) -> str:
        if clip.pk in self._held:
            return "on hold"
        said = self._stages(clip)
        if said == "signed":
            return ""
        return {"needs_work": "changes requested", "approved": "approved, not signed"}.get(said, "not approved yet")

    def _stopped(self, clip: Clip) -> bool:
        return clip.pk in self._held or clip.quarantined_at is not None or clip.withdrawn_at is not None

    def _stages(self, clip: Clip) -> str:
        said = stages.stands(self._states.get(clip.pk) or [])
        return "needs_work" if said == "changes" else said


def _shots(project: Project, user: User) -> list[Any]:
    """The shots, each with the take that is shown and how its last generation stands. One query."""
    newest = Clip.objects.filter(shot=OuterRef("pk"), withdrawn_at=None).order_by("-take")
    asked = Generation.objects.filter(prompt__shot=OuterRef("pk")).order_by("-id")
    rows = Shot.objects.visible_to(user).filter(project=project).on_the_board()
    return list(
        rows.annotate(
            shown_clip=Coalesce(F("selected_clip_id"), Subquery(newest.values("pk")[:1])),
            last_state=Subquery(asked.values("state")[:1]),
        )
    )


def _takes(project: Project, user: User) -> "QuerySet[Any]":
    return Clip.objects.visible_to(user).filter(project=project, withdrawn_at=None).exclude(shot=None)


def _take_counts(project: Project, user: User) -> dict[UUID, int]:
    """How many takes each shot has that can be selected. One query."""
    return dict(_takes(project, user).order_by().values_list("shot_id").annotate(Count("pk")))


def _length(shot: Any, clip: Clip | None, rate: Rate) -> int:
    """How long the shot stands in the story; 0 where nothing says it."""
    if shot.intended_frames:
        return int(shot.intended_frames)
    if clip is None or shot.selected_clip_id != clip.pk:
        return 0
    return cutting.natural_length(used_of(shot, clip), rate)
