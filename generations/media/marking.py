"""Makes the copy that is delivered, before it is signed: a label in the picture where one is asked for, and XMP. Child process only."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generations.media.aigc import find_aigc, find_xmp
from generations.media.boxes import outline
from generations.media.containers import ffmpeg_errors, open_video
from generations.media.credentials import ISO_TYPES
from generations.media.errors import MediaError
from generations.media.facts import Probe
from generations.media.labels import Label, burn
from generations.media.probing import probe_file
from generations.media.xmp import embed, packet


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: ``source``, its ``name`` and ``probe``, ``target``, ``labels`` and ``xmp`` in; what was done out."""
    source, target = Path(request["source"]), Path(request["target"])
    labels = [Label(**each) for each in request["labels"]]
    probe = Probe.from_json(request["probe"]) if request["probe"] else probe_file(source, request["name"])
    container = outline(source, request["name"]).container
    return {"container": container, **mark(source, target, container, probe, labels, dict(request["xmp"]))}


def mark(
    source: Path, target: Path, container: str, probe: Probe, labels: list[Label], xmp: dict[str, Any]
) -> dict[str, Any]:
    """Write ``target`` and say how: its container, whether it was encoded anew, whether XMP is in it and the source's was read.

    Without labels every byte of the source is copied; only earlier XMP gives way. Raises MediaError.
    """
    tags = _tags(source)
    iso = container in ISO_TYPES
    before = find_xmp(source) if iso else None
    aigc = find_aigc(source, tags, before) if iso else None
    if labels:
        container = "mov" if container == "mov" else "mp4"
        burn(source, target, probe, labels, kind=container, tags={"AIGC": aigc["raw"]} if aigc else {})
        _require_same_length(target, probe, container)
    else:
        shutil.copyfile(source, target)
    done = {"container": container, "encoded": bool(labels), "xmp": False, "xmp_carried": True}
    if container not in ISO_TYPES:
        return done
    if aigc and (labels or aigc["source"] == "xmp"):
        xmp["TC260:AIGC"] = aigc["raw"]
    text, carried = packet(xmp, before)
    embed(target, text)
    return {**done, "xmp": True, "xmp_carried": carried}


def _tags(path: Path) -> dict[str, str]:
    with ffmpeg_errors(), open_video(path) as container:
        return dict(container.metadata)


def _require_same_length(target: Path, source: Probe, container: str) -> None:
    """A label must not cost a frame, nor shift one."""
    made = probe_file(target, f"a.{container}")
    if made.frames != source.frames or (not source.variable_rate and made.rate != source.rate):
        raise MediaError("label_mismatch", "The labelled copy does not match its source frame by frame.")
