"""Reading the OpenAI Videos dialect, with what LiteLLM, vLLM-Omni, SGLang and resellers make of it. No
network here.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

from generations.providers.base import Actual, CreateRequest, ErrorClass, ProviderError, RemoteState, RemoteTask
from sorahub.lib.http import Response

STATES = {
    "queued": RemoteState.QUEUED,
    "pending": RemoteState.QUEUED,
    "submitted": RemoteState.QUEUED,
    "not_start": RemoteState.QUEUED,
    "in_progress": RemoteState.RUNNING,
    "processing": RemoteState.RUNNING,
    "running": RemoteState.RUNNING,
    "generating": RemoteState.RUNNING,
    "completed": RemoteState.FETCHING,
    "succeeded": RemoteState.FETCHING,
    "success": RemoteState.FETCHING,
    "failed": RemoteState.FAILED,
    "failure": RemoteState.FAILED,
    "error": RemoteState.FAILED,
    "cancelled": RemoteState.CANCELLED,
    "canceled": RemoteState.CANCELLED,
    "deleted": RemoteState.CANCELLED,
    "expired": RemoteState.EXPIRED,
}
CODES = {
    "moderation_blocked": ErrorClass.MODERATION_INPUT,
    "content_policy_violation": ErrorClass.MODERATION_INPUT,
    "invalid_api_key": ErrorClass.AUTH,
    "no_db_connection": ErrorClass.AUTH,
    "insufficient_quota": ErrorClass.ACCOUNT,
    "billing_hard_limit_reached": ErrorClass.ACCOUNT,
    "billing_not_active": ErrorClass.ACCOUNT,
    "account_deactivated": ErrorClass.ACCOUNT,
    "model_not_found": ErrorClass.PROVIDER_PERMANENT,
    "model_deprecated": ErrorClass.PROVIDER_PERMANENT,
    "rate_limit_exceeded": ErrorClass.RATE_LIMITED,
    "concurrency_limit_exceeded": ErrorClass.CONCURRENCY_LIMITED,
}
STATUSES = {
    401: ErrorClass.AUTH,
    402: ErrorClass.ACCOUNT,
    403: ErrorClass.ACCOUNT,
    404: ErrorClass.PROVIDER_PERMANENT,
    405: ErrorClass.PROVIDER_PERMANENT,
    408: ErrorClass.PROVIDER_TRANSIENT,
    410: ErrorClass.PROVIDER_PERMANENT,
    425: ErrorClass.PROVIDER_TRANSIENT,
    429: ErrorClass.RATE_LIMITED,
    501: ErrorClass.PROVIDER_PERMANENT,
}
ID_NAMES = ("id", "task_id", "video_id")
URL_NAMES = ("url", "video_url", "result_url")
DETAIL_LIMIT = 500
LONGEST_WAIT = 300.0


class Body:
    """A JSON answer, outermost level first: wrappers put the task under ``data``, and what they say
    themselves wins.

    (A wrapper that says "failed" around a vendor's stale "running" is right about its own task.)
    """

    def __init__(self, value: Any) -> None:
        self.levels: list[dict[str, Any]] = []
        while isinstance(value, dict):
            self.levels.append(value)
            value = value.get("data")

    def pick(self, *names: str) -> Any:
        """Return the first of these fields that says anything, or None."""
        for level in self.levels:
            for name in names:
                if level.get(name) not in (None, ""):
                    return level[name]
        return None

    def word(self, *names: str) -> str:
        """Return such a field if it is text or a number."""
        value = self.pick(*names)
        return str(value) if isinstance(value, str | int) else ""


def parsed(response: Response) -> Any:
    """Return the JSON body, or None when it is none."""
    try:
        return response.json()
    except ValueError:
        return None


def _number(value: Any) -> float | None:
    try:
        return float(str(value).strip().rstrip("%s"))
    except ValueError:
        return None


def whole(value: Any) -> int | None:
    """Read 8, "8", "8.0", "35%" or None."""
    number = None if value is None or isinstance(value, bool) else _number(value)
    return int(number) if number is not None and abs(number) < 2**53 else None


def moment(value: Any) -> dt.datetime | None:
    """Read seconds (or milliseconds) since 1970."""
    number = None if value is None or isinstance(value, bool) else _number(value)
    if number is None or not 0 < number < 1e14:
        return None
    return dt.datetime.fromtimestamp(number / 1000 if number > 1e11 else number, tz=dt.UTC)


def pixels(value: Any) -> tuple[int | None, int | None]:
    """Read "1280x720"."""
    found = re.fullmatch(r"(\d{2,5})[x*](\d{2,5})", str(value or ""))
    return (int(found[1]), int(found[2])) if found else (None, None)


def wait_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the provider asks us to wait: openai-poll-after-ms, or Retry-After in seconds."""
    milliseconds = _number(headers.get("openai-poll-after-ms", ""))
    seconds = milliseconds / 1000 if milliseconds is not None else _number(headers.get("retry-after", ""))
    return None if seconds is None or seconds != seconds else min(max(seconds, 0.0), LONGEST_WAIT)


def plain(text: Any, *, secret: str) -> str:
    """A provider's text made safe to store: short, without control characters, without our key."""
    words = re.sub(r"[\x00-\x1f\x7f]+", " ", str(text or ""))
    return (words.replace(secret, "***") if secret else words)[:DETAIL_LIMIT].strip()


def _error_fields(body: Body) -> tuple[str, str]:
    """Return code and text of an error object, an error string, or a wrapper's failure words."""
    error = body.pick("error")
    if isinstance(error, dict):
        code = error.get("code") or error.get("type")
        return str(code or ""), str(error.get("message") or "")
    text = error or body.pick("fail_reason", "message", "detail")
    return "", text if isinstance(text, str) else json.dumps(text) if text else ""


def refusal(response: Response, *, secret: str, creating: bool) -> ProviderError:
    """Classify an answer that is not 2xx: by the vendor's code first, by HTTP status second.

    While creating, a 5xx (and 408) is ambiguous: the job may exist all the same.
    """
    code, text = _error_fields(Body(parsed(response)))
    kind = CODES.get(code) or STATUSES.get(response.status)
    if kind is None:
        kind = ErrorClass.PROVIDER_TRANSIENT if response.status >= 500 else ErrorClass.INVALID_REQUEST
    unsure = creating and (kind is ErrorClass.PROVIDER_TRANSIENT or response.status >= 500)
    if unsure and response.status != 501:
        kind = ErrorClass.AMBIGUOUS_SUBMIT
    return ProviderError(
        kind,
        plain(code, secret=secret) or f"http-{response.status}",
        detail=plain(text, secret=secret),
        request_id=plain(response.headers.get("x-request-id", ""), secret=secret),
        retry_after=wait_seconds(response.headers),
        charged=False if creating and kind is not ErrorClass.AMBIGUOUS_SUBMIT else None,
    )


def task_failure(body: Body, *, secret: str) -> ProviderError:
    """Why a task failed at the provider. Moderation after rendering is about the output, unless it says
    otherwise.
    """
    code, text = _error_fields(body)
    kind = CODES.get(code, ErrorClass.PROVIDER_TRANSIENT)
    said = f"{code} {text}".lower()
    if kind is ErrorClass.MODERATION_INPUT and ("output" in said or not re.search(r"input|prompt", said)):
        kind = ErrorClass.MODERATION_OUTPUT
    return ProviderError(
        kind,
        plain(code, secret=secret) or "failed",
        detail=plain(text, secret=secret),
        safe_to_resubmit=False,
    )


def task(
    value: Any, headers: Mapping[str, str], *, asked: str, secret: str, request: CreateRequest | None = None
) -> RemoteTask:
    """Read a task object. Raises ProviderError(integrity) when there is no state in it.

    ``asked`` is the id we hold: it stays the task's id, since some servers answer with another one.
    """
    body = Body(value)
    raw = body.word("status", "state")
    if not raw:
        raise ProviderError(ErrorClass.INTEGRITY, "no-state", detail="The answer names no state.")
    state = STATES.get(raw.lower())
    failed = state is RemoteState.FAILED or (state is RemoteState.FETCHING and bool(body.pick("error")))
    progress = whole(body.pick("progress"))
    url = body.word(*URL_NAMES)
    return RemoteTask(
        remote_id=asked or body.word(*ID_NAMES),
        state=RemoteState.FAILED if failed else state or RemoteState.RUNNING,
        raw_state=raw[:100],
        progress=None if progress is None else min(max(progress, 0), 100),
        error=task_failure(body, secret=secret) if failed else None,
        result_url=url if url.startswith(("https://", "http://")) else None,
        expires_at=moment(body.pick("expires_at")),
        created_at=moment(body.pick("created_at", "submit_time")),
        actual=_actual(body),
        poll_after=wait_seconds(headers),
        alarm="" if state else f"unknown state {raw[:100]!r}",
        prompt_matches=_prompt_matches(body, request),
    )


def _actual(body: Body) -> Actual:
    width, height = pixels(body.pick("size"))
    return Actual(
        model=body.word("model") or None,
        seconds=whole(body.pick("seconds", "duration")),
        width=width,
        height=height,
        seed=whole(body.pick("seed")),
    )


def _prompt_matches(body: Body, request: CreateRequest | None) -> bool | None:
    prompt = body.pick("prompt")
    if request is None or not isinstance(prompt, str):
        return None
    return prompt.strip() == request.prompt.strip()


def could_be(found: RemoteTask, request: CreateRequest, since: dt.datetime) -> bool:
    """Whether a listed task may be the one that ``request`` asked for; what the provider does not say
    cannot exclude it.
    """
    actual = found.actual
    if found.created_at is not None and found.created_at < since:
        return False
    if found.prompt_matches is False or not _same_model(actual.model, request.model):
        return False
    said = ((actual.seconds, request.seconds), (actual.width, request.width), (actual.height, request.height))
    return all(theirs is None or theirs == ours for theirs, ours in said)


def _same_model(theirs: str | None, ours: str) -> bool:
    """Servers answer with a dated snapshot, or with a provider prefix."""
    if theirs is None:
        return True
    bare = re.sub(r"-\d{4}-\d{2}-\d{2}$", "", theirs.rpartition("/")[2])
    return bare == ours.rpartition("/")[2] or theirs == ours
