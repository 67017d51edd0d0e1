"""How an order is written in Kling's current API. No network here."""

import base64
from collections import Counter
from collections.abc import Iterator
from typing import Any

from generations.providers.base import CreateRequest, ReferenceFile
from generations.providers.refusals import not_on_this_wire

TASKS = {"text_to_video": "text-to-video", "image_to_video": "image-to-video"}
OMNI = "omni-video"
TYPES = {
    ("image", "first_frame"): "first_frame",
    ("image", "last_frame"): "last_frame",
    ("image", "reference"): "refer_image",
    ("image", "subject"): "refer_image",
    ("video", "reference"): "feature_video",
    ("video", "feature_video"): "feature_video",
    ("video", "base_video"): "base_video",
}
NAMES = {"refer_image": "image", "feature_video": "video", "base_video": "video"}
AUDIO = {"on": "native", "off": "off", "original": "original"}


def order(request: CreateRequest) -> tuple[str, dict[str, Any]]:
    """Return path and body of a create. The model stands in the path; ``text-to-video`` takes the prompt by itself, the
    other tasks take typed contents. Raises ProviderError for what Kling's wire has no place for.
    """
    if request.source_remote_id:
        raise not_on_this_wire("Kling starts from a video's address, not from an earlier task.")
    task = OMNI if request.model.endswith("-omni") else TASKS.get(request.mode, OMNI)
    contents = list(_contents(request, named=task == OMNI))
    types = {each["type"] for each in contents}
    body: dict[str, Any] = {"settings": _settings(request, task, types), "options": _options(request)}
    if task == "text-to-video" and not contents:
        body["prompt"] = _text(request)
    else:
        body["contents"] = [{"type": "prompt", "text": _text(request)}, *contents]
    return f"{task}/{request.model}", body


def _text(request: CreateRequest) -> str:
    """Several shots are spelled out in Kling's form, whose separator is the semicolon: inside a shot it becomes a comma."""
    if not request.shots:
        return request.prompt
    shots = enumerate(request.shots, 1)
    return " ".join(f"shot {number}, {each.seconds}, {each.prompt.replace(';', ',')};" for number, each in shots)


def _contents(request: CreateRequest, *, named: bool) -> Iterator[dict[str, Any]]:
    """Files, then subjects; ``named``: with the handle by which a prompt may speak of them (@image_1, @video_1)."""
    counted: Counter[str] = Counter()
    for file in request.references:
        kind = TYPES.get((file.kind, file.role))
        if kind is None:
            raise not_on_this_wire(f"Kling takes no {file.kind} as {file.role}.")
        item = {"type": kind, "url": _address(file)}
        if named and kind in NAMES:
            counted[NAMES[kind]] += 1
            item["id"] = f"{NAMES[kind]}_{counted[NAMES[kind]]}"
        yield item
    for number, character in enumerate(request.characters, 1):
        yield {"type": "element", "element_id": character, "id": f"element_{number}"}


def _address(file: ReferenceFile) -> str:
    """An image as bare base64, a video by address only."""
    if file.kind == "image":
        return base64.b64encode(file.content).decode()
    if not file.url:
        raise not_on_this_wire("Kling fetches reference videos itself: this hub needs an address it can be reached at.")
    return file.url


def _settings(request: CreateRequest, task: str, types: set[str]) -> dict[str, Any]:
    """What is not asked for is left to Kling, except ``multi_shot``: its default is true, so it is always said.

    A frame or an edited video gives the shape, an edited video the length too; a feature video is multi-shot always;
    turbo has neither of ``audio`` and ``multi_shot``.
    """
    settings: dict[str, Any] = {"resolution": request.resolution or None}
    if task != "image-to-video" and not types & {"first_frame", "base_video"}:
        settings["aspect_ratio"] = request.ratio or None
    if "base_video" not in types:
        settings["duration"] = request.seconds or None
    if not request.model.endswith("-turbo"):
        settings["audio"] = AUDIO.get(request.audio)
        settings["multi_shot"] = bool(request.shots) or "feature_video" in types
    return {name: value for name, value in settings.items() if value is not None} | dict(request.options)


def _options(request: CreateRequest) -> dict[str, Any]:
    given = {"callback_url": request.callback_url, "external_task_id": request.client_id}
    return {name: value for name, value in given.items() if value} | {"watermark_info": {"enabled": False}}
