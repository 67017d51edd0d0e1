"""Notes that plainly are right, read without a serializer's field for each value: making those takes longer than all the rest.

Whatever is the least doubtful is left to ``inputs.AnnotationInput``, which knows what else may pass, and says what is wrong.
"""

import re
from itertools import chain
from math import isfinite
from typing import Any
from uuid import UUID

from generations.models.seen import seen_clip
from reviews.models.annotation import Category, Visibility
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7

_NEVER = re.compile("[\0\ud800-\udfff]")
_CATEGORIES, _VISIBILITIES = frozenset(Category.values), frozenset(Visibility.values)


def note(sent: object, actor: User) -> dict[str, Any] | None:
    """Return what ``AnnotationInput`` would make of this note; None where that has to be asked. Replies always are."""
    if type(sent) is not dict or sent.get("parent") is not None:
        return None
    try:
        values = _values(sent)
    except (KeyError, ValueError):
        return None
    clip = seen_clip(actor, values["clip"])
    return None if clip is None else {**values, "clip": clip}


def points(sent: object) -> list[list[float]] | None:
    """Return the points of a mark; None unless all are numbers. A pen's stroke has hundreds, so none is looked at by itself."""
    if type(sent) is not list or not set(map(type, sent)) <= {list}:
        return None
    numbers = list(chain.from_iterable(sent))
    if not set(map(type, numbers)) <= {int, float}:
        return None
    try:
        return [list(map(float, point)) for point in sent] if all(map(isfinite, numbers)) else None
    except OverflowError:
        return None


def _values(sent: dict[Any, Any]) -> dict[str, Any]:
    return {
        "id": _id(sent["id"]) if "id" in sent else uuid7(),
        "clip": _id(sent["clip"]),
        "frame_in": _frame(sent["frame_in"]),
        "frame_out": _frame(sent["frame_out"]),
        "body": _words(sent.get("body", "")),
        "category": _one_of(_CATEGORIES, sent.get("category", Category.GENERAL.value)),
        "visibility": _one_of(_VISIBILITIES, sent.get("visibility", Visibility.INTERNAL.value)),
        "shapes": [_mark(one) for one in _of(list, sent.get("shapes", []))],
    }


def _mark(sent: object) -> dict[str, Any]:
    mark = _of(dict, sent)
    drawn, stroke = points(mark["points"]), _of(float, mark["stroke"])
    if drawn is None or not isfinite(stroke):
        raise ValueError
    return {
        "id": _id(mark["id"]),
        "kind": _word(mark["kind"]),
        "schema": _of(int, mark.get("schema", 1)),
        "points": drawn,
        "stroke": stroke,
        "colour": _word(mark.get("colour", "red")),
        "text": _words(mark.get("text", "")),
    }


def _of(kind: type, value: Any) -> Any:
    """Return a value of exactly this type: to Python true is a number, to the API it is none."""
    if type(value) is not kind:
        raise ValueError
    return value


def _id(value: object) -> UUID:
    return UUID(_of(str, value))


def _frame(value: object) -> int:
    number: int = _of(int, value)
    if number < 0:
        raise ValueError
    return number


def _words(value: object) -> str:
    text: str = _of(str, value)
    if _NEVER.search(text):
        raise ValueError
    return text.strip()


def _word(value: object) -> str:
    text = _words(value)
    if not text:
        raise ValueError
    return text


def _one_of(known: frozenset[str], value: object) -> str:
    word: str = _of(str, value)
    if word not in known:
        raise ValueError
    return word
