"""The nearest that a row can do to what is wished: length, picture, sound, seed. What was asked is never changed silently."""

from dataclasses import dataclass

from generations.catalog.capability import Capability
from generations.catalog.parts import Shape, Size

SOUND = {"on": "with sound", "off": "silent", "original": "with the reference video's own sound"}


@dataclass(frozen=True)
class Wished:
    """What a cell of a batch wishes; None (or "" for sound) where it says nothing. ``seconds`` 0 leaves the length to the model."""

    seconds: int | None = None
    size: Size | None = None
    seed: int | None = None
    audio: str = ""


@dataclass(frozen=True)
class Fitted:
    """What the row can do, and in words in what it differs."""

    wished: Wished
    changes: tuple[str, ...]


def fitted(row: Capability, wished: Wished) -> Fitted:
    """Return the nearest that the row can do: the nearest length, the picture nearest in shape and then in size, a sound that
    it has, and no seed where it takes none.
    """
    seconds, size = _seconds(row, wished.seconds), _size(row, wished.size)
    seed = wished.seed if row.seed else None
    audio = wished.audio if wished.audio in ("", *row.audio.choices) else row.audio.choices[0]
    told = []
    if seconds != wished.seconds:
        told.append(f"{_length(seconds)} instead of {_length(wished.seconds)}")
    if size != wished.size:
        told.append(f"{size} instead of {wished.size}")
    if seed != wished.seed:
        told.append(f"without the seed {wished.seed}, which it does not take")
    if audio != wished.audio:
        told.append(f"{SOUND[audio]} instead of {SOUND.get(wished.audio, wished.audio)}")
    return Fitted(Wished(seconds, size, seed, audio), tuple(told))


def _seconds(row: Capability, wished: int | None) -> int | None:
    if wished is None or wished in row.lengths or not row.lengths:
        return wished
    if not wished:
        return row.lengths[0]
    return min(row.seconds, key=lambda each: (abs(each - wished), each), default=0)


def _size(row: Capability, wished: Size | None) -> Size | None:
    if wished is None or wished in row.sizes or not row.shapes:
        return wished
    return min(row.shapes, key=lambda shape: _distance(shape, wished)).size


def _distance(shape: Shape, wished: Size) -> tuple[int, int, int]:
    """Shapes within some hundredths of each other count as the same: coders want sides in steps."""
    size = shape.size
    ratio = abs(size.width * 20 // size.height - wished.width * 20 // wished.height)
    turned = (size.width >= size.height) is not (wished.width >= wished.height)
    return int(turned), ratio, abs(size.width * size.height - wished.width * wished.height)


def _length(seconds: int | None) -> str:
    return f"{seconds} s" if seconds else "as long as the model likes"
