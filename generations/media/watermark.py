"""Draws a watermark: the guest's name again and again across the picture, faint but readable. Child process
only.
"""

import unicodedata
from pathlib import Path

import fontpkg
import noto_cjk_sans_otc
from PIL import Image, ImageDraw, ImageFont

LONGEST_TEXT = 80
_FIRST_CJK = 0x2E80
_FILL = (255, 255, 255, 72)
_EDGE = (0, 0, 0, 72)


def draw(text: str, width: int, height: int) -> Image.Image:
    """A transparent picture with the text in staggered rows; control characters are left out, 80 characters
    kept.
    """
    printable = "".join(char for char in text if unicodedata.category(char)[0] != "C")
    shown = printable.strip()[:LONGEST_TEXT] or "REVIEW"
    font = face_for(shown, max(12, min(width, height) // 22))
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    step_x = round(pen.textlength(shown, font)) + max(24, width // 8)
    step_y = max(24, height // 5)
    for row, y in enumerate(range(step_y // 3, height, step_y)):
        for x in range(-(row % 2) * step_x // 2, width, step_x):
            pen.text((x, y), shown, font=font, fill=_FILL, stroke_width=1, stroke_fill=_EDGE)
    return image


def face_for(text: str, size: int) -> ImageFont.FreeTypeFont:
    """A font that has the text's letters, in this size (pixels)."""
    if any(ord(char) >= _FIRST_CJK for char in text):
        return ImageFont.truetype(str(noto_cjk_sans_otc.FONT_PATH), size)
    path: Path = fontpkg.path("Noto Sans")
    return ImageFont.truetype(str(path), size)
