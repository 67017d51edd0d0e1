"""Reads request bodies of the OpenAI dialect: JSON or multipart becomes named values, or a 400 that names the parameter."""

import hashlib
import json
import re
from collections.abc import Mapping

from starlette.formparsers import MultiPartException
from starlette.requests import Request

from generations.sandbox.errors import ApiError, invalid

PROMPT_LIMIT = 32_000
BODY_LIMIT = 64 * 1024 * 1024
_NESTED = re.compile(r"(\w+)\[(\w*)\](?:\[(\w+)\])?")


async def read_values(request: Request) -> Mapping[str, object]:
    """Return the fields of a JSON or form body. Raises ApiError."""
    if int(request.headers.get("content-length") or 0) > BODY_LIMIT:
        raise ApiError(413, f"The body is larger than {BODY_LIMIT} bytes.", code="request_too_large")
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _form_values(request)
    try:
        values = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "We could not parse the JSON body of your request.", code="invalid_json") from error
    if not isinstance(values, dict):
        raise ApiError(400, "The body must be a JSON object.", code="invalid_json")
    for name, value in values.items():
        if value is None:
            raise invalid(f"Invalid type for '{name}': leave it away instead of sending null.", name, "invalid_type")
    return values


def check_names(values: Mapping[str, object], known: tuple[str, ...]) -> None:
    """Raise the dialect's 400 for the first name that is not known."""
    for name in values:
        if name not in known:
            raise invalid(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def prompt_of(values: Mapping[str, object]) -> str:
    """Return the prompt among the fields. Raises ApiError."""
    return text_of(values, "prompt", PROMPT_LIMIT)


def text_of(values: Mapping[str, object], name: str, limit: int) -> str:
    """Return a required text of 1 to ``limit`` characters. Raises ApiError."""
    text = required(values, name)
    if not isinstance(text, str):
        raise invalid(f"Invalid type for '{name}': expected a string.", name, "invalid_type")
    if not 1 <= len(text) <= limit:
        raise invalid(f"'{name}' must have 1 to {limit} characters.", name)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise invalid(f"'{name}' must be valid Unicode text.", name)
    return text


def required(values: Mapping[str, object], name: str) -> object:
    """Return a value that must be there. Raises ApiError."""
    if (value := values.get(name)) is None:
        raise invalid(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    return value


def choice(values: Mapping[str, object], name: str, choices: tuple[str, ...], default: str) -> str:
    """Return one of the choices, or the default where the field is absent. Raises ApiError."""
    value = values.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise invalid(f"Invalid type for '{name}': expected a string.", name, "invalid_type")
    if value not in choices:
        offered = ", ".join(f"'{each}'" for each in choices)
        raise invalid(f"Invalid value: '{value}'. Supported values are: {offered}.", name)
    return value


def seed_among(values: Mapping[str, object], prompt: str) -> int:
    """Return the seed among the fields, or the one that the prompt has. Raises ApiError."""
    value = values.get("seed")
    if value is None:
        return seed_of(prompt)
    if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(r"[0-9]{1,10}", str(value)):
        raise invalid("'seed' must be a whole number from 0 to 4294967295.", "seed", "invalid_type")
    if int(value) > 0xFFFFFFFF:
        raise invalid("'seed' must be a whole number from 0 to 4294967295.", "seed")
    return int(value)


def seed_of(prompt: str) -> int:
    """Return the seed that a prompt has when the caller gives none."""
    return int.from_bytes(hashlib.sha256(prompt.encode()).digest()[:4])


async def _form_values(request: Request) -> Mapping[str, object]:
    try:
        form = await request.form(max_part_size=4 * PROMPT_LIMIT + 1024)
    except MultiPartException as error:
        raise ApiError(
            400, "We could not parse the multipart body of your request.", code="invalid_multipart"
        ) from error
    values: dict[str, object] = {}
    for name, value in form.multi_items():
        _put(values, name, value)
    return values


def _put(values: dict[str, object], name: str, value: object) -> None:
    """Add one form field; ``video[id]`` stands for an object, ``characters[]`` for a list, as official clients send them."""
    nested = _NESTED.fullmatch(name)
    if nested is None:
        values[name] = value
        return
    base, key, inner = nested.groups()
    if key and not key.isdecimal():
        held = values.setdefault(base, {})
        if isinstance(held, dict):
            held[key] = value
    else:
        listed = values.setdefault(base, [])
        if isinstance(listed, list):
            listed.append({inner: value} if inner else value)
