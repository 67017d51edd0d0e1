"""What the rest of SoraHub asks of media, each question answered by a confined process; for animatics see animatics.py."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from generations.media.child import GIB, Limits, run
from generations.media.errors import MediaError
from generations.media.facts import Derived, Document, Probe, ReferenceProbe

PROBE_LIMITS = Limits(wall_seconds=60, cpu_seconds=60)
PROBES_LIMITS = Limits(wall_seconds=120, cpu_seconds=120)
REFERENCE_LIMITS = Limits(wall_seconds=10, cpu_seconds=10)
PREVIEW_LIMITS = Limits(wall_seconds=60, cpu_seconds=60)
PICK_LIMITS = Limits(memory=2 * GIB, wall_seconds=600, cpu_seconds=1200)
DERIVE_LIMITS = Limits(memory=2 * GIB, wall_seconds=1800, cpu_seconds=3600)
DOCUMENT_LIMITS = Limits(wall_seconds=120, cpu_seconds=120)
PAGE_LIMITS = Limits(wall_seconds=25, cpu_seconds=20)
PROVENANCE_LIMITS = Limits(wall_seconds=60, cpu_seconds=60)
MARK_LIMITS = Limits(memory=3 * GIB, wall_seconds=3600, cpu_seconds=7200, file_bytes=16 * GIB)
SEAL_LIMITS = Limits(memory=3 * GIB, wall_seconds=900, cpu_seconds=900, file_bytes=16 * GIB)
# Reading credentials takes 1.1 times the file in memory, beside what the process itself needs.
_SHARE_FOR_CREDENTIALS = 0.5
_UNCHECKED = {"timeout", "memory", "crashed"}


def probe(path: Path, *, name: str | None = None, limits: Limits = PROBE_LIMITS) -> Probe:
    """Measure the file. ``name`` is the sender's file name where ``path`` has a name of ours. Raises
    MediaError.
    """
    request = {"path": str(path.absolute()), "name": name or path.name}
    return Probe.from_json(run("probe", request, limits).result)


def probe_many(files: Sequence[tuple[Path, str]], limits: Limits = PROBES_LIMITS) -> list[Probe | MediaError]:
    """Measure many small files, given with their senders' names, in one process: a Probe or what is wrong for each, in order.

    Where that process dies over one of them, each is measured in a process of its own, so that a hostile file spoils only itself.
    """
    request = {"files": [{"path": str(path.absolute()), "name": name} for path, name in files]}
    try:
        answers = run("probes", request, limits).result["answers"]
    except MediaError:
        return [_probe_alone(path, name) for path, name in files]
    return [_as_probe(each) for each in answers]


def _as_probe(answer: Mapping[str, Any]) -> Probe | MediaError:
    if "error" in answer:
        return MediaError(answer["error"]["code"], answer["error"]["message"])
    return Probe.from_json(answer["probe"])


def _probe_alone(path: Path, name: str) -> Probe | MediaError:
    try:
        return probe(path, name=name)
    except MediaError as error:
        return error


def probe_reference(path: Path, name: str, limits: Limits = REFERENCE_LIMITS) -> ReferenceProbe:
    """Measure a picture, video or sound that is to be given to a model, within ten seconds or as ``limits`` say.

    Raises MediaError.
    """
    request = {"path": str(path.absolute()), "name": name}
    return ReferenceProbe(**run("reference", request, limits).result)


def preview(path: Path, kind: str, out: Path, limits: Limits = PREVIEW_LIMITS) -> None:
    """Draw the small picture of a reference (image, video or audio) as a WebP file at ``out``. Raises MediaError."""
    run("preview", {"path": str(path.absolute()), "kind": kind, "out": str(out.absolute())}, limits)


def document(path: Path, limits: Limits = DOCUMENT_LIMITS) -> Document:
    """Read the text of a PDF: at most 1,000 pages and 4,000,000 letters, within two minutes. Raises MediaError."""
    return Document(**run("document", {"path": str(path.absolute())}, limits).result)


def page(source: str, limits: Limits = PAGE_LIMITS) -> str:
    """Return the words of a web page of which these are the letters, within twenty seconds of processor time. Raises MediaError."""
    text: str = run("page", {"source": source}, limits).result["text"]
    return text


def derive(
    path: Path,
    out_dir: Path,
    probe: Probe,
    *,
    extras: bool = True,
    proxy: bool = False,
    watermark: str | None = None,
    limits: Limits = DERIVE_LIMITS,
) -> Derived:
    """In one decode: with ``extras`` poster, sprite, layout and waveform; a review proxy; a guest proxy
    marked with text.

    Files replace those of the same name in ``out_dir`` only when all are complete and each proxy was measured
    to match its source frame by frame. Ask for the extras first and for proxies in a second call: extras take
    well under a second.
    Raises MediaError.
    """
    request = {
        "path": str(path.absolute()),
        "out_dir": str(out_dir.absolute()),
        "probe": probe.to_json(),
        "extras": extras,
        "proxy": proxy,
        "watermark": watermark,
    }
    return Derived.from_json(run("derive", request, limits).result)


def pick(
    path: Path,
    out_dir: Path,
    frames: Sequence[int],
    *,
    count: int,
    side: int,
    mark: str = "",
    quality: int | None = None,
    limits: Limits = PICK_LIMITS,
) -> dict[int, Path]:
    """Write these frames (at most 64 at once) of a file that has ``count`` of them as JPEG files, by number.

    Each is exactly the frame of that number, upright, its longer side at most ``side`` pixels, with the words of ``mark``
    burnt in where there are any; ``quality``: from 1 to 95 (None: enough for a page). Raises MediaError.
    """
    request = {
        "path": str(path.absolute()),
        "out_dir": str(out_dir.absolute()),
        "frames": [*frames],
        "count": count,
        "side": side,
        "mark": mark,
        **({"quality": quality} if quality else {}),
    }
    pictures = run("pick", request, limits).result["pictures"]
    return {int(number): Path(made) for number, made in pictures.items()}


def provenance(
    path: Path,
    *,
    name: str | None = None,
    anchors: str = "",
    own_anchors: str = "",
    flat: bool = False,
    limits: Limits = PROVENANCE_LIMITS,
) -> dict[str, Any]:
    """What the file says about its origin: state, credentials (with all failures), aigc, xmp and its known
    fields, source types, trust, tools.

    ``state`` is present_trusted, present_valid, present_invalid, absent, not_checked or unsupported; a file
    too large to check, or on which the reader fails, is not_checked, never absent. ``anchors`` and
    ``own_anchors`` are PEM texts. ``flat``: the file was signed by ``seal``, so its size is no matter.
    """
    request = {
        "path": str(path.absolute()),
        "name": name or path.name,
        "anchors": anchors,
        "own_anchors": own_anchors,
        "largest_checked": sys.maxsize if flat else int(limits.memory * _SHARE_FOR_CREDENTIALS),
    }
    try:
        return run("provenance", request, limits).result
    except MediaError as error:
        if error.code not in _UNCHECKED:
            raise
        reason = error.code
    findings = run("provenance", {**request, "largest_checked": -1}, limits).result
    findings["credentials"]["reason"] = reason
    return findings


def mark(
    source: Path,
    target: Path,
    *,
    name: str,
    probe: Probe | None,
    labels: Sequence[Mapping[str, Any]],
    xmp: Mapping[str, Any],
    limits: Limits = MARK_LIMITS,
) -> dict[str, Any]:
    """Write ``target``, the source with these labels in its picture and these properties in its XMP; ``source`` is only read.

    A label has text, start and seconds (whole ones; 0: to the end) and position. Without labels nothing is encoded anew. ``name``
    is the sender's, for its ending. Answers container, encoded, xmp and xmp_carried. Raises MediaError.
    """
    request = {
        "source": str(source.absolute()),
        "target": str(target.absolute()),
        "name": name,
        "probe": probe.to_json() if probe else None,
        "labels": [dict(each) for each in labels],
        "xmp": dict(xmp),
    }
    return run("mark", request, limits).result


def seal(
    path: Path,
    source: Path,
    target: Path,
    *,
    container: str,
    manifest: Mapping[str, Any],
    signer: Mapping[str, str],
    anchors: str = "",
    own_anchors: str = "",
    limits: Limits = SEAL_LIMITS,
) -> dict[str, Any]:
    """Write ``target``, ``path`` (mp4 or mov) with signed Content Credentials that name ``source`` as its parent.

    ``signer`` has chain and key (PEM), algorithm, and tsa: an address that is asked for the time, or nothing. How the parent's own
    credentials are judged by ``anchors`` and ``own_anchors`` (PEM) is written down in it. Raises MediaError, retryable
    (time_authority) while that address does not answer.
    """
    request = {
        "path": str(path.absolute()),
        "source": str(source.absolute()),
        "target": str(target.absolute()),
        "container": container,
        "manifest": dict(manifest),
        "signer": dict(signer),
        "anchors": anchors,
        "own_anchors": own_anchors,
    }
    return run("seal", request, replace(limits, network=bool(signer["tsa"]))).result
