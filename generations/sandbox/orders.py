"""Reads what a caller of the OpenAI dialect asks for: JSON or multipart becomes an Order, or a 400 that names the parameter."""

import base64
import binascii
import hashlib
import io
import json
from collections.abc import Mapping

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from generations.sandbox.errors import ApiError, invalid
from generations.sandbox.jobs import Order

MODELS = ("sora-2", "sora-2-pro", "sora-2-2025-10-06", "sora-2-2025-12-08", "sora-2-pro-2025-10-06")
SECONDS, PRO_SECONDS = ("4", "8", "12"), ("4", "8", "12", "16", "20")
SIZES = ("720x1280", "1280x720")
PRO_SIZES = (*SIZES, "1024x1792", "1792x1024", "1080x1920", "1920x1080")
PROMPT_LIMIT = 32_000
BODY_LIMIT = 32 * 1024 * 1024
_IMAGE_FORMATS = ("JPEG", "PNG", "WEBP")
_FIELDS = ("prompt", "model", "seconds", "size", "seed", "input_reference")


async def read_order(request: Request) -> Order:
    """Return the order in a create request. Raises ApiError."""
    values = await read_values(request)
    _check_names(values, _FIELDS)
    prompt = prompt_of(values)
    model = _choice(values, "model", MODELS, "sora-2")
    pro = "pro" in model
    seconds = _choice(values, "seconds", PRO_SECONDS if pro else SECONDS, "4")
    size = _choice(values, "size", PRO_SIZES if pro else SIZES, "720x1280")
    width, height = map(int, size.split("x"))
    seed = _seed(values.get("seed"), prompt)
    reference = await _reference(values.get("input_reference"), width, height)
    return Order(
        prompt=prompt,
        model=model,
        seconds=int(seconds),
        width=width,
        height=height,
        seed=seed,
        reference=reference,
    )


async def read_values(request: Request) -> Mapping[str, object]:
    """Return the fields of a JSON or form body. Raises ApiError."""
    if int(request.headers.get("content-length") or 0) > BODY_LIMIT:
        raise ApiError(413, f"The body is larger than {BODY_LIMIT} bytes.", code="request_too_large")
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _form_values(request)
    try:
        values = json.loads(await request.body())
    except ValueError as error:
        raise ApiError(400, "We could not parse the JSON body of your request.", code="invalid_json") from error
    if not isinstance(values, dict):
        raise ApiError(400, "The body must be a JSON object.", code="invalid_json")
    return values


def prompt_of(values: Mapping[str, object]) -> str:
    """Return the prompt among the fields. Raises ApiError."""
    prompt = values.get("prompt")
    if prompt is None:
        raise invalid("Missing required parameter: 'prompt'.", "prompt", "missing_required_parameter")
    if not isinstance(prompt, str):
        raise invalid("Invalid type for 'prompt': expected a string.", "prompt", "invalid_type")
    if not 1 <= len(prompt) <= PROMPT_LIMIT:
        raise invalid(f"'prompt' must have 1 to {PROMPT_LIMIT} characters.", "prompt")
    if any("\ud800" <= character <= "\udfff" for character in prompt):
        raise invalid("'prompt' must be valid Unicode text.", "prompt")
    return prompt


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
    return dict(form)


def _check_names(values: Mapping[str, object], known: tuple[str, ...]) -> None:
    for name in values:
        if name not in known:
            raise invalid(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def _choice(values: Mapping[str, object], name: str, choices: tuple[str, ...], default: str) -> str:
    value = values.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise invalid(f"Invalid type for '{name}': expected a string.", name, "invalid_type")
    if value not in choices:
        offered = ", ".join(f"'{choice}'" for choice in choices)
        raise invalid(f"Invalid value: '{value}'. Supported values are: {offered}.", name)
    return value


def _seed(value: object, prompt: str) -> int:
    if value is None:
        return seed_of(prompt)
    if isinstance(value, bool) or not isinstance(value, int | str) or not str(value).isdecimal():
        raise invalid("'seed' must be a whole number from 0 to 4294967295.", "seed", "invalid_type")
    if int(value) > 0xFFFFFFFF:
        raise invalid("'seed' must be a whole number from 0 to 4294967295.", "seed")
    return int(value)


async def _reference(value: object, width: int, height: int) -> bytes | None:
    if value is None:
        return None
    data = await value.read() if isinstance(value, UploadFile) else _referred(value)
    _check_image(data, width, height)
    return data


def _referred(value: object) -> bytes:
    """The bytes of a JSON reference object: a data URL only, since this service fetches nothing and keeps no files."""
    if not isinstance(value, dict):
        raise invalid(
            "Invalid type for 'input_reference': expected a file or an object.", "input_reference", "invalid_type"
        )
    url = value.get("image_url")
    if not isinstance(url, str) or not url.startswith("data:image/") or ";base64," not in url:
        raise invalid("The sandbox takes 'image_url' as a base64 data URL, or a multipart file.", "input_reference")
    try:
        return base64.b64decode(url.split(",", 1)[1], validate=True)
    except binascii.Error as error:
        raise invalid("'image_url' is not valid base64.", "input_reference") from error


def _check_image(data: bytes, width: int, height: int) -> None:
    try:
        with Image.open(io.BytesIO(data), formats=_IMAGE_FORMATS) as image:
            if image.size != (width, height):
                raise invalid("The reference image must match the requested width and height.", "input_reference")
            image.load()
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise invalid("The reference must be a whole JPEG, PNG or WebP image.", "input_reference") from error
