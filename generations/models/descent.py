"""What clips were made from and into: by a generation's source, by references that are clips or frames of clips, and by what people
declared. One query for each step of the way.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache, partial
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, UUIDField

from generations.models.clip import ClipParent
from generations.models.generation import Generation, GenerationReference
from sorahub.lib.compiled import Compiled, Later, together

MOST_STEPS = 60
"""Longer than any chain that is made here; whatever lies further is reported as not followed."""

FEW = 4
"""So many clips of a step are asked about one by one where that is wished; more together, by a statement that is made for them."""

Step = Callable[[Collection[UUID]], Iterable[tuple[UUID, UUID]]]


class Walk:
    """The clips that lie behind (or after) some clips, found for all of them together."""

    def __init__(self, clips: Iterable[UUID], step: Step) -> None:
        self._next: defaultdict[UUID, set[UUID]] = defaultdict(set)
        level, known = set(clips), set(clips)
        for _ in range(MOST_STEPS):
            if not level:
                break
            for clip, other in step(level):
                self._next[clip].add(other)
            level = {other for clip in level for other in self._next[clip]} - known
            known |= level
        self._not_followed = level
        self.found: frozenset[UUID] = frozenset(other for others in self._next.values() for other in others)

    def of(self, clip: UUID) -> frozenset[UUID]:
        """Return all clips behind this one, near and far; itself is none of them, even in a circle."""
        return frozenset(self._reached(clip) - {clip})

    def ends(self, clip: UUID) -> bool:
        """Say whether everything behind this clip was followed to its end."""
        return not (self._reached(clip) & self._not_followed)

    def _reached(self, clip: UUID) -> set[UUID]:
        reached: set[UUID] = set()
        waiting = [clip]
        while waiting:
            new = self._next.get(waiting.pop(), set()) - reached
            reached |= new
            waiting.extend(new)
        return reached


def ancestors(clips: Iterable[UUID], *, singly: bool = False) -> Walk:
    """Return what these clips were made from, parents of parents too. ``singly``: by statements for one clip, which are made once."""
    return Walk(clips, partial(_steps, _made_from, _parents) if singly else _parents)


def descendants(clips: Iterable[UUID], *, singly: bool = False) -> Walk:
    """Return what was made from these clips, however far down. ``singly``: as for ``ancestors``."""
    return Walk(clips, partial(_steps, _made_into, _children) if singly else _children)


def direct_parents(clip: UUID) -> Mapping[UUID, str]:
    """Return the clips that this one was made from itself, each with what was done (empty: the hub generated it)."""
    made = Generation.objects.filter(clip=clip, source__clip__isnull=False).exclude(source__clip=clip)
    told = ClipParent.objects.filter(clip=clip).order_by("declared_at", "id")
    generated = {parent: "" for parent in made.values_list("source__clip", flat=True) if parent is not None}
    given = given_takes(generation__clip=clip).exclude(reference__from_clip=clip).order_by("generation", "position")
    frames = given.values_list("reference__from_clip", "reference__from_frame")
    lent = {parent: _lent(frame) for parent, frame in frames if parent is not None}
    return {**lent, **generated, **dict(told.values_list("parent_id", "operation"))}


def given_takes(**narrowed: Any) -> QuerySet[GenerationReference]:
    """The references given to generations that brought a clip, which are clips or frames of clips themselves."""
    rows = GenerationReference.objects.filter(generation__clip__isnull=False, reference__from_clip__isnull=False)
    return rows.filter(**narrowed)


def _lent(frame: int | None) -> str:
    return "Given to the model along" if frame is None else f"Its frame {frame + 1} was given to the model"


def _parents(clips: Collection[UUID]) -> Iterable[tuple[UUID, UUID]]:
    made = Generation.objects.filter(clip__in=clips, source__clip__isnull=False).order_by()
    told = ClipParent.objects.filter(clip__in=clips).order_by()
    lent = given_takes(generation__clip__in=clips).order_by()
    rows = told.values_list("clip_id", "parent_id").union(
        made.values_list(F("clip_id"), F("source__clip_id")),
        lent.values_list(F("generation__clip_id"), F("reference__from_clip_id")),
    )
    return [(clip, parent) for clip, parent in rows if clip is not None and parent is not None]


def _children(clips: Collection[UUID]) -> Iterable[tuple[UUID, UUID]]:
    made = Generation.objects.filter(source__clip__in=clips, clip__isnull=False).order_by()
    told = ClipParent.objects.filter(parent__in=clips).order_by()
    lent = given_takes(reference__from_clip__in=clips).order_by()
    rows = told.values_list("parent_id", "clip_id").union(
        made.values_list(F("source__clip_id"), F("clip_id")),
        lent.values_list(F("reference__from_clip_id"), F("generation__clip_id")),
    )
    return [(parent, clip) for parent, clip in rows if clip is not None and parent is not None]


def _steps(
    of_one: Callable[[], tuple[Compiled[Any], ...]], of_many: Step, clips: Collection[UUID]
) -> Iterable[tuple[UUID, UUID]]:
    if len(clips) > FEW:
        return of_many(clips)
    found = together(*(each.of(clip=clip) for clip in clips for each in of_one()))
    return [(row["here"], row["there"]) for rows in found for row in rows]


@cache
def _made_from() -> tuple[Compiled[Any], ...]:
    clip = Later("clip", UUIDField())
    told, made = ClipParent.objects.filter(clip=clip), Generation.objects.filter(clip=clip, source__clip__isnull=False)
    return (
        Compiled(told.order_by().values(here=F("clip_id"), there=F("parent_id"))),
        Compiled(made.order_by().values(here=F("clip_id"), there=F("source__clip_id"))),
        Compiled(
            given_takes(generation__clip=clip)
            .order_by()
            .values(here=F("generation__clip_id"), there=F("reference__from_clip_id"))
        ),
    )


@cache
def _made_into() -> tuple[Compiled[Any], ...]:
    clip = Later("clip", UUIDField())
    told, made = (
        ClipParent.objects.filter(parent=clip),
        Generation.objects.filter(source__clip=clip, clip__isnull=False),
    )
    return (
        Compiled(told.order_by().values(here=F("parent_id"), there=F("clip_id"))),
        Compiled(made.order_by().values(here=F("source__clip_id"), there=F("clip_id"))),
        Compiled(
            given_takes(reference__from_clip=clip)
            .order_by()
            .values(here=F("reference__from_clip_id"), there=F("generation__clip_id"))
        ),
    )
