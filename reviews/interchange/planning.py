"""What becomes of each note of a file on a clip: whether it fits, under which id, and whether the clip has it already. Nothing is written."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from generations.models import Clip
from reviews.actions.annotate import LONGEST_BODY
from reviews.interchange import edl, fcp7xml, fcpxml, gathering, merging
from reviews.interchange.values import Incoming, Problem, Reading
from reviews.models import Annotation, Category, Shape, Visibility
from reviews.rules import markdown
from reviews.rules import shapes as drawing
from reviews.rules.typed import one_line, tidy
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.errors import InvalidInput

NEW, KNOWN = "new", "known"
NAMELESS = {edl.KIND, fcp7xml.KIND, fcpxml.KIND}
"""Formats that keep no ids: their markers are known again by their frame and words."""
AT_ONCE = 500
_CIRCLES = [Visibility.CLIENT, Visibility.INTERNAL, Visibility.LEGAL]  # from the widest to the narrowest
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#])")


@dataclass(frozen=True)
class Planned:
    """A note as it would be written: ``fate`` is new, or known where this clip has it already."""

    row: int
    id: UUID
    fate: str
    frame_in: int
    frame_out: int
    body: str
    author: str
    category: str
    visibility: str
    resolved: bool
    parent: UUID | None = None
    marks: tuple[drawing.Mark, ...] = ()

    @property
    def category_label(self) -> str:
        """What it is about, for people."""
        return str(Category(self.category).label)

    @property
    def visibility_label(self) -> str:
        """Who will read it, for people."""
        return str(Visibility(self.visibility).label)


def _told_already(actor: User, clip: Clip) -> frozenset[tuple[int, str]]:
    """Return frame and words of each marker that this clip's notes would make in a file of one of these formats."""
    [reel] = gathering.reels_for([clip], actor, gathering.Filters())
    markers = [*merging.merged(reel), *merging.single(reel)]
    return frozenset((marker.frame_in, edl.one_line(marker.text)) for marker in markers)


class Planning:
    """Decides for each note of a file whether it fits this clip, under which id, and whether it is there already."""

    def __init__(self, actor: User, clip: Clip, read: Reading, visibility: str) -> None:
        self.actor, self.clip, self.kind, self.visibility = actor, clip, read.kind, visibility
        self.told = _told_already(actor, clip) if read.kind in NAMELESS else frozenset()
        self.problems: list[Problem] = []

    def plan(self, notes: Sequence[Incoming]) -> list[Planned]:
        """Return the notes that can be written or are there already, in order."""
        wanted = self._wanted(notes)
        ids = self._ids(wanted.values())
        planned: dict[UUID, Planned] = {}
        by_row: dict[int, UUID] = {}
        for note in sorted(notes, key=lambda each: (each.parent is not None or each.answers_row is not None, each.row)):
            own, fate = ids[wanted[id(note)]]
            if own in planned:
                continue
            made = self._planned(note, own, fate, self._parent(note, ids, planned, by_row))
            if made is not None:
                planned[own] = made
                by_row.setdefault(note.row, own)
        return self._with_free_marks(sorted(planned.values(), key=lambda each: each.row))

    def _wanted(self, notes: Sequence[Incoming]) -> dict[int, UUID]:
        """Give each note an id: its own, or one made of the clip and its words, so that the same file is the same notes."""
        seen: dict[str, int] = {}
        wanted: dict[int, UUID] = {}
        for note in notes:
            said = note.key or f"{note.frame_in}|{note.frame_out}|{note.author}|{note.body}"
            seen[said] = seen.get(said, 0) + 1
            wanted[id(note)] = note.id or uuid5(self.clip.pk, f"{self.kind}|{said}|{seen[said]}")
        return wanted

    def _ids(self, wanted: Iterable[UUID]) -> dict[UUID, tuple[UUID, str]]:
        """Return for each wanted id the one to write under, and whether the person can see it on this clip already.

        An id that is taken elsewhere, or by what they may not see, is replaced by one made of it: nothing shows that it was.
        """
        asked = set(wanted)
        here, taken = self._present(asked)
        made = {each: each for each in asked}
        made |= {each: uuid5(self.clip.pk, f"{each}") for each in taken}
        again_here, again_taken = self._present({made[each] for each in taken})
        here |= again_here
        for each in taken:
            if made[each] in again_taken:
                made[each] = uuid5(self.clip.pk, f"{each}:{self.actor.pk}")
        last_here, _ = self._present({made[each] for each in taken})
        here |= last_here
        return {each: (own, KNOWN if own in here else NEW) for each, own in made.items()}

    def _present(self, ids: set[UUID]) -> tuple[set[UUID], set[UUID]]:
        """Return which of these ids are notes that the person sees on this clip, and which are other notes."""
        here: set[UUID] = set()
        taken: set[UUID] = set()
        listed = sorted(ids)
        for begin in range(0, len(listed), AT_ONCE):
            some = listed[begin : begin + AT_ONCE]
            seen = Annotation.objects.visible_to(self.actor).filter(clip=self.clip, pk__in=some)
            here.update(seen.values_list("pk", flat=True))
            taken.update(Annotation.objects.filter(pk__in=some).values_list("pk", flat=True))
        return here, taken - here

    def _parent(
        self,
        note: Incoming,
        ids: Mapping[UUID, tuple[UUID, str]],
        planned: Mapping[UUID, Planned],
        by_row: Mapping[int, UUID],
    ) -> Planned | Annotation | None:
        """Return the first note of the thread: in this file, or on this clip already; else the note stands by itself."""
        own = by_row.get(note.answers_row) if note.answers_row else None
        if own is None and note.parent is not None:
            own = ids[note.parent][0] if note.parent in ids else note.parent
        if own is None:
            return None
        found = planned.get(own)
        if found is not None and found.fate == NEW:
            return planned.get(found.parent, found) if found.parent else found
        seen = Annotation.objects.visible_to(self.actor).standing().filter(clip=self.clip, pk=own)
        row = seen.select_related("parent").first()
        return (row.parent or row) if row else None

    def _planned(self, note: Incoming, own: UUID, fate: str, root: Planned | Annotation | None) -> Planned | None:
        try:
            marks = drawing.checked(note.marks)
            body = self._body(note, drawn=bool(marks))
            self._check_frames(note)
        except InvalidInput as error:
            self.problems.append(Problem(note.row, error.message))
            return None
        circle = self._circle(note.visibility)
        if root is not None:
            circle = max(circle, Visibility(root.visibility), key=_CIRCLES.index)
        return Planned(
            row=note.row,
            id=own,
            fate=KNOWN if (note.frame_in, edl.one_line(note.body)) in self.told else fate,
            frame_in=note.frame_in,
            frame_out=note.frame_out,
            body=body,
            author=one_line(note.author)[:200],
            category=note.category if note.category in Category.values else Category.GENERAL,
            visibility=circle,
            resolved=note.resolved and root is None,
            parent=(root.id if isinstance(root, Planned) else root.pk) if root is not None else None,
            marks=tuple(marks),
        )

    def _body(self, note: Incoming, *, drawn: bool) -> str:
        words = markdown.plain(tidy(note.body))  # names, not mentions: nobody is told of an import
        author = one_line(note.author)[:200]
        if author and author != self.actor.get_full_name():
            said = _MARKDOWN.sub(r"\\\1", author)
            words = f"{said}: {words}" if words else f"{said}:"
        if not (words or drawn):
            raise InvalidInput("There are no words and no drawing in this note.")
        if len(words) > LONGEST_BODY:
            raise InvalidInput(f"These words are longer than {LONGEST_BODY:,} characters.")
        return words

    def _check_frames(self, note: Incoming) -> None:
        last = self.clip.frame_count - 1
        if note.frame_in < 0 or note.frame_in > last:
            raise InvalidInput(f"Frame {note.frame_in} is outside the clip, whose frames run from 0 to {last}.")
        if note.frame_out < note.frame_in or note.frame_out > last:
            raise InvalidInput(f"The range ends at frame {note.frame_out}; the clip's last is {last}.")

    def _circle(self, said: str) -> Visibility:
        if self.actor.kind == Kind.GUEST:
            return Visibility.CLIENT
        chosen = self.visibility or said
        return Visibility(chosen) if chosen in Visibility.values else Visibility.INTERNAL

    def _with_free_marks(self, notes: Sequence[Planned]) -> list[Planned]:
        """Give marks whose ids are taken (the note was copied from another clip) ids made of the note's and their own."""
        ids = [mark.id for note in notes if note.fate == NEW for mark in note.marks]
        taken: set[UUID] = set()
        for begin in range(0, len(ids), AT_ONCE):
            taken.update(Shape.objects.filter(pk__in=ids[begin : begin + AT_ONCE]).values_list("pk", flat=True))
        twice = {each for each, times in Counter(ids).items() if times > 1}
        return [replace(note, marks=_freed(note, taken | twice)) for note in notes]


def _freed(note: Planned, taken: set[UUID]) -> tuple[drawing.Mark, ...]:
    return tuple(replace(mark, id=uuid5(note.id, str(mark.id))) if mark.id in taken else mark for mark in note.marks)
