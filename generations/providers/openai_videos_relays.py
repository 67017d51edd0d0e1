"""What LiteLLM does to the Videos dialect on the way through (seen at 1.106.2). No network here."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

PREFIX = "video_"
HEADER_PREFIX = "llm_provider-"
ENVELOPE = re.compile(r"litellm:custom_llm_provider:([^;]*);model_id:([^;]*);video_id:(.+)")


def routed_id(made: str, source: str) -> str:
    """Return an id that leads back to the service that made it.

    Its ids are envelopes around the service's own. The one for a remix, edit or extension lacks the route that the source's
    has: asked with it, it would turn to api.openai.com. The source's route is put back in; all other ids stay as they are.
    """
    ours, theirs = _opened(made), _opened(source)
    if ours is None or theirs is None or ours[1] or ours[0] != theirs[0]:
        return made
    letter = f"litellm:custom_llm_provider:{ours[0]};model_id:{theirs[1]};video_id:{ours[2]}"
    return PREFIX + base64.b64encode(letter.encode()).decode()


def _opened(task_id: str) -> tuple[str, str, str] | None:
    """Return provider, route and inner id of an envelope; None for any other id."""
    body = task_id.removeprefix(PREFIX)
    try:
        letter = base64.b64decode(body + "=" * (-len(body) % 4), validate=True).decode()
    except ValueError:
        return None
    found = ENVELOPE.fullmatch(letter)
    return (found[1], found[2], found[3]) if found else None


def error_inside(text: str) -> Mapping[str, Any] | None:
    """Return the service's own error object, which is pasted into the middle of a sentence; None where there is none."""
    start = text.find('{"error"')
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    error = value["error"]
    return error if isinstance(error, dict) else None


def unwrapped(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers, names in lower case, with the service's own (Retry-After) where they come through renamed."""
    given = {name.lower(): value for name, value in headers.items()}
    inner = {name.removeprefix(HEADER_PREFIX): value for name, value in given.items() if name.startswith(HEADER_PREFIX)}
    return {**inner, **given}
