"""What making an animatic asks of media: pieces, and one file of them. Each is answered by a confined process."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from generations.media.child import GIB, Limits, run

PIECE_LIMITS = Limits(memory=2 * GIB, wall_seconds=300, cpu_seconds=600)
JOIN_LIMITS = Limits(memory=2 * GIB, wall_seconds=300, cpu_seconds=600, file_bytes=16 * GIB)


@dataclass(frozen=True, slots=True)
class PieceLook:
    """Size in pixels, frames a second as a fraction, the mark all over the picture, the words in its corner, a running timecode."""

    width: int
    height: int
    rate_num: int
    rate_den: int
    mark: str
    corner: str
    timecode: bool


@dataclass(frozen=True, slots=True)
class PieceSound:
    """The sound of a piece, 48,000 samples a second: from which second of the take's file, how many are heard, how many there are."""

    begin: Fraction
    heard: int
    samples: int


def take_piece(
    source: Path,
    frames: Sequence[int],
    folder: Path,
    name: str,
    *,
    look: PieceLook,
    start: int,
    sound: PieceSound | None,
) -> dict[str, Any]:
    """Write the piece that shows these frames of a take, from 0 and ascending, at the story's frames from ``start``.

    Returns what ``join_pieces`` takes. ``source`` is only read. Raises MediaError.
    """
    asked = {"source": str(source.absolute()), "frames": [*frames], "card": None, "length": len(frames)}
    return _piece(asked, folder, name, look, start, sound)


def card_piece(
    card: Mapping[str, Any],
    length: int,
    folder: Path,
    name: str,
    *,
    look: PieceLook,
    start: int,
    sound: PieceSound | None,
) -> dict[str, Any]:
    """Write a piece that shows a card: its ``head``, ``title``, ``lines`` and ``picture`` (a path or None). As ``take_piece``."""
    asked: dict[str, Any] = {"source": None, "frames": [], "card": dict(card), "length": length}
    return _piece(asked, folder, name, look, start, sound)


def join_pieces(parts: Sequence[Mapping[str, Any]], target: Path, *, look: PieceLook, tags: Mapping[str, str]) -> int:
    """Join pieces into one MP4 without encoding their pictures again, and count its frames. Raises MediaError."""
    request = {
        "parts": [dict(part) for part in parts],
        "rate_num": look.rate_num,
        "rate_den": look.rate_den,
        "target": str(target.absolute()),
        "tags": dict(tags),
    }
    return int(run("join", request, JOIN_LIMITS).result["frames"])


def _piece(
    asked: dict[str, Any], folder: Path, name: str, look: PieceLook, start: int, sound: PieceSound | None
) -> dict[str, Any]:
    picture, heard = folder.absolute() / f"{name}.mp4", folder.absolute() / f"{name}.pcm"
    begin = sound.begin if sound else Fraction(0)
    request = {
        **asked,
        "look": asdict(look),
        "start": start,
        "picture": str(picture),
        "sound": str(heard) if sound else None,
        "sound_from": [begin.numerator, begin.denominator],
        "heard": sound.heard if sound else 0,
        "samples": sound.samples if sound else 0,
    }
    made = run("cut", request, PIECE_LIMITS).result
    return {"picture": str(picture), "sound": str(heard) if sound else None, "frames": made["frames"]}
