"""A term as whole days: what lies between its two instants, never more."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def whole_days(starts_at: datetime, ends_at: datetime | None, zone: ZoneInfo) -> tuple[date, date | None]:
    """Return the first and the last day of this zone that lie as a whole inside ``[starts_at, ends_at)``; None without end.

    A term of less than a day has none: then the last comes before the first.
    """
    start = starts_at.astimezone(zone)
    first = start.date() if start.time() == time.min else start.date() + timedelta(days=1)
    return first, None if ends_at is None else ends_at.astimezone(zone).date() - timedelta(days=1)
