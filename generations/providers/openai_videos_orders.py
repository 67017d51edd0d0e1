"""Writing orders in the OpenAI Videos dialect: which address, which fields, JSON or multipart. No network here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from generations.providers.base import CreateRequest, ReferenceFile
from generations.providers.refusals import not_on_this_wire

REMIX, EDIT, EXTEND = "remix", "edit", "extend"
SWITCHES = frozenset({"multipart", "delete_cancels", "file_image", "file_video", "file_audio"})
"""Options that say how to speak; every other option is a field of its own name that goes along with a create."""

File = tuple[str, bytes, str]


@dataclass(frozen=True)
class Order:
    """One POST: path below the base address, fields, and files by field name."""

    path: str
    fields: Mapping[str, Any]
    files: Mapping[str, File] = field(default_factory=dict)

    def content(self, *, multipart: bool) -> dict[str, Any]:
        """How to send it: JSON, or multipart where it must be or files go along (the one form that all servers read)."""
        if not multipart and not self.files:
            return {"json": dict(self.fields)}
        flat = dict(_flat(self.fields))
        if self.files:
            return {"data": flat, "files": dict(self.files)}
        return {"files": {name: (None, value.encode()) for name, value in flat.items()}}


def task_path(remote_id: str) -> str:
    """Where one task is."""
    return f"videos/{quote(remote_id, safe='')}"


def character_path(remote_id: str) -> str:
    """Where one character is."""
    return f"videos/characters/{quote(remote_id, safe='')}"


def order(request: CreateRequest) -> Order:
    """Write a request in the dialect. Raises ProviderError(invalid_request) for what it has no field for."""
    if request.mode == REMIX:
        return Order(f"{task_path(_source(request))}/remix", {"prompt": request.prompt})
    if request.mode == EDIT:
        return _from_video("videos/edits", request, {"prompt": request.prompt})
    if request.mode == EXTEND:
        fields = {"prompt": request.prompt, "seconds": str(request.seconds)}
        return _from_video("videos/extensions", request, fields)
    return Order("videos", _create_fields(request), _files(request))


def character(name: str, video: ReferenceFile) -> Order:
    """Write the order for a character: its name, and two to four seconds of it as MP4."""
    return Order("videos/characters", {"name": name}, {"video": _file(video)})


def _create_fields(request: CreateRequest) -> dict[str, Any]:
    fields: dict[str, Any] = {"model": request.model, "prompt": request.prompt}
    if request.seconds:
        fields["seconds"] = str(request.seconds)
    if request.width and request.height:
        fields["size"] = f"{request.width}x{request.height}"
    if request.seed is not None:
        fields["seed"] = request.seed
    if request.negative:
        fields["negative_prompt"] = request.negative
    if request.characters:
        fields["characters"] = [{"id": each} for each in request.characters]
    return fields | {name: value for name, value in request.options.items() if name not in SWITCHES}


def _files(request: CreateRequest) -> dict[str, File]:
    """The dialect takes one image as the first frame; servers that take more name their fields in the options."""
    files: dict[str, File] = {}
    for each in request.references:
        first = each.kind == "image" and each.role == "first_frame"
        name = "input_reference" if first else str(request.options.get(f"file_{each.kind}", ""))
        if not name or name in files:
            raise not_on_this_wire(f"The dialect has no field for a {each.kind} as {each.role}.")
        files[name] = _file(each)
    return files


def _from_video(path: str, request: CreateRequest, fields: dict[str, Any]) -> Order:
    """From an earlier task, or from an uploaded video, for which the model must be named."""
    if request.source_remote_id:
        return Order(path, {**fields, "video": {"id": request.source_remote_id}})
    video = next((each for each in request.references if each.role == "base_video"), None)
    if video is None:
        raise not_on_this_wire("The order names no video to start from.")
    return Order(path, {**fields, "model": request.model}, {"video": _file(video)})


def _source(request: CreateRequest) -> str:
    if not request.source_remote_id:
        raise not_on_this_wire("The remix names no task to start from.")
    return request.source_remote_id


def _file(reference: ReferenceFile) -> File:
    return reference.filename, reference.content, reference.media_type


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Form fields for nested values: ``video[id]``, ``characters[0][id]``."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{name}[{index}]")
    else:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)
