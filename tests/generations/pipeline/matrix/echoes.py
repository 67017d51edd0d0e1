"""Faults of a provider that repeats our key wherever it can put a word: in errors, states, headers, addresses."""

import base64
import json
from collections.abc import Callable
from typing import Any

from tests.generations.pipeline.matrix.proxy import Answer, Exchange, Fault, altered

METADATA = "http://169.254.169.254/latest"
STATES = ("status", "phase")


def shown(exchange: Exchange) -> str:
    """The key (or token) as it came."""
    given = {name.lower(): value for name, value in exchange.seen.headers.items()}
    return given.get("authorization", given.get("x-example-key", "")).removeprefix("Bearer ")


def refusing(status: int) -> Fault:
    """An error in every dialect's form at once, with the key in each of its words."""

    def fault(exchange: Exchange) -> None:
        key = shown(exchange)
        words = f"The key {key} (Bearer {key}) is not to our taste"
        body = {
            "error": {"code": key, "message": words, "type": key, "param": key},
            "fault": {"kind": key, "text": words},
            "code": 1201,
            "message": words,
            "request_id": key,
        }
        headers = {"content-type": "application/json", "x-request-id": key, "www-authenticate": words}
        exchange.send(Answer(status, headers, json.dumps(body).encode()))

    return fault


def in_states(key: str, *, state: str = "") -> Fault:
    """A task whose state is the key (or ``state``, with the key as the reason)."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.forward()
        body = _each_task(json.loads(answer.body), lambda task: _spoil(task, key, state))
        exchange.send(altered(answer, body=json.dumps(body).encode(), headers={**answer.headers, "x-request-id": key}))

    return fault


def redirecting(key: str) -> Fault:
    """The file is said to lie where nobody may go, at an address with the key in it."""

    def fault(exchange: Exchange) -> None:
        exchange.send(Answer(302, {"location": f"{METADATA}/{key}?key={key}"}, b""))

    return fault


def spellings(secret: str) -> list[str]:
    """A secret as it might turn up."""
    return [secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex()]


def _spoil(task: dict[str, Any], key: str, state: str) -> None:
    for name in STATES:
        if name in task:
            task[name] = state or key
    if state:
        task |= {"error": {"code": key, "message": key}, "message": key, "problem": {"kind": key, "text": key}}


def _each_task(value: Any, spoil: Callable[[dict[str, Any]], None]) -> Any:
    """Find what looks like a task, however deep, and spoil it."""
    if isinstance(value, list):
        return [_each_task(each, spoil) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _each_task(each, spoil) for name, each in value.items()}
    if any(name in found for name in STATES):
        spoil(found)
    return found
