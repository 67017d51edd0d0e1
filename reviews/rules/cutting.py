"""How an animatic is laid out: which frame of which take stands at which frame of the story. Whole numbers throughout.

The story runs at the project's rate ``R``, a take at its own rate ``r``. Frame *k* of a shot shows the take's picture that is on the
screen in the middle of frame *k*: ``first + floor((k + 1/2) · r / R)``; at equal rates that is frame for frame. A take that ends
before the shot does is held on its last used frame; a shot without take is a still card.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sorahub.lib.timecode import Rate

CARD_SECONDS = 2
"""How long a card stands for a shot without take and without intended length."""
SLATE_SECONDS = 1
SOUND_RATE = 48_000
TAKE, CARD, SLATE = "take", "card", "slate"


@dataclass(frozen=True, slots=True)
class Used:
    """The used frames of a take: the first, how many, and the rate that they are counted at."""

    first: int
    count: int
    rate: Rate


@dataclass(frozen=True, slots=True)
class Slot:
    """A shot to be laid out: intended length in frames of the story (None: as long as what fills it), and what fills it."""

    intended: int | None
    used: Used | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the story: ``length`` frames from frame ``start``. ``slot`` is the index of its shot.

    Of a take, ``moving`` frames move; in the rest the last one is held.
    """

    kind: str
    slot: int
    start: int
    length: int
    moving: int = 0


def natural_length(used: Used, rate: Rate) -> int:
    """Frames of the story in which a take's used frames have all been shown: to the nearest, halves down, never less than one."""
    num, den = _ratio(used.rate, rate)
    return max(1, -(-(2 * used.count * den - num) // (2 * num)))  # the first k with (2k + 1) · num >= 2 · count · den


def source_frame(k: int, used: Used, rate: Rate) -> int:
    """The take's frame that stands at frame ``k`` of its shot."""
    num, den = _ratio(used.rate, rate)
    return used.first + min((2 * k + 1) * num // (2 * den), used.count - 1)


def lay_out(slots: Iterable[Slot], rate: Rate, *, slates: bool = False) -> list[Piece]:
    """Put the shots one behind the other, each with a slate of a second before it when ``slates``."""
    pieces: list[Piece] = []
    at = 0
    for index, slot in enumerate(slots):
        if slates:
            pieces.append(Piece(SLATE, index, at, SLATE_SECONDS * rate.nominal))
            at += pieces[-1].length
        length = _length(slot, rate)
        moving = min(length, natural_length(slot.used, rate)) if slot.used else 0
        pieces.append(Piece(TAKE if slot.used else CARD, index, at, length, moving))
        at += length
    return pieces


def total(pieces: Sequence[Piece]) -> int:
    """How many frames the story has."""
    return pieces[-1].start + pieces[-1].length if pieces else 0


def samples_before(frame: int, rate: Rate) -> int:
    """How many samples of sound, at 48,000 a second, come before a frame of the story."""
    return frame * SOUND_RATE * rate.den // rate.num


def _length(slot: Slot, rate: Rate) -> int:
    if slot.intended:
        return slot.intended
    return natural_length(slot.used, rate) if slot.used else CARD_SECONDS * rate.nominal


def _ratio(own: Rate, rate: Rate) -> tuple[int, int]:
    """A take's frames for each frame of the story, as a fraction."""
    return own.num * rate.den, own.den * rate.num
