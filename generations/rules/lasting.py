"""How long many generations will take together, from how long one takes and how many go at once. Pure."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Seconds = float


@dataclass(frozen=True)
class Line:
    """What one model of an account has to do: how many, how long each, and how many of them go at once (None: no limit)."""

    number: int
    each: Seconds
    places: int | None


@dataclass(frozen=True)
class Limits:
    """What the account allows all of its models together: places, and how many may be sent in a minute (None: no limit)."""

    places: int
    per_minute: int | None


def duration(lines: Sequence[Line], limits: Limits) -> Seconds:
    """Return after how long the last one of an account ends, when each goes as soon as there is room for it.

    The longest go first: what is left over at the end is short. Nobody else's work is reckoned with.
    """
    waiting = sorted(
        ((line.each, at) for at, line in enumerate(lines) for _ in range(line.number)),
        reverse=True,
    )
    gap = 60 / limits.per_minute if limits.per_minute else 0.0
    free = [0.0] * min(max(limits.places, 1), max(len(waiting), 1))
    own = {at: [0.0] * (line.places or len(waiting) or 1) for at, line in enumerate(lines)}
    last, sent = 0.0, -gap
    for each, at in waiting:
        start = max(heapq.heappop(free), heapq.heappop(own[at]), sent + gap)
        sent, end = start, start + each
        heapq.heappush(free, end)
        heapq.heappush(own[at], end)
        last = max(last, end)
    return last


def together(accounts: Mapping[object, tuple[Sequence[Line], Limits]]) -> Seconds:
    """Return when the last one ends over all accounts, which work side by side."""
    return max((duration(lines, limits) for lines, limits in accounts.values()), default=0.0)
