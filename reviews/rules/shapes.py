"""Drawn marks: geometry as fractions of the display rectangle, checked before it is kept."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any
from uuid import UUID

from reviews.models import Shape
from reviews.rules.typed import tidy
from sorahub.lib.errors import InvalidInput

SCHEMA = 1
MOST_SHAPES = 500
MOST_POINTS = 5_000
LONGEST_TEXT = 300
DIGITS = 6  # of a coordinate: a hundredth of a pixel on pictures wider than any screen
_COLOUR = re.compile(r"#[0-9a-f]{6}|[a-z][a-z-]{0,19}")
# How many points a mark has: from, to.
_POINTS = {
    "pen": (1, MOST_POINTS),
    "arrow": (2, 2),
    "line": (2, 2),
    "box": (2, 2),
    "ellipse": (2, 2),
    "text": (1, 1),
    "highlight": (2, 2),
}


@dataclass(frozen=True)
class Mark:
    """One shape whose every value has been checked."""

    id: UUID
    kind: str
    points: list[list[float]]
    stroke: Decimal
    colour: str
    text: str = ""


def checked(shapes: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """Return the marks in these values ``{id, kind, schema, points, stroke, colour, text}``, in order.

    Points are ``[x, y]`` or ``[x, y, pressure]``, each 0 to 1; the stroke is a fraction of the height. A text mark has
    words (its letters are ``stroke`` high), other marks have none.
    Raises InvalidInput naming the first shape that is not right.
    """
    if len(shapes) > MOST_SHAPES:
        raise _wrong(f"A note holds at most {MOST_SHAPES} shapes.")
    marks = [_mark(number, shape) for number, shape in enumerate(shapes, start=1)]
    if len({mark.id for mark in marks}) != len(marks):
        raise _wrong("Two shapes have the same id.")
    return marks


def changed(shape: Shape, values: Mapping[str, Any]) -> Mark:
    """Return the mark that this shape becomes with the new values; its id, kind and schema stay. Raises InvalidInput."""
    known = {"points": shape.points, "stroke": shape.stroke, "colour": shape.colour, "text": shape.text}
    [mark] = checked([{**known, **values, "id": shape.pk, "kind": shape.kind}])
    return mark


def _mark(number: int, shape: Mapping[str, Any]) -> Mark:
    if not isinstance(shape, Mapping):
        raise _wrong(f"Shape {number} is not an object with id, kind, points, stroke and colour.")
    kind = shape.get("kind")
    if not isinstance(kind, str) or kind not in _POINTS:
        raise _wrong(f"Shape {number}: the kind is one of {', '.join(Shape.Kind.values)}.")
    if shape.get("schema", SCHEMA) != SCHEMA:
        raise _wrong(f"Shape {number} has schema {shape.get('schema')!r}; this hub knows {SCHEMA}.")
    colour = shape.get("colour", "red")
    if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
        raise _wrong(f"Shape {number}: the colour is a token such as red, or #rrggbb.")
    points = _points(number, kind, shape.get("points"))
    text = _text(number, kind, shape.get("text"))
    return Mark(_id(number, shape), kind, points, _stroke(number, shape), colour, text)


def _id(number: int, shape: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(shape.get("id")))
    except ValueError as error:
        raise _wrong(f"Shape {number} needs an id of its own (a UUID).") from error


def _points(number: int, kind: str, points: object) -> list[list[float]]:
    fewest, most = _POINTS[kind]
    if not isinstance(points, list) or not fewest <= len(points) <= most:
        many = str(most) if fewest == most else f"{fewest} to {most}"
        raise _wrong(f"Shape {number}: a mark of kind {kind} has {many} point{'' if most == 1 else 's'}.")
    if not all(isinstance(point, list) and len(point) in (2, 3) for point in points) or not _fractions(points):
        raise _wrong(f"Shape {number}: each point is [x, y] or [x, y, pressure], each 0 to 1.")
    return [[round(value, DIGITS) for value in point] for point in points]


def _fractions(points: list[list[Any]]) -> bool:
    """Whether all of these are numbers from 0 to 1: a pen's stroke has hundreds of them."""
    numbers = list(chain.from_iterable(points))
    if not set(map(type, numbers)) <= {int, float}:
        return False
    return min(numbers) >= 0 and max(numbers) <= 1 and all(map(math.isfinite, numbers))


def _stroke(number: int, shape: Mapping[str, Any]) -> Decimal:
    try:
        stroke = Decimal(str(shape.get("stroke"))).quantize(Decimal("0.00001"))
    except InvalidOperation as error:
        raise _wrong(f"Shape {number}: the stroke is a fraction of the picture's height.") from error
    if not 0 < stroke <= 1:
        raise _wrong(f"Shape {number}: the stroke is more than 0 and at most 1 of the picture's height.")
    return stroke


def _text(number: int, kind: str, text: object) -> str:
    words = tidy(text) if isinstance(text, str) else ""
    if text is not None and not isinstance(text, str):
        raise _wrong(f"Shape {number}: the words of a text mark are text.")
    if kind != Shape.Kind.TEXT and words:
        raise _wrong(f"Shape {number}: only a text mark has words.")
    if kind == Shape.Kind.TEXT and not 1 <= len(words) <= LONGEST_TEXT:
        raise _wrong(f"Shape {number}: a text mark has 1 to {LONGEST_TEXT} characters.")
    return words


def _wrong(words: str) -> InvalidInput:
    return InvalidInput(words, code="invalid-shape", fields={"shapes": words})
