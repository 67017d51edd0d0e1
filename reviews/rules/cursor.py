"""Where an open page stands in the changes of a clip: a moment, and what it has been given of the seconds before it.

Changes become visible when they are committed, not when they are stamped, so that one stamped earlier may come later. A
page is therefore asked back a little before its moment, and what it has been given of that time already is left out.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

OVERLAP = timedelta(seconds=30)
MOST_KNOWN = 64
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Cursor:
    """The moment of a page's last question, and stamps of the rows that it was given from the overlap before it."""

    at: datetime
    known: frozenset[int] = field(default_factory=frozenset)

    @property
    def since(self) -> datetime:
        """From when on to look."""
        return self.at - OVERLAP

    def __str__(self) -> str:
        """Write it as text that a page hands back and never looks into."""
        stamps = "".join(f"{stamp:08x}" for stamp in sorted(self.known)[:MOST_KNOWN])
        return f"{(self.at - _EPOCH) // _MICROSECOND:x}.{stamps}"


def read(text: str) -> Cursor | None:
    """Return the cursor that was written so, or None for anything else: the page then gets everything."""
    moment, _, stamps = text.partition(".")
    try:
        at = _EPOCH + int(moment, 16) * _MICROSECOND
        known = frozenset(int(stamps[place : place + 8], 16) for place in range(0, len(stamps), 8))
    except (ValueError, OverflowError):
        return None
    return Cursor(at, known) if len(text) < 1_000 else None


def stamp(row: UUID, touched: datetime) -> int:
    """Return the stamp of a row at one of its moments: 32 bits are enough to tell a page's last seconds apart."""
    return zlib.crc32(row.bytes + str((touched - _EPOCH) // _MICROSECOND).encode())


def following(now: datetime, given: Iterable[tuple[UUID, datetime]]) -> Cursor:
    """Return the cursor of a page that asked at ``now`` and was given these rows with their moments."""
    window = now - OVERLAP
    return Cursor(now, frozenset(stamp(row, touched) for row, touched in given if touched >= window))
