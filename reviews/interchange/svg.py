"""The geometry of marks as SVG, the same as the browser draws it (sorahub/static/sorahub/js/stroke.js, number by number).

tests/e2e/test_notes_geometry.py draws random marks with both and compares every number.
"""

import math
from collections.abc import Sequence
from xml.etree import ElementTree

from PIL import ImageColor

from reviews.interchange import xml
from reviews.interchange.values import Mark

LEAST = 0.0015
Point = tuple[float, float]
Pressed = tuple[float, float, float]


def picture(marks: Sequence[Mark], width: float, height: float) -> str:
    """Return an SVG of these marks over a picture of ``width`` × ``height`` pixels."""
    root = ElementTree.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {number(width)} {number(height)}",
            "width": number(width),
            "height": number(height),
        },
    )
    for mark in marks:
        draw(root, mark, width, height)
    return ElementTree.tostring(root, encoding="unicode")


def draw(root: ElementTree.Element, mark: Mark, width: float, height: float) -> None:
    """Append one mark. A kind that this hub does not know is left out."""
    line = {
        "fill": "none",
        "stroke": mark.colour,
        "stroke-width": number(mark.stroke * height),
        "stroke-linecap": "round",
        "stroke-linejoin": "round",
    }
    if mark.kind == "pen":
        xml.child(root, "path", d=pen_outline(mark.points, mark.stroke, width, height), fill=mark.colour)
    elif mark.kind == "arrow":
        xml.child(root, "path", d=arrow_path(mark.points, mark.stroke, width, height), **line)
    elif mark.kind == "line":
        (ax, ay), (bx, by) = ((point[0] * width, point[1] * height) for point in (mark.points[0], mark.points[-1]))
        xml.child(root, "line", x1=number(ax), y1=number(ay), x2=number(bx), y2=number(by), **line)
    elif mark.kind in {"box", "highlight"}:
        x, y, wide, high = box_of(mark.points, width, height)
        place = {"x": number(x), "y": number(y), "width": number(wide), "height": number(high)}
        look = line if mark.kind == "box" else {"fill": mark.colour, "fill-opacity": "0.35"}
        xml.child(root, "rect", **place, **look)
    elif mark.kind == "ellipse":
        x, y, wide, high = box_of(mark.points, width, height)
        centre = {"cx": number(x + wide / 2), "cy": number(y + high / 2)}
        xml.child(root, "ellipse", **centre, rx=number(wide / 2), ry=number(high / 2), **line)


def number(value: float) -> str:
    """Return a number as JavaScript would write it, as far as we need: no exponent, no ``.0``."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


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
    for (x, y), (nx, ny) in zip(points[1:-1], points[2:], strict=True):
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
    return "#%02x%02x%02x" % ImageColor.getrgb(colour)[:3] if colour in ImageColor.colormap else colour
