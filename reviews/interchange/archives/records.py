"""What every archive gives: records of documents, oldest first, and by name what in it is none."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sorahub.lib.canonical import Json

LARGEST_RECORD = 10 * 1024 * 1024
LICENCES = (
    (re.compile(r"odc[- ]by|open data commons attribution|opendatacommons\.org/licenses/by", re.IGNORECASE), "ODC-BY-1.0"),
    (re.compile(r"odbl|open database licen[cs]e", re.IGNORECASE), "ODbL-1.0"),
)  # fmt: skip
_PATH = re.compile(r"(?P<service>[^/#][^/]*)/(?P<type>[^/#]+?)(?: #(?P<part>[^/]+))?\.md")
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


class Unreadable(Exception):
    """An entry's bytes cannot be had; the words say why."""


@dataclass(frozen=True)
class Name:
    """Which document: the service, the type of terms, and the part where a type has several pages of its own."""

    service: str
    terms_type: str
    part: str = ""

    def __str__(self) -> str:
        return f"{self.service}: {self.terms_type}{f' #{self.part}' if self.part else ''}"


@dataclass(frozen=True)
class Record:
    """One recorded text. ``where`` names it in the archive, ``mark`` is equal for equal bytes, ``read`` gives the bytes."""

    name: Name
    where: str
    at: datetime
    mark: str
    read: Callable[[], bytes]
    facts: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Malformed:
    """Something that is no record though it stands where records do, and why."""

    where: str
    words: str


Entry = Record | Malformed


class Archive(Protocol):
    """An archive that is open. ``licence`` is the one it states of itself, "" if none is recognised."""

    licence: str

    def entries(self) -> Iterator[Entry]:
        """Give everything in it, in the same order each time, oldest first; bytes are read only when asked for."""
        ...


def name_in(path: str) -> Name | None:
    """Read ``Service/Terms Type.md`` or ``Service/Terms Type #part.md``; None for any other path."""
    found = _PATH.fullmatch(path)
    if found is None or path.startswith("."):
        return None
    return Name(found["service"].strip(), found["type"].strip(), (found["part"] or "").strip())


def moment_of(text: str) -> datetime:
    """Read ``2026-08-22T10-30-58Z`` or ISO 8601 with a zone. Raises ValueError."""
    day, _, time = text.partition("T")
    at = datetime.fromisoformat(f"{day}T{time.replace('-', ':', 2)}" if re.match(r"\d\d-\d\d-\d\d", time) else text)
    return sane(at)


def sane(at: datetime) -> datetime:
    """Return the moment in UTC. Raises ValueError for one without a zone, long ago, or in the future."""
    if at.tzinfo is None:
        raise ValueError("the day has no time zone")
    if not _FIRST <= at <= datetime.now(UTC) + timedelta(days=1):
        raise ValueError(f"{at:%Y-%m-%d} is no day on which it can have been seen")
    return at.astimezone(UTC)


def licence_in(*texts: str) -> str:
    """Return the licence that a LICENSE or README names, or ""."""
    return next((name for text in texts for pattern, name in LICENCES if pattern.search(text)), "")
