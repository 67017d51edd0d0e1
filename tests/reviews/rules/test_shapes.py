"""Shapes are geometry between 0 and 1, or they are refused."""

import math
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from reviews.rules.shapes import checked
from reviews.rules.territories import normalised, problem
from sorahub.lib.errors import InvalidInput

pytestmark = pytest.mark.core

ID = "0192f0c1-2222-7000-8000-000000000001"
ARROW: dict[str, Any] = {
    "id": ID, "kind": "arrow", "schema": 1, "points": [[0, 0.5], [1, 0.25]], "stroke": 0.004, "colour": "red",
}  # fmt: skip


def test_a_sound_shape_comes_back_with_exact_values() -> None:
    [mark] = checked([ARROW])
    assert (mark.id, mark.kind, mark.points) == (UUID(ID), "arrow", [[0, 0.5], [1, 0.25]])
    assert (mark.stroke, mark.colour) == (Decimal("0.00400"), "red")


@pytest.mark.parametrize(
    "change",
    [
        {"id": "1"},
        {"kind": "spiral"},
        {"schema": 2},
        {"points": [[0, 0]]},
        {"points": [[0, 1.01], [0, 0]]},
        {"points": [[0, math.nan], [0, 0]]},
        {"points": [[0, True], [0, 0]]},
        {"points": [[0], [0, 0]]},
        {"points": [[0, 0]] * 5001},
        {"points": "0,0"},
        {"stroke": 0},
        {"stroke": "wide"},
        {"stroke": 1.5},
        {"colour": "red;background:url(x)"},
        {"kind": ["arrow"]},
        {"points": [[0, 0]] * 3},
        {"text": "Only a text mark has words"},
        {"kind": "text", "points": [[0, 0]]},
        {"kind": "text", "points": [[0, 0]], "text": " \n"},
        {"kind": "text", "points": [[0, 0]], "text": "x" * 301},
        {"kind": "text", "points": [[0, 0], [1, 1]], "text": "Logo"},
        {"kind": "text", "points": [[0, 0]], "text": 7},
        {"kind": "highlight", "points": [[0, 0]]},
    ],
)
def test_anything_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked([{**ARROW, **change}])
    assert caught.value.code == "invalid-shape"


def test_words_and_highlights_are_marks_too() -> None:
    text = {**ARROW, "kind": "text", "points": [[0.25, 1]], "text": " Logo \x00here\r\n"}
    light = {**ARROW, "id": ID[:-1] + "2", "kind": "highlight"}
    first, second = checked([text, light])
    assert (first.kind, first.points, first.text) == ("text", [[0.25, 1]], "Logo here")
    assert (second.kind, second.points, second.text) == ("highlight", [[0, 0.5], [1, 0.25]], "")


def test_a_later_schema_is_refused_in_words() -> None:
    with pytest.raises(InvalidInput, match="Shape 1 has schema 2; this hub knows 1"):
        checked([{**ARROW, "schema": 2}])


def test_coordinates_are_kept_to_a_millionth() -> None:
    [mark] = checked([{**ARROW, "points": [[0.12345678, 1 / 3], [1, 0]]}])
    assert mark.points == [[0.123457, 0.333333], [1, 0]]


def test_a_note_holds_five_hundred() -> None:
    many = [{**ARROW, "id": str(UUID(int=number))} for number in range(501)]
    assert len(checked(many[:500])) == 500
    with pytest.raises(InvalidInput):
        checked(many)


def test_an_id_is_used_once() -> None:
    with pytest.raises(InvalidInput):
        checked([ARROW, ARROW])


def test_territories_are_country_codes_or_the_world() -> None:
    assert normalised([" de", "AT", "de"]) == ["AT", "DE"]
    assert normalised(["DE", "world"]) == ["WORLD"]
    assert problem(["DE", "XK"]) == "Not a two-letter country code: XK."
    assert problem(["UK"]) == "Not a two-letter country code: UK (meant: GB (United Kingdom)?)."
    assert problem([]) == "Name at least one territory, or WORLD."
