"""When to ask for a remote task again: sooner at first, later and later, never sooner than the provider wishes."""

import datetime as dt
import random

from django.conf import settings
from django.utils import timezone

from generations.models import Generation

GROWTH = 1.25
LONGEST_SECONDS = 60.0
SPREAD = 0.2
_spread = random.SystemRandom()


def seconds_until_next(asked: int, least: float, wished: float | None, *, chance: float) -> float:
    """Return the wait after the ``asked``-th question: ``least`` grown by a quarter each time up to a minute.

    ``wished`` is the provider's own word and is never undercut; ``chance`` in [0, 1) spreads the wait by up to a fifth,
    upwards only, so that generations launched together are not asked for together.
    """
    grown = min(least * GROWTH ** min(asked, 60), max(LONGEST_SECONDS, least))
    return max(grown if wished is None else least, wished or 0.0) * (1 + SPREAD * chance)


def next_time(asked: int, wished: float | None = None) -> dt.datetime:
    """Return when to ask next, from now."""
    least = settings.TRACK_MIN_INTERVAL_MS / 1000
    wait = seconds_until_next(asked, least, wished, chance=_spread.random())
    return timezone.now() + dt.timedelta(seconds=wait)


def follow(generation: Generation) -> None:
    """Put a generation that the provider has taken on the tracker's list."""
    when = next_time(0)
    Generation.objects.filter(pk=generation.pk).update(next_poll_at=when)
    generation.next_poll_at = when
