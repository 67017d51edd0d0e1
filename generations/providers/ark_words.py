"""Words of Volcengine Ark and BytePlus ModelArk: how a task and an error are read. No network here."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from generations.providers.ark_orders import ADAPTIVE
from generations.providers.base import (
    Actual,
    CreateRequest,
    ErrorClass,
    ProviderError,
    RemoteState,
    RemoteTask,
)
from generations.providers.reading import moment, parsed, plain, wait_seconds, web_address, whole
from generations.providers.refusals import refused
from sorahub.lib.http import Response

STATES = {
    "queued": RemoteState.QUEUED,
    "running": RemoteState.RUNNING,
    "succeeded": RemoteState.FETCHING,
    "failed": RemoteState.FAILED,
    "cancelled": RemoteState.CANCELLED,
    "expired": RemoteState.EXPIRED,
}
CODES = (
    ("SensitiveContentDetected", ErrorClass.MODERATION_INPUT),
    ("PolicyViolation", ErrorClass.MODERATION_INPUT),
    ("PrivacyInformation", ErrorClass.MODERATION_INPUT),
    ("AuthenticationError", ErrorClass.AUTH),
    ("AccountOverdueError", ErrorClass.ACCOUNT),
    ("AccessDenied", ErrorClass.ACCOUNT),
    ("ModelNotOpen", ErrorClass.ACCOUNT),
    ("QuotaExceeded", ErrorClass.ACCOUNT),  # HTTP 429, waiting does not help
    ("RateLimitExceeded", ErrorClass.RATE_LIMITED),
    ("ModelLoadingError", ErrorClass.RATE_LIMITED),
    ("ServerOverloaded", ErrorClass.RATE_LIMITED),
    ("InternalServiceError", ErrorClass.PROVIDER_TRANSIENT),
    ("InvalidEndpoint", ErrorClass.PROVIDER_PERMANENT),
    ("NotFound", ErrorClass.PROVIDER_PERMANENT),
    ("InvalidParameter", ErrorClass.INVALID_REQUEST),
    ("MissingParameter", ErrorClass.INVALID_REQUEST),
    ("InvalidAction", ErrorClass.INVALID_REQUEST),
)
"""What a code contains and what it means, the first that fits: the list is open, and codes carry suffixes."""
ENDPOINT = "ep-"
LINKS_LIVE = dt.timedelta(hours=24)


def body_of(response: Response) -> dict[str, Any]:
    """Return the JSON object; empty when there is none."""
    body = parsed(response)
    return body if isinstance(body, dict) else {}


def error_of(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return code and text of an error, at the top of a refusal or inside a task; both empty where there is none."""
    error = body.get("error")
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or ""), str(error.get("message") or "")


def class_of(code: str) -> ErrorClass | None:
    """Classify a vendor code; None for one that fits nothing known. What is moderated stands at the code's beginning."""
    kind = next((kind for part, kind in CODES if part in code), None)
    if kind is ErrorClass.MODERATION_INPUT and code.startswith("Output"):
        return ErrorClass.MODERATION_OUTPUT
    return kind


def refusal(response: Response, *, secret: str, creating: bool) -> ProviderError:
    """Classify by vendor code first: a 429 may be money, and a moderated prompt comes as 400.

    While creating, our reading is: a 4xx with a code refuses before there is a task, ``ServerOverloaded`` and
    ``ModelLoadingError`` as 429 included. ``InternalServiceError`` and any 5xx, whatever the code, say nothing about that.
    """
    code, text = error_of(body_of(response))
    request_id = response.headers.get("x-request-id", "")
    return refused(class_of(code), code, text, response, secret=secret, creating=creating, request_id=request_id)


def task(value: Mapping[str, Any], *, secret: str, poll_after: float | None = None) -> RemoteTask:
    """Read one task. A word that we do not know keeps it running, with an alarm; so does an error in one that succeeded."""
    raw = str(value.get("status") or "")[:100]
    state = STATES.get(raw.lower())
    content = value.get("content")
    changed = moment(value.get("updated_at")) if state is RemoteState.FETCHING else None
    return RemoteTask(
        remote_id=str(value.get("id") or ""),
        state=state or RemoteState.RUNNING,
        raw_state=raw,
        error=failure(value, secret=secret) if state is RemoteState.FAILED else None,
        result_url=web_address(content.get("video_url")) if isinstance(content, dict) else None,
        expires_at=changed + LINKS_LIVE if changed else None,
        created_at=moment(value.get("created_at")),
        actual=actual(value),
        poll_after=poll_after,
        alarm=_alarm(raw, state, error_of(value)[0]),
    )


def tasks(response: Response, *, secret: str) -> list[RemoteTask] | None:
    """Read a page of the list; None when it is none."""
    items = body_of(response).get("items")
    if not isinstance(items, list):
        return None
    wait = wait_seconds(response.headers)
    return [task(each, secret=secret, poll_after=wait) for each in items if isinstance(each, dict) and each.get("id")]


def _alarm(raw: str, state: RemoteState | None, code: str) -> str:
    if state is None:
        return f"unknown state {raw!r}"
    return f"{raw!r}, yet with the error {code[:100]}" if state is RemoteState.FETCHING and code else ""


def actual(value: Mapping[str, Any]) -> Actual:
    """What Ark says it used: shape, length and seed are its own choice where the order left them open."""
    usage = value.get("usage")
    used = usage if isinstance(usage, dict) else {}
    tokens = whole(used.get("total_tokens"))
    return Actual(
        model=str(value.get("model") or "") or None,
        seconds=whole(value.get("duration")),
        ratio=str(value.get("ratio") or "") or None,
        resolution=str(value.get("resolution") or "") or None,
        fps=whole(value.get("framespersecond")),
        seed=whole(value.get("seed")),
        tokens=whole(used.get("completion_tokens")) if tokens is None else tokens,
    )


def failure(value: Mapping[str, Any], *, secret: str) -> ProviderError:
    """Why a task failed. ``moderation_output`` depends on chance: a person may order the same once more, nobody else may."""
    code, text = error_of(value)
    kind = class_of(code) or ErrorClass.PROVIDER_TRANSIENT
    return ProviderError(
        kind,
        plain(code, secret=secret)[:100] or "failed",
        detail=plain(text, secret=secret),
        safe_to_resubmit=False,
        charged=bool(actual(value).tokens) or None,
    )


def could_be(found: RemoteTask, request: CreateRequest, since: dt.datetime) -> bool:
    """Whether a listed task may be the one that ``request`` asked for. Ark repeats no prompt; what it does not say, and
    what the order left to it, excludes nothing.
    """
    theirs = found.actual
    if found.created_at is not None and found.created_at < since:
        return False
    if theirs.model and not request.model.startswith(ENDPOINT) and theirs.model != request.model:
        return False
    ratio = "" if request.ratio == ADAPTIVE else request.ratio
    said: tuple[tuple[object, object], ...] = (
        (theirs.seconds, request.seconds),
        (theirs.ratio, ratio),
        (theirs.resolution, request.resolution),
        (theirs.seed, max(request.seed or 0, 0)),
    )
    return all(not their or not ours or their == ours for their, ours in said)
