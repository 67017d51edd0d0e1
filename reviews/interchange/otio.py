"""OpenTimelineIO: a timeline of the clips, a marker for each thread, and everything else under ``metadata.sorahub``.

The library writes and reads it; what a marker says of its frames is what counts, so that a marker moved in another program
comes back moved.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import opentimelineio as otio

from reviews.interchange import palette
from reviews.interchange.clock import Clock
from reviews.interchange.merging import shortened, single
from reviews.interchange.values import Incoming, Note, Problem, Reading, Reel, Thread
from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate

KIND = "otio"
SCHEMA = 1
DEEPEST = 100
_FAULTS = (ValueError, TypeError, LookupError, AttributeError, RuntimeError)  # what the library says of a wrong file
_CLOSE = 1e-3  # rates travel as floating point there: 23.976 is within this of 24000/1001, and of no other rate


def write(title: str, reels: Sequence[Reel], clock: Clock) -> str:
    """Return the timeline as OTIO's JSON."""
    timeline = otio.schema.Timeline(name=title, global_start_time=_time(clock.start, clock.rate))
    track = otio.schema.Track(name="Video", kind=otio.schema.TrackKind.Video)
    track.extend(_clip(reel) for reel in reels)
    timeline.tracks.append(track)
    return str(timeline.to_json_string(indent=2)) + "\n"


def _clip(reel: Reel) -> Any:
    whole = otio.opentime.TimeRange(_time(0, reel.rate), _time(reel.frame_count, reel.rate))
    media = otio.schema.ExternalReference(target_url=reel.file_name, available_range=whole)
    told = {"schema": SCHEMA, "clip": str(reel.clip), "sha256": reel.sha256, "rate": str(reel.rate)}
    clip = otio.schema.Clip(name=reel.name, media_reference=media, source_range=whole, metadata={"sorahub": told})
    for marker in single(reel):
        clip.markers.append(
            otio.schema.Marker(
                name=shortened(marker.name, 60),
                marked_range=otio.opentime.TimeRange(
                    _time(marker.frame_in, reel.rate), _time(marker.frames, reel.rate)
                ),
                color=palette.OTIO.get(marker.category, palette.OTIO["general"]),
                comment=marker.text,
                metadata={"sorahub": _thread(marker.threads[0])},
            )
        )
    return clip


def _time(frames: int, rate: Rate) -> Any:
    return otio.opentime.RationalTime(frames, rate.num / rate.den)


def _thread(thread: Thread) -> dict[str, Any]:
    return {"schema": SCHEMA, "notes": [note_as_dict(note) for note in thread.all]}


def note_as_dict(note: Note) -> dict[str, Any]:
    """Return everything about a note in words and numbers."""
    return {
        "id": str(note.id),
        "parent": str(note.parent) if note.parent else None,
        "frame_in": note.frame_in,
        "frame_out": note.frame_out,
        "author": note.author,
        "body": note.body,
        "category": note.category,
        "visibility": note.visibility,
        "state": note.state,
        "created_at": note.created_at.isoformat(),
        "edited_at": _moment(note.edited_at),
        "resolved_at": _moment(note.resolved_at),
        "resolved_by": note.resolved_by,
        "marks": [mark.as_dict() for mark in note.marks],
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def read(text: str, rate: Rate, frame_count: int) -> Reading:
    """Return the notes on the first clip that has markers; ours come back whole, those of others with their words."""
    clip = next(_marked(_timeline(text)), None)
    if clip is None:
        return Reading(KIND, guesses=("There is no marker in this file.",))
    notes: list[Incoming] = []
    problems: list[Problem] = []
    for row, marker in enumerate(clip.markers, start=1):
        try:
            notes += _notes(row, marker, rate)
        except (InvalidInput, *_FAULTS) as error:
            problems.append(Problem(row, str(error) or "This marker cannot be read."))
    return Reading(KIND, notes, problems, _origin(clip))


def _timeline(text: str) -> Any:
    """Read the JSON once with Python first: a deeply nested file would take the library's own reader down with it."""
    try:
        depth = _depth(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"This is no OTIO file: {error}.", code="bad-file") from error
    if depth > DEEPEST:
        raise InvalidInput("This file is nested too deeply.", code="bad-file")
    try:
        return otio.adapters.read_from_string(text, adapter_name="otio_json")
    except (otio.exceptions.OTIOError, *_FAULTS) as error:
        raise InvalidInput(f"This is no OTIO file: {error}.", code="bad-file") from error


def _depth(value: Any) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting and deepest <= DEEPEST:
        each, depth = waiting.pop()
        deepest = max(deepest, depth)
        inside = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        waiting += [(one, depth + 1) for one in inside]
    return deepest


def _marked(root: Any) -> Iterator[Any]:
    """Yield what carries markers: clips first, then tracks and the stack of tracks."""
    if not isinstance(root, otio.schema.Timeline):
        raise InvalidInput("This OTIO file holds no timeline.", code="bad-file")
    yield from (clip for clip in root.find_clips() if len(clip.markers))
    yield from (track for track in root.tracks if len(track.markers))
    if len(root.tracks.markers):
        yield root.tracks


def _origin(clip: Any) -> tuple[str, ...]:
    return (f"The markers are those of “{clip.name}”.",)


def source_sha256(text: str) -> str:
    """Return the hash of the clip that the file was made of, if it says so."""
    try:
        clip = next(_marked(_timeline(text)), None)
    except InvalidInput:
        return ""
    told = clip.metadata.get("sorahub", {}) if clip is not None else {}
    return str(told.get("sha256", "")) if isinstance(told, Mapping) else ""


def _notes(row: int, marker: Any, rate: Rate) -> list[Incoming]:
    span = marker.marked_range
    if abs(span.start_time.rate - rate.num / rate.den) > _CLOSE:
        raise InvalidInput(f"This marker counts at {span.start_time.rate:g}, the clip runs at {rate.label}.")
    first = round(span.start_time.value)
    last = first + max(1, round(span.duration.rescaled_to(span.start_time.rate).value)) - 1
    ours = marker.metadata.get("sorahub")
    if ours is None:
        words = "\n".join(dict.fromkeys(each for each in (marker.name, marker.comment) if each)) or "Marker"
        return [Incoming(row, first, last, words, category=palette.category_of(marker.color or ""))]
    told = json.loads(otio.core.serialize_json_to_string(ours))
    if told["schema"] != SCHEMA:
        raise InvalidInput(f"This marker has schema {told['schema']}; this hub knows {SCHEMA}.")
    return [_own(row, note, first, last) for note in told["notes"]]


def _own(row: int, note: Mapping[str, Any], first: int, last: int) -> Incoming:
    return Incoming(
        row=row,
        frame_in=first,
        frame_out=last,
        body=str(note["body"]),
        author=str(note["author"]),
        id=UUID(str(note["id"])),
        parent=UUID(str(note["parent"])) if note.get("parent") else None,
        category=str(note["category"]),
        visibility=str(note["visibility"]),
        resolved=note.get("state") == "resolved",
        marks=tuple(dict(mark) for mark in note.get("marks", [])),
    )
