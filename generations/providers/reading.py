"""Reading what providers answer: numbers, times, sizes and texts in all the forms they come in. No network here."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sorahub.lib.http import Response

DETAIL_LIMIT = 500
LONGEST_WAIT = 300.0
SHORTEST_SECRET = 8
SAFE_JSON_NUMBER = 2**53
EPOCH = 1970


UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What no database keeps: a zero byte, and half of a character, as where a provider has cut a text inside an emoji."""


def parsed(response: Response) -> Any:
    """Return the JSON body, every text in it fit to be stored, or None when it is none."""
    try:
        return storable(response.json())
    except (ValueError, RecursionError):
        return None


def storable(value: Any) -> Any:
    """Return a JSON value with a replacement character for whatever no database keeps."""
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {name: storable(each) for name, each in value.items()}
    return value


def number(value: Any) -> float | None:
    """Read 8, "8", "8.5 s", "35%"; None for anything else."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = float(str(value).strip().rstrip("%s"))
    except ValueError:
        return None
    return found if abs(found) < SAFE_JSON_NUMBER else None


def whole(value: Any) -> int | None:
    """Read 8, "8", "8.0", "35%"; None for anything else."""
    found = number(value)
    return None if found is None else int(found)


def moment(value: Any) -> dt.datetime | None:
    """Read seconds or milliseconds since 1970, or an ISO 8601 text with a zone; None before (Go's zero is the year 1)."""
    found = number(value)
    if found is None and isinstance(value, str):
        return _written(value)
    if found is None or not 0 < found < 1e14:
        return None
    return dt.datetime.fromtimestamp(found / 1000 if found > 1e11 else found, tz=dt.UTC)


def _written(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found.astimezone(dt.UTC) if found.tzinfo and EPOCH < found.year < dt.MAXYEAR else None


def pixels(value: Any) -> tuple[int | None, int | None]:
    """Read "1280x720", "1280*720" or "1280:720"."""
    found = re.fullmatch(r"(\d{2,5})[x*:](\d{2,5})", str(value or ""))
    return (int(found[1]), int(found[2])) if found else (None, None)


def wait_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the provider asks us to wait: openai-poll-after-ms, or Retry-After in seconds; at most five minutes."""
    milliseconds = number(headers.get("openai-poll-after-ms", ""))
    seconds = milliseconds / 1000 if milliseconds is not None else number(headers.get("retry-after", ""))
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_WAIT)


def masked(content: bytes, secrets: Iterable[str]) -> bytes:
    """Return the bytes without our secrets, which a provider may repeat anywhere; those too short to be one are left."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            content = content.replace(secret.encode(), b"***")
    return content


def plain(text: Any, *, secret: str) -> str:
    """A provider's text made safe to store: short, without control characters, without our key."""
    words = re.sub("[\x00-\x1f\x7f\ud800-\udfff]+", " ", str(text or ""))
    return (words.replace(secret, "***") if secret else words)[:DETAIL_LIMIT].strip()


def web_address(value: Any) -> str | None:
    """Return an address of whatever scheme, or None for what is none: which schemes may be asked is the HTTP client's say."""
    return value if isinstance(value, str) and re.match(r"[a-z][a-z0-9+.-]*:", value, re.IGNORECASE) else None
