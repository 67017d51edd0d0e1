"""A cursor asks for a little more than it says, and leaves out what was given already."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from reviews.rules.cursor import MOST_KNOWN, OVERLAP, Cursor, following, read, stamp

pytestmark = pytest.mark.core

NOW = datetime(2026, 11, 28, 12, 0, 0, 123456, tzinfo=UTC)


def test_it_comes_back_as_it_was_written() -> None:
    given = [(UUID(int=1), NOW - timedelta(seconds=1)), (UUID(int=2), NOW - OVERLAP - timedelta(seconds=1))]
    cursor = following(NOW, given)
    assert cursor == Cursor(NOW, frozenset({stamp(*given[0])}))
    assert read(str(cursor)) == cursor
    assert cursor.since == NOW - OVERLAP
    for each in (Cursor(NOW), Cursor(NOW, internal=True), following(NOW, given, internal=True)):
        assert read(str(each)) == each


def test_the_same_row_touched_again_is_another() -> None:
    row = uuid4()
    assert stamp(row, NOW) != stamp(row, NOW + timedelta(microseconds=1))


def test_a_busy_clip_does_not_make_it_long() -> None:
    crowded = following(NOW, [(uuid4(), NOW) for _ in range(500)])
    known = read(str(crowded))
    assert known is not None
    assert len(known.known) == MOST_KNOWN
    assert known.known <= crowded.known


@pytest.mark.parametrize(
    "text", ["", "soon", "12..x", "12.i", "12.i.i", "f" * 40 + ".", "12.zz", "1." + "0" * 2000, "-" * 9, "é"]
)
def test_a_damaged_one_is_none(text: str) -> None:
    assert read(text) is None
