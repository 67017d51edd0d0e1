"""A term told in whole days holds no hour more than its two instants."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from reviews.rules.whole_days import whole_days

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (datetime(2026, 1, 1, tzinfo=BERLIN), datetime(2027, 1, 1, tzinfo=BERLIN), (date(2026, 1, 1), date(2026, 12, 31))),
        (datetime(2026, 1, 1, 15, tzinfo=BERLIN), datetime(2027, 1, 1, 12, tzinfo=BERLIN), (date(2026, 1, 2), date(2026, 12, 31))),
        (datetime(2026, 1, 1, tzinfo=UTC), None, (date(2026, 1, 2), None)),
        (datetime(2026, 1, 1, 9, tzinfo=BERLIN), datetime(2026, 1, 1, 18, tzinfo=BERLIN), (date(2026, 1, 2), date(2025, 12, 31))),
    ],
)  # fmt: skip
def test_only_whole_days_count(start: datetime, end: datetime | None, days: tuple[date, date | None]) -> None:
    assert whole_days(start, end, BERLIN) == days
