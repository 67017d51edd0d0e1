"""When to ask for a remote task again, and until when: later and later, never sooner than the provider wishes."""

import datetime as dt
import random

from django.conf import settings
from django.utils import timezone

from generations.models import Generation, State
from generations.pipeline.remote import capability_of

GROWTH = 1.25
LONGEST_SECONDS = 60.0
LONGEST_WISH_SECONDS = 3600.0
LONGEST_FLOOR_SECONDS = 900.0
SPREAD = 0.2
LATE_SECONDS = 600.0
LATE_GROWTH = 0.25
LATE_WINDOW = dt.timedelta(days=7)
UNKNOWN_WINDOW = dt.timedelta(days=1)
_spread = random.SystemRandom()


def seconds_until_next(asked: int, least: float, wished: float | None, *, chance: float, floor: float = 0.0) -> float:
    """Return the wait after the ``asked``-th question: ``least`` grown by a quarter each time up to a minute.

    ``wished`` is the provider's own word (at most an hour of it is believed) and ``floor`` what the account's budget
    leaves for each task; neither is undercut, neither stops the growth. ``chance`` in [0, 1) spreads the wait by up to
    a fifth, upwards only, so that generations launched together are not asked for together.
    """
    grown = min(least * GROWTH ** min(asked, 60), max(LONGEST_SECONDS, least))
    own = max(grown, min(wished or 0.0, LONGEST_WISH_SECONDS)) * (1 + SPREAD * chance)
    return max(own, min(floor, LONGEST_FLOOR_SECONDS))


def next_time(asked: int, wished: float | None = None, floor: float = 0.0) -> dt.datetime:
    """Return when to ask next, from now."""
    least = settings.TRACK_MIN_INTERVAL_MS / 1000
    wait = seconds_until_next(asked, least, wished, chance=_spread.random(), floor=floor)
    return timezone.now() + dt.timedelta(seconds=wait)


def follow(generation: Generation) -> None:
    """Put a generation that the provider has taken on the tracker's list, with the day when we stop waiting."""
    when, deadline = next_time(0), generation.deadline_at or deadline_of(generation)
    Generation.objects.filter(pk=generation.pk).update(next_poll_at=when, deadline_at=deadline)
    generation.next_poll_at, generation.deadline_at = when, deadline


def deadline_of(generation: Generation) -> dt.datetime:
    """When we stop waiting: after a day, or later where the provider itself lets an order wait longer."""
    patience = dt.timedelta(hours=settings.TRACK_DEADLINE_HOURS)
    row = capability_of(generation)
    if row and row.expires_after:
        patience = max(patience, dt.timedelta(seconds=row.expires_after))
    return (generation.submitted_at or timezone.now()) + patience


def next_late(generation: Generation) -> dt.datetime | None:
    """When to ask again for one that was given up: every ten minutes at first, then by quarters of the time gone.

    None when the provider no longer keeps such tasks: after the catalogue's query window; where it names none, after a week,
    or a day for one without an id, which can only be looked for in a list.
    """
    now, given_up = timezone.now(), generation.finished_at or timezone.now()
    wait = max(LATE_SECONDS, (now - given_up).total_seconds() * LATE_GROWTH)
    when = now + dt.timedelta(seconds=wait)
    return when if when < _end_of_window(generation, given_up) else None


def keep_asking(generation: Generation) -> None:
    """Keep a generation that was given up on the list of what is asked for now and then."""
    when = next_late(generation)
    Generation.objects.filter(pk=generation.pk, state=State.LOST).update(next_poll_at=when)
    generation.next_poll_at = when


def _end_of_window(generation: Generation, given_up: dt.datetime) -> dt.datetime:
    row = capability_of(generation)
    if row and row.query_window_days:
        return (generation.submitted_at or given_up) + dt.timedelta(days=row.query_window_days)
    return given_up + (LATE_WINDOW if generation.remote_id else UNKNOWN_WINDOW)
