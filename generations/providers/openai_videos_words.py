"""Reading the OpenAI Videos dialect, with what LiteLLM, vLLM-Omni, SGLang and resellers make of it. No network here."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from generations.providers import openai_videos_relays as relays
from generations.providers.base import (
    AccountCheck,
    Actual,
    Created,
    ErrorClass,
    ProviderError,
    RemoteState,
    RemoteTask,
)
from generations.providers.reading import moment, parsed, pixels, plain, wait_seconds, web_address, whole
from generations.providers.refusals import refused
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
ID_NAMES = ("id", "task_id", "video_id")
URL_NAMES = ("url", "video_url", "result_url")


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


def _error_fields(body: Body) -> tuple[str, str]:
    """Return code and text of an error object, an error string, or a wrapper's failure words."""
    error = body.pick("error") or body.pick("detail")
    if isinstance(error, dict):
        error = relays.error_inside(str(error.get("message") or "")) or error
        return _code(error), str(error.get("message") or "")
    text = error or body.pick("fail_reason", "message")
    return "", text if isinstance(text, str) else json.dumps(text) if text else ""


def _code(error: Mapping[str, Any]) -> str:
    """Return the word that says most: LiteLLM puts the status (or "None") where the code belongs, and the word in type."""
    said = [str(error[name]) for name in ("code", "type") if error.get(name) not in (None, "", "None")]
    return next((word for word in said if not word.isdecimal()), said[0] if said else "")


def refusal(response: Response, *, secret: str, creating: bool) -> ProviderError:
    """Classify an answer that is not 2xx: by the vendor's code first, by HTTP status second.

    While creating, a 5xx (and 408) is ambiguous: the job may exist all the same.
    """
    code, text = _error_fields(Body(parsed(response)))
    heard = replace(response, headers=relays.unwrapped(response.headers))
    request_id = heard.headers.get("x-request-id", "")
    return refused(CODES.get(code), code, text, heard, secret=secret, creating=creating, request_id=request_id)


def created(response: Response, *, source: str = "") -> Created:
    """Read the answer to a create (from the task ``source``). Without an id in it, it is not known what was made:
    ``ambiguous_submit``.
    """
    body = Body(parsed(response))
    raw = body.word("status", "state") or "queued"
    return Created(
        relays.routed_id(remote_id(response, ErrorClass.AMBIGUOUS_SUBMIT), source),
        STATES.get(raw.lower(), RemoteState.QUEUED),
        raw[:100],
        response.headers.get("x-request-id", "")[:200],
    )


def remote_id(response: Response, trouble: ErrorClass) -> str:
    """Return the id in an answer; an answer without one raises ProviderError of the class ``trouble``."""
    found = Body(parsed(response)).word(*ID_NAMES)
    if not found:
        raise ProviderError(trouble, "no-id", detail="The order was taken without an id.")
    return found


def character_name(response: Response) -> str:
    """Return what a character is called in an answer about it; "" where it does not say."""
    return Body(parsed(response)).word("name")


def is_own_error(response: Response) -> bool:
    """Whether an error was written by the service itself, and not by something in between that knows no such address."""
    return isinstance(Body(parsed(response)).pick("error"), dict)


def task_failure(body: Body, *, secret: str) -> ProviderError:
    """Why a task failed at the provider. Moderation after rendering is about the output, unless it says otherwise."""
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


def task(value: Any, headers: Mapping[str, str], *, asked: str, secret: str) -> RemoteTask:
    """Read a task object. Raises ProviderError(provider_transient, "unreadable") when there is no state in it:
    such an answer says nothing about the task, so it is asked for again.

    ``asked`` is the id we hold: it stays the task's id, since some servers answer with another one. A task that is
    completed and carries an error all the same is fetched, with an alarm: its file decides.
    """
    body = Body(value)
    raw = body.word("status", "state")
    if not raw:
        raise ProviderError(ErrorClass.PROVIDER_TRANSIENT, "unreadable", detail="The answer names no state.")
    state = STATES.get(raw.lower())
    wrong = state is RemoteState.FAILED or (state is RemoteState.FETCHING and bool(body.pick("error")))
    error = task_failure(body, secret=secret) if wrong else None
    progress = whole(body.pick("progress"))
    return RemoteTask(
        remote_id=asked or body.word(*ID_NAMES),
        state=state or RemoteState.RUNNING,
        raw_state=raw[:100],
        progress=None if progress is None else min(max(progress, 0), 100),
        error=error,
        result_url=web_address(body.pick(*URL_NAMES)),
        expires_at=moment(body.pick("expires_at")),
        created_at=moment(body.pick("created_at", "submit_time")),
        actual=_actual(body),
        poll_after=wait_seconds(headers),
        alarm=_alarm(raw, state, error),
    )


def _alarm(raw: str, state: RemoteState | None, error: ProviderError | None) -> str:
    if state is None:
        return f"unknown state {raw[:100]!r}"
    if state is RemoteState.FETCHING and error is not None:
        return f"{raw[:100]!r}, yet with the error {error.code}"
    return ""


def _actual(body: Body) -> Actual:
    width, height = pixels(body.pick("size"))
    return Actual(
        model=body.word("model") or None,
        seconds=whole(body.pick("seconds", "duration")),
        width=width,
        height=height,
        fps=whole(body.pick("fps")),
        seed=whole(body.pick("seed")),
    )


def verdict(response: Response, *, secret: str) -> AccountCheck:
    """What the answer to a list of one video says about the account."""
    status = response.status
    if status == 200:
        return AccountCheck(ok=True, code="ok", message="The service answers and accepts the key.")
    refused = refusal(response, secret=secret, creating=False)
    if refused.error_class in {ErrorClass.AUTH, ErrorClass.ACCOUNT}:
        return AccountCheck(ok=False, code="auth", message="The service answers but refuses the key.")
    if status in {400, 405, 501}:
        text = "The service answers, but has no list of videos: the key could not be tested."
        return AccountCheck(ok=True, code="no-list", message=text)
    if status in {404, 410}:
        text = "Something answers at this address, but it has no videos API: check the address (it ends in /v1)."
        return AccountCheck(ok=False, code="no-api", message=text)
    return AccountCheck(ok=False, code=f"http-{status}", message=f"The service answers with status {status}.")
