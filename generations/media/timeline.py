"""From the timestamps of a stream's packets: exact rate, frame count, groups of pictures. Pure arithmetic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from generations.media.errors import MediaError

STANDARD_RATES = tuple(
    Fraction(rate)
    for rate in ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60", "12", "15", "120")
)
LARGEST_DENOMINATOR = 1001


@dataclass(frozen=True, slots=True)
class Stamp:
    """One packet in decoding order: presentation time in ticks, and whether a decoder can start at it."""

    pts: int
    keyframe: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """``first`` and ``duration`` in seconds; ``rate`` is the mean where ``variable``, as a fraction of small numbers."""

    frames: int
    rate: Fraction
    variable: bool
    first: Fraction
    duration: Fraction
    has_b_frames: bool
    max_gop: int


def measure(stamps: Sequence[Stamp], tick: Fraction, declared: Iterable[Fraction]) -> Timeline:
    """Read the timeline off the packets; ``tick`` in seconds, ``declared`` the rates that the file claims."""
    if not stamps:
        raise MediaError("not_a_video", "The file has no picture in it.")
    times = sorted(stamp.pts for stamp in stamps)
    rate = _constant_rate(times, tick, list(declared))
    mean = rate or _plain(_mean(times, tick))
    return Timeline(
        frames=len(times),
        rate=mean,
        variable=rate is None,
        first=times[0] * tick,
        duration=len(times) / mean,
        has_b_frames=any(later.pts < earlier.pts for earlier, later in pairwise(stamps)),
        max_gop=_longest_group(stamps),
    )


def _constant_rate(times: Sequence[int], tick: Fraction, declared: list[Fraction]) -> Fraction | None:
    """The rate whose frame grid every time keeps, to within the rounding of one tick; None when there is
    none.
    """
    if len(times) == 1:
        return next((rate for rate in declared if rate > 0), Fraction(24))
    if times[0] == times[-1]:
        return None
    mean = _mean(times, tick)
    candidates = [rate for rate in declared if rate in STANDARD_RATES]
    candidates += sorted(STANDARD_RATES, key=lambda rate: abs(rate - mean))
    candidates += [rate for rate in declared if rate > 0] + [mean]
    return next((rate for rate in candidates if _keeps_grid(times, 1 / (rate * tick))), None)


def _keeps_grid(times: Sequence[int], step: Fraction) -> bool:
    """Whole steps must be kept exactly; broken ones may be rounded up or down, if a step is several ticks
    long.
    """
    num, den = step.numerator, step.denominator
    slack = 0 if den == 1 or step < 4 else den
    return all(abs((time - times[0]) * den - index * num) <= slack for index, time in enumerate(times))


def _mean(times: Sequence[int], tick: Fraction) -> Fraction:
    span = times[-1] - times[0]
    return (len(times) - 1) / (span * tick) if span > 0 else Fraction(24)


def _plain(mean: Fraction) -> Fraction:
    """The nearest fraction with a denominator of at most 1001: what a review copy of equally long frames can run at."""
    return max(mean.limit_denominator(LARGEST_DENOMINATOR), Fraction(1, LARGEST_DENOMINATOR))


def _longest_group(stamps: Sequence[Stamp]) -> int:
    starts = [0, *(index for index, stamp in enumerate(stamps) if index and stamp.keyframe), len(stamps)]
    return max(after - before for before, after in pairwise(starts))
