"""Kling's own words, current API: how a task, a bill and an error are read. No network here."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from generations.providers.base import (
    Actual,
    ErrorClass,
    ProviderError,
    RemoteState,
    RemoteTask,
)
from generations.providers.reading import moment, parsed, plain, wait_seconds, web_address, whole
from generations.providers.refusals import by_status, refused
from sorahub.lib.http import Response

STATES = {
    "submitted": RemoteState.QUEUED,
    "processing": RemoteState.RUNNING,
    "succeeded": RemoteState.FETCHING,
    "succeed": RemoteState.FETCHING,
    "failed": RemoteState.FAILED,
}
CODES = {
    1000: ErrorClass.AUTH,  # authentication failed
    1001: ErrorClass.AUTH,  # no key
    1002: ErrorClass.AUTH,  # wrong key
    1003: ErrorClass.AUTH,  # not valid yet
    1004: ErrorClass.AUTH,  # expired
    1100: ErrorClass.ACCOUNT,  # the account's state
    1101: ErrorClass.ACCOUNT,  # arrears; HTTP 429, waiting does not help
    1102: ErrorClass.ACCOUNT,  # pack used up; HTTP 429, waiting does not help
    1103: ErrorClass.ACCOUNT,  # no right to this model
    1200: ErrorClass.INVALID_REQUEST,
    1201: ErrorClass.INVALID_REQUEST,
    1202: ErrorClass.PROVIDER_PERMANENT,  # no such method
    1203: ErrorClass.PROVIDER_PERMANENT,  # no such resource
    1300: ErrorClass.MODERATION_INPUT,  # platform policy
    1301: ErrorClass.MODERATION_INPUT,  # content security
    1302: ErrorClass.RATE_LIMITED,
    1303: ErrorClass.CONCURRENCY_LIMITED,
    1304: ErrorClass.AUTH,  # the caller's address is not on the key's list; HTTP 429, waiting does not help
    5000: ErrorClass.PROVIDER_TRANSIENT,
    5001: ErrorClass.PROVIDER_TRANSIENT,
    5002: ErrorClass.PROVIDER_TRANSIENT,
}
NO_SUCH_TASK = 1203
SPOILED = frozenset({1200, 1201, NO_SUCH_TASK})
"""Answers to a question about many tasks that may be due to one of them."""
KEPT = dt.timedelta(days=30)
SERVER_CODES = 5000


def envelope(response: Response) -> dict[str, Any]:
    """Return the outer object; empty when there is none."""
    body = parsed(response)
    return body if isinstance(body, dict) else {}


def code_of(response: Response) -> int | None:
    """Return the vendor's code: 0 is success, None is no answer of Kling's."""
    return whole(envelope(response).get("code"))


def succeeded(response: Response) -> bool:
    """Whether the answer says so itself: HTTP 200 alone means nothing."""
    return 200 <= response.status < 300 and code_of(response) == 0


def refusal(response: Response, *, secret: str, creating: bool) -> ProviderError:
    """Classify by vendor code first: four codes that come as 429 are not cured by waiting.

    While creating, the 5000s are ambiguous. So is a complaint about the id that we chose ourselves and use once: then an
    order with that id may be there, and looking it up by the id decides.
    """
    body = envelope(response)
    code, text = code_of(response), str(body.get("message") or "")
    kind = _class_of(code, response.status) if code else None
    if (
        creating
        and kind is ErrorClass.INVALID_REQUEST
        and re.search(r"external[_ ]?(task[_ ]?)?id", text, re.IGNORECASE)
    ):
        kind = ErrorClass.AMBIGUOUS_SUBMIT
    word, request_id = str(code or ""), body.get("request_id", "")
    return refused(kind, word, text, response, secret=secret, creating=creating, request_id=request_id)


def _class_of(code: int, status: int) -> ErrorClass:
    """A code that nobody has told us of is read by its family, then by the HTTP status."""
    if code in CODES:
        return CODES[code]
    if code >= SERVER_CODES:
        return ErrorClass.PROVIDER_TRANSIENT
    return ErrorClass.INVALID_REQUEST if status < 300 else by_status(status)


def tasks(response: Response, *, secret: str, client_id: str = "") -> list[RemoteTask]:
    """Read the tasks of an answer that succeeded, only those with our ``client_id`` if one is given; the task of a create
    stands alone.
    """
    data = envelope(response).get("data")
    items = [each for each in (data if isinstance(data, list) else [data]) if isinstance(each, dict) and each.get("id")]
    wait = wait_seconds(response.headers)
    ours = [each for each in items if not client_id or each.get("external_id") == client_id]
    return [task(each, secret=secret, poll_after=wait) for each in ours]


def task(value: Mapping[str, Any], *, secret: str, poll_after: float | None = None) -> RemoteTask:
    """Read one task; a word that we do not know keeps it running, with an alarm."""
    raw = str(value.get("status") or "")[:100]
    state = STATES.get(raw.lower())
    output = _output(value)
    ended = moment(value.get("update_time")) if state is RemoteState.FETCHING else None
    bill = billed(value.get("billing"))
    return RemoteTask(
        remote_id=str(value.get("id") or ""),
        state=state or RemoteState.RUNNING,
        raw_state=raw,
        error=failure(value, bill, secret=secret) if state is RemoteState.FAILED else None,
        result_url=web_address(output.get("url")),
        expires_at=ended + KEPT if ended else None,
        created_at=moment(value.get("create_time")),
        actual=Actual(seconds=whole(output.get("duration")), **bill),
        poll_after=poll_after,
        alarm="" if state else f"unknown state {raw!r}",
    )


def _output(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The video among the outputs; empty when there is none."""
    outputs = value.get("outputs")
    items = [each for each in outputs if isinstance(each, dict)] if isinstance(outputs, list) else []
    return next((each for each in items if each.get("type", "video") == "video"), {})


def failure(value: Mapping[str, Any], bill: Mapping[str, Any], *, secret: str) -> ProviderError:
    """Why a task failed: Kling gives words only. Moderation of a task is about its output, unless it names the input."""
    text = str(value.get("message") or "")
    kind = ErrorClass.PROVIDER_TRANSIENT
    if re.search(r"risk control|sensitive|policy|moderat|violat|content security", text, re.IGNORECASE):
        given = re.search(r"input|prompt|reference", text, re.IGNORECASE)
        kind = ErrorClass.MODERATION_INPUT if given else ErrorClass.MODERATION_OUTPUT
    amounts = [bill[name] for name in ("units_milli", "cost_micro") if name in bill]
    charged = any(amounts) if amounts else None
    return ProviderError(kind, "failed", detail=plain(text, secret=secret), safe_to_resubmit=False, charged=charged)


def billed(entries: Any) -> dict[str, Any]:
    """Read the bill into fields of ``Actual``: thousandths of a unit from packs, millionths of a currency from the balance.

    Nothing taken from the balance beside a pack is no price; amounts in two currencies are none that could be added.
    """
    lines = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    units = [_in_parts(each, 1000) for each in lines if each.get("charge_type") == "unit"]
    cash = [_in_parts(each, 1_000_000) for each in lines if each.get("charge_type") == "cash"]
    currencies = {str(each.get("currency")) for each in lines if each.get("charge_type") == "cash"}
    found: dict[str, Any] = {}
    if units and None not in units:
        found["units_milli"] = sum(each or 0 for each in units)
    if cash and None not in cash and (any(cash) or not units) and re.fullmatch(r"[A-Z]{3}", "/".join(currencies)):
        found |= {"cost_micro": sum(each or 0 for each in cash), "currency": currencies.pop()}
    return found


def _in_parts(line: Mapping[str, Any], parts: int) -> int | None:
    """An amount in whole parts, rounded half to even; None when it is no amount."""
    try:
        amount = Decimal(str(line.get("amount")))
    except InvalidOperation:
        return None
    return round(amount * parts) if amount.is_finite() and 0 <= amount < 10**9 else None


def of_call(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The task in a callback, whose body is the query's: bare, or in the query's envelope."""
    data = body.get("data", body)
    first = data[0] if isinstance(data, list) and data else data
    return first if isinstance(first, dict) else {}
