"""Words on the picture: the prompt at the foot, the frame number and timecode at the head."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFilter, ImageFont

_FIRST_EAST_ASIAN = 0x2E80
_MOST_LINES = 3


@dataclass(frozen=True)
class Panel:
    """Lettering drawn once: a soft shadow and the letters, both as masks, pasted at ``at`` on every frame."""

    shadow: Image.Image
    letters: Image.Image
    at: tuple[int, int]

    def paste_on(self, frame: Image.Image) -> None:
        """Put the panel on an RGB frame, in place."""
        frame.paste((6, 8, 16), self.at, self.shadow)
        frame.paste((255, 255, 255), self.at, self.letters)


def prompt_panel(prompt: str, width: int, height: int) -> Panel:
    """Return the prompt's words, wrapped to at most three lines, for the lower edge of a frame."""
    size = round(min(width, height) / 20)
    font = _font(size, east_asian=_needs_east_asian(prompt))
    margin = round(width / 24)
    lines = _wrapped(" ".join(prompt.split()), font, width - 2 * margin)
    step = round(size * 1.3)
    letters = Image.new("L", (width, step * len(lines) + size), 0)
    draw = ImageDraw.Draw(letters)
    for index, line in enumerate(lines):
        draw.text((margin, size // 2 + index * step), line, font=font, fill=255)
    return Panel(_shadow(letters, size), letters, (0, height - letters.height - size // 2))


class Counter:
    """Draws the frame number and its timecode under the binary strip, from glyphs drawn once."""

    def __init__(self, width: int, height: int) -> None:
        unit = min(width, height)
        self._at = (round(width / 24), round(height / 36) + round(unit / 40))
        self._big = _Glyphs(_font(round(unit / 14), east_asian=False), "0123456789")
        self._small = _Glyphs(_font(round(unit / 30), east_asian=False), "0123456789:")

    def draw_on(self, frame: Image.Image, number: int, timecode: str) -> None:
        """Write ``number`` large and ``timecode`` small below it, in place."""
        left, top = self._at
        self._big.write(frame, f"{number:04d}", (left, top))
        self._small.write(frame, timecode, (left, top + self._big.height))


class _Glyphs:
    def __init__(self, font: ImageFont.FreeTypeFont, characters: str) -> None:
        ascent, descent = font.getmetrics()
        self.height = ascent + descent
        self._pad = max(2, self.height // 12)
        self._panels = {each: self._glyph(each, font) for each in characters}
        self._advances = {each: round(font.getlength(each)) for each in characters}

    def write(self, frame: Image.Image, text: str, at: tuple[int, int]) -> None:
        left, top = at
        for each in text:
            shadow, letter = self._panels[each]
            corner = (left - self._pad, top - self._pad)
            frame.paste((6, 8, 16), corner, shadow)
            frame.paste((255, 255, 255), corner, letter)
            left += self._advances[each]

    def _glyph(self, character: str, font: ImageFont.FreeTypeFont) -> tuple[Image.Image, Image.Image]:
        width = round(font.getlength(character)) + 2 * self._pad
        letter = Image.new("L", (width, self.height + 2 * self._pad), 0)
        ImageDraw.Draw(letter).text((self._pad, self._pad), character, font=font, fill=255)
        return _shadow(letter, self._pad * 3), letter


def _shadow(letters: Image.Image, size: int) -> Image.Image:
    blurred = letters.filter(ImageFilter.GaussianBlur(size / 6))
    return blurred.point([min(170, level * 2) for level in range(256)])


@cache
def _font(size: int, *, east_asian: bool) -> ImageFont.FreeTypeFont:
    if east_asian:
        return ImageFont.truetype(str(files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"), size)
    font = ImageFont.truetype(str(files("fontpkg_noto_sans") / "files" / "NotoSans[wdth,wght].ttf"), size)
    font.set_variation_by_axes([600, 100])
    return font


def _needs_east_asian(text: str) -> bool:
    return any(ord(character) >= _FIRST_EAST_ASIAN for character in text)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines: list[str] = []
    rest = text
    while rest and len(lines) < _MOST_LINES:
        line = _fitting(rest, font, room)
        rest = rest[len(line) :].lstrip()
        lines.append(line.rstrip())
    if rest:
        lines[-1] = _fitting(lines[-1], font, room - round(font.getlength("…"))).rstrip() + "…"
    return lines


def _fitting(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    """The longest start of the text that fits, broken between words where there are any."""
    if font.getlength(text[:400]) <= room and len(text) <= 400:
        return text
    end = 1
    while end < len(text) and font.getlength(text[: end + 1]) <= room:
        end += 1
    cut = text.rfind(" ", 0, end + 1)
    return text[:cut] if cut > 0 else text[:end]
