"""Read how long and how large: lengths as a list or a range, sizes as pixel pairs, tables or ratios × resolutions."""

from math import gcd
from typing import Any

from generations.catalog.parts import Shape, Size
from generations.catalog.reading import Reader, whole

USUAL_RATIOS = ((16, 9), (9, 16), (1, 1), (4, 3), (3, 4), (21, 9), (9, 21), (3, 2), (2, 3))
CLOSE = 0.015  # coders need even, often multiple-of-eight sides: 864x496 is sold as 16:9
SIZES = 'even pixel pairs such as "1280x720"'


def size(text: Any) -> Size:
    """Parse "1280x720"; raises ValueError."""
    width, _, height = str(text).partition("x")
    if not (width.isdigit() and height.isdigit()) or int(width) % 2 or int(height) % 2:
        raise ValueError(text)
    return Size(int(width), int(height))


def seconds(reader: Reader) -> tuple[int, ...]:
    """Take ``seconds``: a list, or {from, to, step}. Rising, without repetition; empty where the field is missing."""
    if not isinstance(reader.table.get("seconds"), dict):
        found = reader.each("seconds", whole, wanted="whole seconds")
    else:
        span = Reader(reader.take("seconds", dict), f"{reader.where}, seconds")
        first, last, step = span.positive("from"), span.positive("to"), span.limit("step") or 1
        span.end()
        found = tuple(range(first, last + 1, step))
    if list(found) != sorted(set(found)):
        raise reader.fail("seconds", "must rise, each once")
    return found


def shapes(reader: Reader) -> tuple[Shape, ...]:
    """Take ``sizes``: a list of pixel pairs or of {pixels, ratio, resolution}, or a table resolution → ratio → pixels."""
    if isinstance(reader.table.get("sizes"), dict):
        found = _matrix(reader)
    else:
        found = reader.each("sizes", lambda item: _shape(item, reader), wanted=SIZES)
    if len({shape.size for shape in found}) < len(found):
        raise reader.fail("sizes", "must each be there once")
    return found


def _matrix(reader: Reader) -> tuple[Shape, ...]:
    found = []
    for resolution, row in reader.take("sizes", dict).items():
        for ratio, pixels in row.items() if isinstance(row, dict) else [("", "")]:
            try:
                found.append(Shape(size(pixels), ratio, resolution))
            except ValueError:
                raise reader.fail("sizes", f"must hold {SIZES}") from None
    return tuple(found)


def _shape(item: Any, reader: Reader) -> Shape:
    if not isinstance(item, dict):
        found = size(item)
        return Shape(found, ratio_of(found), resolution_of(found))
    table = Reader(item, f"{reader.where}, sizes")
    found = size(table.text("pixels"))
    shape = Shape(found, table.take("ratio", str, ratio_of(found)), table.take("resolution", str, resolution_of(found)))
    table.end()
    return shape


def ratio_of(given: Size) -> str:
    """Return the ratio as people say it: a usual one when it is as good as met, else the fraction itself."""
    exact = given.width / given.height
    for width, height in USUAL_RATIOS:
        if abs(exact * height / width - 1) < CLOSE:
            return f"{width}:{height}"
    common = gcd(given.width, given.height)
    return f"{given.width // common}:{given.height // common}"


def resolution_of(given: Size) -> str:
    """Return the resolution as people say it: the shorter side, and "4k" for 2160."""
    side = min(given.width, given.height)
    return "4k" if side == 2160 else f"{side}p"
