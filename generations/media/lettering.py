"""Draws what an animatic says of itself: slates, cards, the words in the corner, the running timecode. Child process only."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from generations.media.watermark import draw, face_for

GROUND, WORDS, QUIET = (22, 22, 22), (237, 237, 237), (176, 176, 176)
_PLATE = (0, 0, 0, 170)
_MOST_PIXELS = 50_000_000


def card(told: Mapping[str, Any], mark: str, width: int, height: int) -> Image.Image:
    """A full picture: ``head`` large, ``title`` beneath it, then ``lines``; above them the ``picture`` of that path, if it can be read.

    The mark stands all over it but behind the words, which are there to be read.
    """
    image = Image.new("RGB", (width, height), GROUND)
    unit = min(width, height) / 100
    margin = round(6 * unit)
    shown = _picture(told.get("picture"), width - 2 * margin, round(height * 0.5))
    if shown is not None:
        image.paste(shown, ((width - shown.width) // 2, margin))
    over = draw(mark, width, height)
    image.paste(over, (0, 0), over)
    pen = ImageDraw.Draw(image)
    rows = [(told["head"], 9, WORDS), (told["title"], 5, WORDS), *((line, 3.6, QUIET) for line in told["lines"])]
    drawn = [(*_fitted(words, round(size * unit), width - 2 * margin), colour) for words, size, colour in rows if words]
    high = sum(_line(face) for _, face, _ in drawn)
    top = height - margin - high if shown is not None else (height - high) // 2
    wide = round(max((face.getlength(words) for words, face, _ in drawn), default=0))
    pen.rectangle((margin // 2, top - margin // 4, margin + wide + margin // 2, top + high + margin // 4), fill=GROUND)
    for words, face, colour in drawn:
        pen.text((margin, top), words, font=face, fill=colour)
        top += _line(face)
    return image


def overlay(mark: str, corner: str, width: int, height: int) -> Image.Image:
    """A transparent picture: the mark all over it, and ``corner`` on a dark plate at the lower left, as far as they have words."""
    image = draw(mark, width, height) if mark else Image.new("RGBA", (width, height))
    if corner:
        words, face = _fitted(corner, _size(width, height), round(width * 0.74))
        gap = int(face.size) // 2
        wide, high = round(face.getlength(words)) + 2 * gap, _line(face) + gap
        pen = ImageDraw.Draw(image)
        pen.rectangle((0, height - high, wide, height), fill=_PLATE)
        pen.text((gap, height - high + gap // 2), words, font=face, fill=(*WORDS, 255))
    return image


class Clock:
    """Draws timecodes on plates of one size, even in both directions, for the lower right corner."""

    def __init__(self, width: int, height: int) -> None:
        self._face = face_for("00:00:00:00", _size(width, height))
        gap = int(self._face.size) // 2
        wide, high = round(self._face.getlength("00:00:00:000")) + 2 * gap, _line(self._face) + gap
        self.width, self.height, self._gap = wide + wide % 2, high + high % 2, gap

    def draw(self, timecode: str) -> Image.Image:
        """The plate with this timecode."""
        image = Image.new("RGBA", (self.width, self.height), _PLATE)
        at = (self._gap, self._gap // 2)
        ImageDraw.Draw(image).text(at, timecode, font=self._face, fill=(*WORDS, 255))
        return image


def _size(width: int, height: int) -> int:
    return max(10, min(width, height) // 30)


def _line(face: ImageFont.FreeTypeFont) -> int:
    return max(1, round(sum(face.getmetrics()) * 1.15))


def _fitted(words: str, size: int, most: int) -> tuple[str, ImageFont.FreeTypeFont]:
    """The words on one line: smaller by up to a third where they are too long, and cut where that is not enough."""
    face = face_for(words, size)
    while face.getlength(words) > most and face.size > max(8, size * 2 // 3):
        face = face_for(words, int(face.size) - 1)
    if face.getlength(words) <= most:
        return words, face
    kept: Sequence[str] = words
    while kept and face.getlength(f"{''.join(kept)}…") > most:
        kept = kept[:-1]
    return f"{''.join(kept).rstrip()}…", face


def _picture(path: str | None, width: int, height: int) -> Image.Image | None:
    """The picture fitted into this room; a file that cannot be read is no picture."""
    if not path:
        return None
    try:
        with Image.open(Path(path), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
    upright.thumbnail((width, height), Image.Resampling.LANCZOS)
    return upright
