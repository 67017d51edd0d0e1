"""Frames, rational rates and SMPTE 12M timecode. Frames are integers; a float never decides which frame is
meant.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Self

from sorahub.lib.errors import InvalidInput

_RATE = re.compile(r"([0-9]{1,9})(?:/([0-9]{1,9}))?")
_TIMECODE = re.compile(r"([0-9]{2}):([0-5][0-9]):([0-5][0-9])([:;])([0-9]{2,3})")
_HALF = Fraction(1, 2)
_DROPPING = {Fraction(30000, 1001): 2, Fraction(60000, 1001): 4}


@dataclass(frozen=True, slots=True)
class Rate:
    """Frames a second as an exact fraction in lowest terms, e.g. ``Rate(24000, 1001)``. Positive, else
    InvalidInput.
    """

    num: int
    den: int = 1

    def __post_init__(self) -> None:
        if self.num <= 0 or self.den <= 0:
            raise InvalidInput("A frame rate is a positive fraction.", code="bad-rate")
        exact = Fraction(self.num, self.den)
        object.__setattr__(self, "num", exact.numerator)
        object.__setattr__(self, "den", exact.denominator)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "24", "24/1" or "24000/1001"; decimals are refused since 23.976 is not the rate that it
        stands for.
        """
        match = _RATE.fullmatch(text)
        if not match:
            raise InvalidInput(f"Write the rate as a fraction such as 24000/1001, not {text!r}.", code="bad-rate")
        return cls(int(match[1]), int(match[2] or 1))

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.num, self.den)

    @property
    def nominal(self) -> int:
        """Frame labels in one second of timecode: 24 for 23.976, 30 for 29.97."""
        return max(1, floor(self.fraction + _HALF))

    @property
    def dropped_per_minute(self) -> int:
        """Labels skipped by drop-frame timecode each minute but the tenth; 0 where drop-frame is not
        defined.
        """
        return _DROPPING.get(self.fraction, 0)

    @property
    def is_drop_capable(self) -> bool:
        return self.dropped_per_minute > 0

    @property
    def label(self) -> str:
        """The rate as people write it: "24", "23.976", "29.97"."""
        return f"{float(self.fraction):.3f}".rstrip("0").rstrip(".")

    def seconds(self, frame: int) -> Fraction:
        """When ``frame`` begins, in seconds after frame 0."""
        return Fraction(frame * self.den, self.num)

    def seek_seconds(self, frame: int, first_frame: Fraction = Fraction(0)) -> Fraction:
        """Where a player must seek to show ``frame``: its middle, after the first frame's own time."""
        return first_frame + (frame + _HALF) / self.fraction

    def frame_at(self, seconds: Fraction, first_frame: Fraction = Fraction(0)) -> int:
        """The frame on screen at a media time in seconds; times a rounding error early count as the frame
        they begin.
        """
        return floor((seconds - first_frame) * self.fraction + _HALF)

    def __str__(self) -> str:
        return f"{self.num}/{self.den}"


def to_timecode(frame: int, rate: Rate, *, drop: bool = False) -> str:
    """``frame`` counted from 00:00:00:00 as "HH:MM:SS:FF" ("HH:MM:SS;FF" when ``drop``), below 24 hours."""
    if frame < 0:
        raise InvalidInput("Timecode begins at frame 0.", code="bad-frame")
    label = frame + _labels_dropped_before(frame, rate) if _checked(rate, drop=drop) else frame
    seconds, frames = divmod(label, rate.nominal)
    if seconds >= 24 * 3600:
        raise InvalidInput("Timecode ends at 24 hours.", code="bad-frame")
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    width = 3 if rate.nominal > 100 else 2
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if drop else ':'}{frames:0{width}}"


def to_length(frames: int, rate: Rate) -> str:
    """So many frames as "HH:MM:SS:FF". A length is no time of day: its hours go on counting."""
    day = 24 * 3600 * rate.nominal
    days, rest = divmod(frames, day)
    text = to_timecode(rest, rate)
    return f"{days * 24 + int(text[:2]):02}{text[2:]}"


def from_timecode(text: str, rate: Rate) -> int:
    """The frame that ``text`` names; ";" means drop-frame. Labels that do not exist are refused, never
    rounded.
    """
    match = _TIMECODE.fullmatch(text)
    if not match:
        raise InvalidInput(f"Write the timecode as HH:MM:SS:FF, not {text!r}.", code="bad-timecode")
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    if hours > 23 or frames >= rate.nominal:
        raise InvalidInput(f"{text} does not exist at {rate.label} frames a second.", code="bad-timecode")
    total_minutes = hours * 60 + minutes
    label = (total_minutes * 60 + seconds) * rate.nominal + frames
    if not _checked(rate, drop=match[4] == ";"):
        return label
    if seconds == 0 and minutes % 10 and frames < rate.dropped_per_minute:
        raise InvalidInput(f"{text} is one of the labels that drop-frame timecode skips.", code="bad-timecode")
    return label - rate.dropped_per_minute * (total_minutes - total_minutes // 10)


def _checked(rate: Rate, *, drop: bool) -> bool:
    if drop and not rate.is_drop_capable:
        raise InvalidInput(f"Drop-frame timecode is not defined at {rate.label}.", code="bad-timecode")
    return drop


def _labels_dropped_before(frame: int, rate: Rate) -> int:
    dropped = rate.dropped_per_minute
    minute = rate.nominal * 60 - dropped
    tens, rest = divmod(frame, minute * 10 + dropped)
    return dropped * 9 * tens + (dropped * ((rest - dropped) // minute) if rest > dropped else 0)
