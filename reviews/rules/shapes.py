"""Drawn marks: geometry as fractions of the display rectangle, checked before it is kept."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from reviews.models import Shape
from sorahub.lib.errors import InvalidInput

SCHEMA = 1
MOST_SHAPES = 200
MOST_POINTS = 5_000
_COLOUR = re.compile(r"#[0-9a-f]{6}|[a-z][a-z-]{0,19}")
_FEWEST = {"pen": 1, "arrow": 2, "line": 2, "box": 2, "ellipse": 2}


@dataclass(frozen=True)
class Mark:
    """One shape whose every value has been checked."""

    id: UUID
    kind: str
    points: list[list[float]]
    stroke: Decimal
    colour: str


def checked(shapes: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """Return the marks in these values ``{id, kind, schema, points, stroke, colour}``, in order.

    Points are ``[x, y]`` or ``[x, y, pressure]``, each 0 to 1; the stroke is a fraction of the height.
    Raises InvalidInput naming the first shape that is not right.
    """
    if len(shapes) > MOST_SHAPES:
        raise _wrong(f"A note holds at most {MOST_SHAPES} shapes.")
    marks = [_mark(number, shape) for number, shape in enumerate(shapes, start=1)]
    if len({mark.id for mark in marks}) != len(marks):
        raise _wrong("Two shapes have the same id.")
    return marks


def _mark(number: int, shape: Mapping[str, Any]) -> Mark:
    kind = shape.get("kind")
    if kind not in Shape.Kind.values:
        raise _wrong(f"Shape {number}: the kind is one of {', '.join(Shape.Kind.values)}.")
    if shape.get("schema", SCHEMA) != SCHEMA:
        raise _wrong(f"Shape {number} has schema {shape.get('schema')!r}; this hub knows {SCHEMA}.")
    colour = shape.get("colour", "red")
    if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
        raise _wrong(f"Shape {number}: the colour is a token such as red, or #rrggbb.")
    return Mark(_id(number, shape), kind, _points(number, kind, shape.get("points")), _stroke(number, shape), colour)


def _id(number: int, shape: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(shape.get("id")))
    except ValueError as error:
        raise _wrong(f"Shape {number} needs an id of its own (a UUID).") from error


def _points(number: int, kind: str, points: object) -> list[list[float]]:
    if not isinstance(points, list) or not _FEWEST[kind] <= len(points) <= MOST_POINTS:
        raise _wrong(f"Shape {number}: between {_FEWEST[kind]} and {MOST_POINTS} points.")
    if not all(isinstance(point, list) and len(point) in (2, 3) and all(map(_fraction, point)) for point in points):
        raise _wrong(f"Shape {number}: each point is [x, y] or [x, y, pressure], each 0 to 1.")
    return points


def _fraction(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value <= 1


def _stroke(number: int, shape: Mapping[str, Any]) -> Decimal:
    try:
        stroke = Decimal(str(shape.get("stroke"))).quantize(Decimal("0.00001"))
    except InvalidOperation as error:
        raise _wrong(f"Shape {number}: the stroke is a fraction of the picture's height.") from error
    if not 0 < stroke <= 1:
        raise _wrong(f"Shape {number}: the stroke is more than 0 and at most 1 of the picture's height.")
    return stroke


def _wrong(words: str) -> InvalidInput:
    return InvalidInput(words, code="invalid-shape", fields={"shapes": words})
