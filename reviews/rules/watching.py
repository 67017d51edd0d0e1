"""Spans of frames that somebody watched: ``[first, last]``, both from 0 and both included."""

from collections.abc import Iterable, Sequence

Span = tuple[int, int]


def merged(spans: Iterable[Sequence[int]]) -> list[Span]:
    """Return the spans in order, those that touch or overlap joined into one."""
    joined: list[Span] = []
    for first, last in sorted((span[0], span[1]) for span in spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def frames(spans: Iterable[Sequence[int]]) -> int:
    """Return how many different frames merged spans hold."""
    return sum(last - first + 1 for first, last in spans)


def percent(watched: int, frame_count: int) -> int:
    """Return the share as whole percent: 100 only when every frame was watched, 0 only when none was."""
    if watched <= 0:
        return 0
    if watched >= frame_count:
        return 100
    return min(99, max(1, round(100 * watched / frame_count)))
