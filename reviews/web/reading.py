"""JSON from the room's scripts: what they send is read value by value, and a refusal is answered in words."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse

from sorahub.lib.errors import DomainError, InvalidInput

View = Callable[..., HttpResponse]


def answers_json(view: View) -> View:
    """Turn a refusal into ``{"detail": words}`` with its status, which is what the room's scripts read."""

    @wraps(view)
    def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
        try:
            return view(request, pk)
        except DomainError as error:
            words = " ".join(error.fields.values()) or error.message
            return JsonResponse({"detail": words, "code": error.code}, status=error.status)

    return answer


def said_in(request: HttpRequest) -> dict[str, Any]:
    """Return the object that was sent; nothing sent is an empty one. Raises InvalidInput."""
    try:
        said = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise InvalidInput("This is not JSON.", code="not-json") from error
    if not isinstance(said, dict):
        raise InvalidInput("Send one JSON object.", code="not-an-object")
    return said


def identity(value: Any, field: str) -> UUID:
    """Read an id. Raises InvalidInput."""
    try:
        return UUID(str(value))
    except ValueError as error:
        raise wrong(field, "An id is a UUID.") from error


def whole(value: Any, field: str) -> int:
    """Read a frame. Raises InvalidInput."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(field, "Frames are whole numbers from 0.")
    return value


def text(value: Any, field: str) -> str:
    """Read words; none are empty. Raises InvalidInput."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong(field, "Words are expected here.")
    return value


def listed(value: Any, field: str) -> list[Any]:
    """Read a list; none is empty. Raises InvalidInput."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong(field, "A list is expected here.")
    return value


def wrong(field: str, words: str) -> InvalidInput:
    """Make an error about one field."""
    return InvalidInput(words, fields={field: words})
