"""What a create request of the OpenAI dialect may say: it becomes an Order, or a 400 that names the parameter."""

import base64
import binascii
import io
import json
from collections.abc import Mapping

from PIL import Image, UnidentifiedImageError
from starlette.datastructures import UploadFile

from generations.sandbox.bodies import check_names, choice, prompt_of, seed_among
from generations.sandbox.characters import CharacterStore, named_in
from generations.sandbox.errors import invalid
from generations.sandbox.jobs import Order

MODELS = ("sora-2", "sora-2-pro", "sora-2-2025-10-06", "sora-2-2025-12-08", "sora-2-pro-2025-10-06")
SECONDS = ("4", "8", "12", "16", "20")
SIZES = ("720x1280", "1280x720")
PRO_SIZES = (*SIZES, "1024x1792", "1792x1024", "1080x1920", "1920x1080")
_IMAGE_FORMATS = ("JPEG", "PNG", "WEBP")
_FIELDS = ("prompt", "model", "seconds", "size", "seed", "input_reference", "characters")


async def create_order(values: Mapping[str, object], characters: CharacterStore) -> Order:
    """Return the order in a create request. Raises ApiError."""
    check_names(values, _FIELDS)
    prompt = prompt_of(values)
    model = choice(values, "model", MODELS, "sora-2")
    seconds = choice(values, "seconds", SECONDS, "4")
    size = choice(values, "size", PRO_SIZES if "pro" in model else SIZES, "720x1280")
    width, height = map(int, size.split("x"))
    cast = named_in(prompt, values.get("characters"), characters)
    return Order(
        prompt=prompt,
        model=model,
        seconds=int(seconds),
        width=width,
        height=height,
        seed=seed_among(values, prompt),
        reference=await _reference(values.get("input_reference"), width, height),
        insets=tuple(str(characters.picture(each.id)) for each in cast),
        facts={"characters": [each.id for each in cast]},
    )


async def _reference(value: object, width: int, height: int) -> bytes | None:
    if value is None:
        return None
    data = await value.read() if isinstance(value, UploadFile) else _referred(value)
    _check_image(data, width, height)
    return data


def _referred(value: object) -> bytes:
    """The bytes of a reference object: a data URL only, since this service fetches nothing and keeps no files."""
    if isinstance(value, str):
        value = _object_in(value)
    if not isinstance(value, dict):
        raise invalid(
            "Invalid type for 'input_reference': expected a file or an object.", "input_reference", "invalid_type"
        )
    if len(value.keys() & {"image_url", "file_id"}) != 1:
        raise invalid("'input_reference' takes exactly one of 'image_url' and 'file_id'.", "input_reference")
    if "file_id" in value:
        raise invalid(
            "The sandbox keeps no files, so it knows no 'file_id': send the image itself.", "input_reference.file_id"
        )
    return _from_data_url(value["image_url"])


def _from_data_url(url: object) -> bytes:
    if not isinstance(url, str) or not url.startswith("data:image/") or ";base64," not in url:
        raise invalid("The sandbox takes 'image_url' as a base64 data URL, or a multipart file.", "input_reference")
    try:
        return base64.b64decode(url.split(",", 1)[1], validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("'image_url' is not valid base64.", "input_reference") from error


def _object_in(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _check_image(data: bytes, width: int, height: int) -> None:
    try:
        with Image.open(io.BytesIO(data), formats=_IMAGE_FORMATS) as image:
            if image.size != (width, height):
                raise invalid("The reference image must match the requested width and height.", "input_reference")
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise invalid("The reference must be a whole JPEG, PNG or WebP image.", "input_reference") from error
