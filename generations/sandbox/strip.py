"""The binary strip: the frame's own number, readable by a machine from any picture of the frame.

Where: along the top edge, over the whole width of the picture. The strip is 1/36 of the frame's height and is
divided into 24 cells of equal width (1/24 of the frame's width each).

What: every cell is white (1) or black (0). From left to right:

    cell  0       white  marker, and the reference for white
    cell  1       black  marker, and the reference for black
    cells 2-17    the frame number, counted from 0, 16 bits, most significant bit first
    cells 18-21   the check: the exclusive or of the number's four nibbles and of 1010, most significant bit first
    cell  22      black  marker
    cell  23      white  marker

How to read: take the mean brightness of the middle half of each cell (so that scaling and compression at the edges
do not matter). The threshold is the middle between the mean of both white and the mean of both black markers. If
those differ by less than 64 of 255, or the check does not agree, there is no readable strip. With x counted from 0:
the sampling point of cell i is x = (i + 0.5) / 24 of the width, y = 1 / 72 of the height. Before reading a
screenshot, crop it to the picture: letterbox bars are not part of the frame.
"""

from PIL import Image, ImageDraw

CELLS = 24
HEIGHT_DIVISOR = 36
MAXIMUM = 0xFFFF
_CHECK_MASK = 0b1010
_LEAST_CONTRAST = 64


def strip_bits(number: int) -> list[int]:
    """Return the 24 cells of a frame number, left to right. Raises ValueError outside 0..65535."""
    if not 0 <= number <= MAXIMUM:
        raise ValueError(f"A frame number must lie between 0 and {MAXIMUM}, not {number}.")
    word = number << 4 | _check(number)
    return [1, 0, *(word >> shift & 1 for shift in range(19, -1, -1)), 0, 1]


def draw_strip(image: Image.Image, number: int) -> None:
    """Draw the strip of frame ``number`` over the top of an RGB image, in place."""
    draw = ImageDraw.Draw(image)
    bottom = strip_height(image.height) - 1
    for index, bit in enumerate(strip_bits(number)):
        left = index * image.width // CELLS
        right = (index + 1) * image.width // CELLS - 1
        draw.rectangle((left, 0, right, bottom), fill=(255, 255, 255) if bit else (0, 0, 0))


def read_strip(image: Image.Image) -> int | None:
    """Return the frame number that a picture of a frame shows, or None where no valid strip is seen. Any size from 192 × 72 up."""
    levels = _cell_levels(image)
    whites, blacks = (levels[0] + levels[23]) / 2, (levels[1] + levels[22]) / 2
    if whites - blacks < _LEAST_CONTRAST:
        return None
    bits = [int(level > (whites + blacks) / 2) for level in levels]
    word = int("".join(map(str, bits[2:22])), 2)
    number = word >> 4
    return number if bits == strip_bits(number) else None


def strip_height(frame_height: int) -> int:
    """Return the strip's height in pixels."""
    return max(2, round(frame_height / HEIGHT_DIVISOR))


def _check(number: int) -> int:
    return number >> 12 ^ number >> 8 & 15 ^ number >> 4 & 15 ^ number & 15 ^ _CHECK_MASK


def _cell_levels(image: Image.Image) -> list[float]:
    """Mean brightness, 0 to 255, of the middle half of each cell."""
    height = image.height / HEIGHT_DIVISOR
    band = image.convert("L").resize(
        (CELLS * 4, 1), Image.Resampling.BOX, box=(0, height / 4, image.width, height * 3 / 4)
    )
    row = band.tobytes()
    return [(row[index * 4 + 1] + row[index * 4 + 2]) / 2 for index in range(CELLS)]
