"""When people are told that a term ends: 90, 30 and 7 days before."""

from datetime import datetime, timedelta

BANDS = (7, 30, 90)
"""In days, the nearest first."""


def band(ends_at: datetime | None, now: datetime) -> int | None:
    """Return the narrowest band in which the end lies; None when it is further away, past, or never."""
    if ends_at is None or ends_at <= now:
        return None
    return next((days for days in BANDS if ends_at <= now + timedelta(days=days)), None)
