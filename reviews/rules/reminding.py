"""When people are reminded by themselves, and how often at most."""

from datetime import datetime, timedelta

AT_MOST_EVERY = timedelta(hours=20)
BEFORE = timedelta(hours=24)
NO_LATER_THAN = timedelta(hours=24)


def is_due(*, created_at: datetime, due_at: datetime, reminded_at: datetime | None, now: datetime) -> bool:
    """Say whether the people of a review that is open are to be reminded now.

    Twice: a day before an answer is wanted, and when it is. A review sent on the last day skips the first, and one
    whose moment passed a day ago or more, because the hub stood still, skips the second.
    """
    first = due_at - BEFORE
    if now < first or now >= due_at + NO_LATER_THAN:
        return False
    if now < due_at:
        return created_at < first and (reminded_at is None or reminded_at < first)
    return reminded_at is None or reminded_at < due_at


def may_be_reminded(told_at: datetime | None, now: datetime) -> bool:
    """Say whether a person whom we last wrote to then may be written to again."""
    return told_at is None or told_at <= now - AT_MOST_EVERY
