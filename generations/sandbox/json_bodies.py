"""Reads JSON request bodies of the dialects that speak nothing else."""

import json
import re
from collections.abc import Mapping

from starlette.requests import Request

BODY_LIMIT = 64 * 1024 * 1024
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class BadBody(Exception):
    """A body is no JSON object, or too large; the message says so."""


async def read_object(request: Request) -> Mapping[str, object]:
    """Return the JSON object in a body of at most 64 MiB. Raises BadBody."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > BODY_LIMIT:
            raise BadBody(f"The body is larger than {BODY_LIMIT} bytes.")
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadBody("The body is not valid JSON.") from error
    if not isinstance(values, dict):
        raise BadBody("The body must be a JSON object.")
    return values


def is_text(value: object) -> bool:
    """Whether a JSON value is a string of valid Unicode."""
    return isinstance(value, str) and not _LONE_SURROGATE.search(value)
