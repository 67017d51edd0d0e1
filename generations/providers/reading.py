"""Reading what providers answer: numbers, times, sizes and texts in all the forms they come in. No network here."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from sorahub.lib.http import Response
from sorahub.lib.storable import storable

DETAIL_LIMIT = 500
LONGEST_WAIT = 3600.0
SHORTEST_SECRET = 8
SAFE_JSON_NUMBER = 2**53
EPOCH = 1970


def parsed(response: Response) -> Any:
    """Return the JSON body, every text in it fit to be stored, or None when it is none."""
    try:
        return storable(response.json())
    except (ValueError, RecursionError):
        return None


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
    """How long the provider asks us to wait, in seconds: openai-poll-after-ms, or Retry-After as seconds or as a date (RFC 9110);
    at most an hour.
    """
    milliseconds = number(headers.get("openai-poll-after-ms", ""))
    seconds = milliseconds / 1000 if milliseconds is not None else _after(headers.get("retry-after", ""), headers)
    return None if seconds is None or seconds != seconds else min(max(seconds, 0.0), LONGEST_WAIT)


def _after(said: str, headers: Mapping[str, str]) -> float | None:
    """Seconds as they stand; a date is reckoned from the answer's own, since clocks differ, or from ours."""
    seconds = number(said)
    if seconds is not None:
        return seconds
    until = _http_date(said)
    if until is None:
        return None
    return (until - (_http_date(headers.get("date", "")) or dt.datetime.now(dt.UTC))).total_seconds()


def _http_date(text: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.astimezone(dt.UTC) if found.tzinfo else found.replace(tzinfo=dt.UTC)


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
