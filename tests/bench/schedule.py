"""The schedule an ideal tracker would keep: the rule of the engine, without jitter, without delay, without a lost moment."""

from bisect import bisect_right
from collections.abc import Sequence

LEAST, LONGEST, GROWTH = 10.0, 60.0, 1.25


def ideal_polls(first: float, finished: float, until: float, endings: Sequence[float], per_minute: int) -> int:
    """How often a task is asked for until its end is seen or the clock shows ``until``.

    ``first`` is when it is asked for first; the interval grows from ten seconds to a minute by quarters and is never shorter
    than what the budget leaves for each task still in flight (``endings``: when each task ends, sorted). All in seconds.
    """
    polls, at = 0, first
    while at <= until:
        polls += 1
        if at >= finished:
            break
        left = len(endings) - bisect_right(endings, at)
        at += max(min(LEAST * GROWTH**polls, LONGEST), left * 60 / per_minute)
    return polls
