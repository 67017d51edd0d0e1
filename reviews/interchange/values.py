"""Notes as plain values: what every exporter is given and every importer returns. Frames are integers; nothing here asks a database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sorahub.lib.timecode import Rate


@dataclass(frozen=True)
class Mark:
    """A drawn mark: points as fractions (0 to 1) of the display rectangle, stroke as a fraction of its height."""

    id: UUID
    kind: str
    schema: int
    points: list[list[float]]
    stroke: float
    colour: str
    text: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as the hub's API takes it."""
        plain = {"id": str(self.id), "kind": self.kind, "schema": self.schema, "points": self.points}
        return {**plain, "stroke": self.stroke, "colour": self.colour} | ({"text": self.text} if self.text else {})


@dataclass(frozen=True)
class Note:
    """A note on frames ``[frame_in, frame_out]`` (0-based, inclusive). ``words`` is plain text, ``body`` the Markdown it comes from."""

    id: UUID
    frame_in: int
    frame_out: int
    author: str
    words: str
    body: str
    category: str
    visibility: str
    created_at: datetime
    parent: UUID | None = None
    edited_at: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str = ""
    marks: tuple[Mark, ...] = ()

    @property
    def state(self) -> str:
        """``open`` or ``resolved``."""
        return "open" if self.resolved_at is None else "resolved"


@dataclass(frozen=True)
class Thread:
    """A note and its replies in order."""

    note: Note
    replies: tuple[Note, ...] = ()

    @property
    def all(self) -> tuple[Note, ...]:
        """The note, then its replies."""
        return (self.note, *self.replies)


@dataclass(frozen=True)
class Reel:
    """A clip with its notes: ``name`` for people, ``file_name`` for what the edit suite links to."""

    clip: UUID
    name: str
    file_name: str
    sha256: str
    rate: Rate
    frame_count: int
    width: int
    height: int
    threads: tuple[Thread, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """Every note, replies after what they answer."""
        return tuple(note for thread in self.threads for note in thread.all)


@dataclass(frozen=True)
class Incoming:
    """A note as a file tells it. ``row`` counts from 1 and says where; ``key`` is what makes it the same note next time."""

    row: int
    frame_in: int
    frame_out: int
    body: str
    author: str = ""
    key: str = ""
    id: UUID | None = None
    parent: UUID | None = None
    answers_row: int | None = None
    category: str = ""
    visibility: str = ""
    resolved: bool = False
    marks: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Problem:
    """A row that could not be read, and why."""

    row: int
    words: str


@dataclass(frozen=True)
class Reading:
    """What a file holds: the notes, the rows that could not be read, what was guessed, and of which clip it says it is."""

    kind: str
    notes: Sequence[Incoming] = ()
    problems: Sequence[Problem] = ()
    guesses: Sequence[str] = field(default_factory=tuple)
    sha256: str = ""
