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
_INTERNAL = ".i"


@dataclass(frozen=True)
class Cursor:
    """The moment of a page's last question, stamps of the rows that it was given from the overlap before it, and whether a
    guest was shown the agency's own notes then: what a review shows may change while they look.
    """

    at: datetime
    known: frozenset[int] = field(default_factory=frozenset)
    internal: bool = False

    @property
    def since(self) -> datetime:
        """From when on to look."""
        return self.at - OVERLAP

    def __str__(self) -> str:
        """Write it as text that a page hands back and never looks into."""
        stamps = "".join(f"{stamp:08x}" for stamp in sorted(self.known)[:MOST_KNOWN])
        return f"{(self.at - _EPOCH) // _MICROSECOND:x}.{stamps}{_INTERNAL if self.internal else ''}"


def read(text: str) -> Cursor | None:
    """Return the cursor that was written so, or None for anything else: the page then gets everything."""
    moment, _, rest = text.partition(".")
    stamps = rest.removesuffix(_INTERNAL)
    try:
        at = _EPOCH + int(moment, 16) * _MICROSECOND
        known = frozenset(int(stamps[place : place + 8], 16) for place in range(0, len(stamps), 8))
    except (ValueError, OverflowError):
        return None
    return Cursor(at, known, internal=rest.endswith(_INTERNAL)) if len(text) < 1_000 else None


def stamp(row: UUID, touched: datetime) -> int:
    """Return the stamp of a row at one of its moments: 32 bits are enough to tell a page's last seconds apart."""
    return zlib.crc32(row.bytes + str((touched - _EPOCH) // _MICROSECOND).encode())


def following(now: datetime, given: Iterable[tuple[UUID, datetime]], *, internal: bool = False) -> Cursor:
    """Return the cursor of a page that asked at ``now`` and was given these rows with their moments."""
    window = now - OVERLAP
    known = frozenset(stamp(row, touched) for row, touched in given if touched >= window)
    return Cursor(now, known, internal=internal)
