"""On which frames of another take a note lands: the same numbers at the same rate, the same moment at another. Exact."""

from dataclasses import dataclass
from math import ceil, floor

from sorahub.lib.timecode import Rate


@dataclass(frozen=True)
class Landing:
    """Where a note comes to lie (frames from 0, inclusive) and, if that is not where it was, why in words."""

    frame_in: int
    frame_out: int
    words: str = ""


def land(frame_in: int, frame_out: int, rate: Rate, other: Rate, length: int) -> Landing:
    """Return the frames on a take of ``length`` frames at the rate ``other`` that hold what ``[frame_in, frame_out]`` held.

    At equal rates the numbers stay. Otherwise the first frame is the one on screen when the old first frame began, the
    last the one on screen just before the old last frame ended: integers and fractions, nothing rounded on the way.
    What lies behind the end of the take is put on its last frame.
    """
    first, last = frame_in, frame_out
    scaled = rate != other
    if scaled:
        first = floor(rate.seconds(frame_in) * other.fraction)
        last = max(first, ceil(rate.seconds(frame_out + 1) * other.fraction) - 1)
    end = length - 1
    landed = (min(first, end), min(last, end))
    reasons = [
        *([f"the other take runs at {other.label} frames a second, not {rate.label}"] if scaled else []),
        *([f"the other take has {length} frame{'' if length == 1 else 's'} only"] if last > end else []),
    ]
    if not reasons or landed == (frame_in, frame_out):
        return Landing(*landed)
    return Landing(*landed, f"{_frames(frame_in, frame_out)} became {_frames(*landed).lower()}: {' and '.join(reasons)}.")


def _frames(first: int, last: int) -> str:
    """Name frames as people count them, from 1."""
    return f"Frame {first + 1}" if first == last else f"Frames {first + 1} to {last + 1}"
