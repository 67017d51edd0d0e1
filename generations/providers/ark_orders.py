"""How an order is written for Volcengine Ark and BytePlus ModelArk. No network here."""

import base64
from collections.abc import Iterator
from typing import Any

from generations.providers.base import CreateRequest, ReferenceFile
from generations.providers.refusals import not_on_this_wire

ROLES = {
    ("image", "first_frame"): "first_frame",
    ("image", "last_frame"): "last_frame",
    ("image", "reference"): "reference_image",
    ("image", "subject"): "reference_image",
    ("video", "reference"): "reference_video",
    ("video", "feature_video"): "reference_video",
    ("video", "base_video"): "reference_video",
    ("audio", "reference"): "reference_audio",
}
AUDIO = {"on": True, "off": False}
ADAPTIVE = "adaptive"


def order(request: CreateRequest) -> dict[str, Any]:
    """Return the body of a create. What is not asked for is left to Ark, except the watermark: none. Without a ratio the
    clip follows what it is given. Raises ProviderError for what Ark's wire has no place for.
    """
    if request.source_remote_id:
        raise not_on_this_wire("Ark starts from a video's address, not from an earlier task.")
    body = {
        "model": request.model,
        "content": list(_content(request)),
        "ratio": request.ratio or ADAPTIVE,
        "resolution": request.resolution or None,
        "duration": request.seconds or None,
        "seed": request.seed,
        "generate_audio": AUDIO.get(request.audio),
        "watermark": False,
        "callback_url": request.callback_url or None,
        "execution_expires_after": request.expires_after,
    }
    return {name: value for name, value in body.items() if value is not None} | dict(request.options)


def _content(request: CreateRequest) -> Iterator[dict[str, Any]]:
    if request.prompt.strip():
        yield {"type": "text", "text": request.prompt}
    for file in request.references:
        role = ROLES.get((file.kind, file.role))
        if role is None:
            raise not_on_this_wire(f"Ark takes no {file.kind} as {file.role}.")
        kind = f"{file.kind}_url"
        yield {"type": kind, kind: {"url": _address(file)}, "role": role}


def _address(file: ReferenceFile) -> str:
    """An image or sound as a data: address, a video by address only."""
    if file.kind != "video":
        return f"data:{file.media_type};base64,{base64.b64encode(file.content).decode()}"
    if not file.url:
        raise not_on_this_wire("Ark fetches reference videos itself: this hub needs an address it can be reached at.")
    return file.url
