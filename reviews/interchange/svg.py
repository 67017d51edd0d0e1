"""The geometry of marks as SVG, the same as the browser draws it (sorahub/static/sorahub/js/stroke.js and shapes.js).

tests/e2e/test_notes_geometry.py draws random marks with both and compares every number.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree

from PIL import ImageColor

from reviews.interchange import xml
from reviews.interchange.values import Mark

LEAST = 0.0015
BASELINE = 0.8  # of the letters' height, below the point where a text stands
RIM_WIDTH = 0.0022  # of the height, on either side
RIM_OPACITY = "0.6"
TEXT_RIM = 0.14  # of the letters' height
SEE_THROUGH = 0.35
FALLBACK = "#ff5a4f"
Point = tuple[float, float]
Pressed = tuple[float, float, float]


def picture(marks: Sequence[Mark], width: float, height: float) -> str:
    """Return an SVG of these marks over a picture of ``width`` × ``height`` pixels, each with its dark rim."""
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "width": number(width),
            "height": number(height),
            "stroke-linecap": "round",
            "stroke-linejoin": "round",
        },
    )
    for mark in marks:
        if mark.kind == "text":
            _letters(root, mark, width, height)
        else:
            _outline(root, mark, width, height)
    return ElementTree.tostring(root, encoding="unicode")


def _letters(root: ElementTree.Element, mark: Mark, width: float, height: float) -> None:
    x, y, size = text_place(mark, width, height)
    place = {
        "x": number(x),
        "y": number(y),
        "font-size": number(size),
        "font-weight": "600",
        "font-family": "sans-serif",
    }
    rim = {"stroke": "#000", "stroke-opacity": RIM_OPACITY, "stroke-width": number(size * TEXT_RIM)}
    xml.child(root, "text", mark.text, **place, **rim, fill=hex_colour(mark.colour), **{"paint-order": "stroke"})


def text_place(mark: Mark, width: float, height: float) -> tuple[float, float, float]:
    """Return where the baseline of a text mark begins, and how high its letters are."""
    size = mark.stroke * height
    return mark.points[0][0] * width, mark.points[0][1] * height + BASELINE * size, size


def _outline(root: ElementTree.Element, mark: Mark, width: float, height: float) -> None:
    path, ink = path_of(mark, width, height), hex_colour(mark.colour)
    fill = {"pen": 1.0, "highlight": SEE_THROUGH}.get(mark.kind, 0.0)
    line = {"pen": 0.0, "highlight": max(0.0015 * height, 1)}.get(mark.kind, mark.stroke * height)
    if mark.kind != "highlight":
        rim = 2 * max(RIM_WIDTH * height, 0.75)
        look = {"stroke": "#000", "stroke-opacity": RIM_OPACITY, "stroke-width": number(line + rim)}
        xml.child(root, "path", d=path, fill="none", **look)
    paint = {"fill": ink, "fill-opacity": number(fill)} if fill else {"fill": "none"}
    stroke = {"stroke": ink, "stroke-width": number(line)} if line else {}
    xml.child(root, "path", d=path, **paint, **stroke)


def path_of(mark: Mark, width: float, height: float) -> str:
    """Return the outline of a mark as path data; a kind that this hub does not know is a line, as in the browser."""
    if mark.kind == "pen":
        return pen_outline(mark.points, mark.stroke, width, height)
    if mark.kind == "arrow":
        return arrow_path(mark.points, mark.stroke, width, height)
    if mark.kind in {"box", "highlight"}:
        x, y, wide, high = box_of(mark.points, width, height)
        return f"M{number(x)} {number(y)}h{number(wide)}v{number(high)}h{number(-wide)}Z"
    if mark.kind == "ellipse":
        x, y, wide, high = box_of(mark.points, width, height)
        rx, ry = number(wide / 2), number(high / 2)
        return (
            f"M{number(x)} {number(y + high / 2)}a{rx} {ry} 0 1 0 {number(wide)} 0a{rx} {ry} 0 1 0 {number(-wide)} 0Z"
        )
    (ax, ay), (bx, by) = ((point[0] * width, point[1] * height) for point in (mark.points[0], mark.points[-1]))
    return f"M{_r(ax)} {_r(ay)}L{_r(bx)} {_r(by)}"


def number(value: float) -> str:
    """Return a number as JavaScript would write it, as far as we need: no exponent, no ``.0``."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def rounded(value: float) -> float:
    """Return what JavaScript's ``Math.round(value * 100) / 100`` is: halves go up."""
    return math.floor(value * 100 + 0.5) / 100


def _r(value: float) -> str:
    return number(rounded(value))


def smooth(points: Sequence[Sequence[float]]) -> list[list[float | None]]:
    """Drop points that add nothing and steady the rest with a three-point mean; the ends stay."""
    last = len(points) - 1
    kept = [
        point
        for index, point in enumerate(points)
        if index in (0, last) or math.hypot(point[0] - points[index - 1][0], point[1] - points[index - 1][1]) >= LEAST
    ]
    return [_mean(kept, index) for index in range(len(kept))]


def _mean(kept: Sequence[Sequence[float]], index: int) -> list[float | None]:
    point = kept[index]
    pressure = point[2] if len(point) > 2 else None
    if index in (0, len(kept) - 1):
        return [point[0], point[1], pressure]
    before, after = kept[index - 1], kept[index + 1]
    mean = [(before[axis] + 2 * point[axis] + after[axis]) / 4 for axis in (0, 1)]
    return [*mean, pressure]


def _normals(points: Sequence[Pressed]) -> list[Point]:
    found = []
    for index in range(len(points)):
        ax, ay, _ = points[max(0, index - 1)]
        bx, by, _ = points[min(len(points) - 1, index + 1)]
        length = math.hypot(bx - ax, by - ay) or 1
        found.append((-(by - ay) / length, (bx - ax) / length))
    return found


def _curve(points: Sequence[Point], start: str) -> str:
    parts = [f"{start}{_r(points[0][0])} {_r(points[0][1])}"]
    for (x, y), (nx, ny) in pairwise(points[1:]):
        parts.append(f"Q{_r(x)} {_r(y)} {_r((x + nx) / 2)} {_r((y + ny) / 2)}")
    parts.append(f"L{_r(points[-1][0])} {_r(points[-1][1])}")
    return "".join(parts)


def pen_outline(points: Sequence[Sequence[float]], stroke: float, width: float, height: float) -> str:
    """Return the outline of a pen stroke; wider where it was pressed harder."""
    pixels: list[Pressed] = [
        ((x or 0) * width, (y or 0) * height, 0.5 if pressure is None else pressure)
        for x, y, pressure in smooth(points)
    ]
    radii = [(stroke * height * (0.4 + 1.2 * pressure)) / 2 for _, _, pressure in pixels]
    x0, y0, _ = pixels[0]
    if len(pixels) < 2 or all(math.hypot(x - x0, y - y0) < 0.5 for x, y, _ in pixels):
        r = _r(radii[0])
        twice = number(2 * rounded(radii[0]))
        return f"M{_r(x0 - rounded(radii[0]))} {_r(y0)}a{r} {r} 0 1 0 {twice} 0a{r} {r} 0 1 0 -{twice} 0Z"
    normals = _normals(pixels)
    left = _side(pixels, normals, radii, 1)
    right = _side(pixels, normals, radii, -1)[::-1]
    forth, back = _curve(left, "M"), _curve(right, "L")
    return f"{forth}{_cap(right[0], radii[-1])}{back}{_cap(left[0], radii[0])}Z"


def _side(pixels: Sequence[Pressed], normals: Sequence[Point], radii: Sequence[float], sign: int) -> list[Point]:
    return [
        (x + sign * nx * radius, y + sign * ny * radius)
        for (x, y, _), (nx, ny), radius in zip(pixels, normals, radii, strict=True)
    ]


def _cap(to: Point, radius: float) -> str:
    return f"A{_r(radius)} {_r(radius)} 0 0 0 {_r(to[0])} {_r(to[1])}"


def arrow_path(points: Sequence[Sequence[float]], stroke: float, width: float, height: float) -> str:
    """Return an arrow from the first point to the second: its shaft and its head."""
    ax, ay, bx, by = points[0][0] * width, points[0][1] * height, points[1][0] * width, points[1][1] * height
    angle = math.atan2(by - ay, bx - ax)
    size = max(stroke * height * 4.5, 8)

    def wing(turn: float) -> str:
        return f"{_r(bx - size * math.cos(angle + turn))} {_r(by - size * math.sin(angle + turn))}"

    return f"M{_r(ax)} {_r(ay)}L{_r(bx)} {_r(by)}M{wing(0.5)}L{_r(bx)} {_r(by)}L{wing(-0.5)}"


def box_of(points: Sequence[Sequence[float]], width: float, height: float) -> tuple[float, float, float, float]:
    """Return the rectangle that two corners span: left, top, width, height."""
    (ax, ay), (bx, by) = points[0][:2], points[1][:2]
    x, y = min(ax, bx) * width, min(ay, by) * height
    return rounded(x), rounded(y), rounded(abs(ax - bx) * width), rounded(abs(ay - by) * height)


def hex_colour(colour: str) -> str:
    """Return ``#rrggbb`` of a colour as marks hold it: that, or one of CSS's names."""
    if colour.startswith("#"):
        return colour
    if colour not in ImageColor.colormap:
        return FALLBACK
    return "#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(colour)[:3])
