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
_PLACE = "place"
_FAULTS = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RuntimeError,
)  # what the library says of a wrong file
_CLOSE = 1e-3  # rates travel as floating point there: 23.976 is within this of 24000/1001, and of no other rate


def write(title: str, reels: Sequence[Reel], clock: Clock) -> str:
    """Return the timeline as OTIO's JSON, without blanks: a thousand drawings have many numbers."""
    told: list[Any] = []
    timeline = otio.schema.Timeline(name=title, global_start_time=_time(clock.start, clock.rate))
    track = otio.schema.Track(name="Video", kind=otio.schema.TrackKind.Video)
    track.extend(_clip(reel, told) for reel in reels)
    timeline.tracks.append(track)
    data = json.loads(timeline.to_json_string(indent=0))
    for marker in _markers(data):
        marker["metadata"]["sorahub"] = told[marker["metadata"]["sorahub"][_PLACE]]
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def _clip(reel: Reel, told: list[Any]) -> Any:
    """Return the clip; what its markers tell goes into ``told``, as the library is slow with long lists of numbers."""
    whole = otio.opentime.TimeRange(_time(0, reel.rate), _time(reel.frame_count, reel.rate))
    media = otio.schema.ExternalReference(target_url=reel.file_name, available_range=whole)
    facts = {"schema": SCHEMA, "clip": str(reel.clip), "sha256": reel.sha256, "rate": str(reel.rate)}
    clip = otio.schema.Clip(name=reel.name, media_reference=media, source_range=whole, metadata={"sorahub": facts})
    for marker in single(reel):
        span = otio.opentime.TimeRange(_time(marker.frame_in, reel.rate), _time(marker.frames, reel.rate))
        colour = palette.OTIO.get(marker.category, palette.OTIO["general"])
        place = {"sorahub": {_PLACE: len(told)}}
        name, words = shortened(marker.name, 60), marker.text
        clip.markers.append(otio.schema.Marker(name, span, color=colour, comment=words, metadata=place))
        told.append(_thread(marker.threads[0]))
    return clip


def _markers(data: Any) -> Iterator[dict[str, Any]]:
    """Yield the markers in the JSON of a timeline."""
    waiting = [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict) and str(each.get("OTIO_SCHEMA")).startswith("Marker."):
            yield each
        elif isinstance(each, dict | list):
            waiting += each.values() if isinstance(each, dict) else each


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
    timeline, told = _timeline(text)
    clip = next(_marked(timeline), None)
    if clip is None:
        return Reading(KIND, guesses=("There is no marker in this file.",))
    notes: list[Incoming] = []
    problems: list[Problem] = []
    for row, marker in enumerate(clip.markers, start=1):
        try:
            notes += _notes(row, marker, told, rate)
        except InvalidInput as error:
            problems.append(Problem(row, error.message))
        except _FAULTS:
            problems.append(Problem(row, "What this marker says cannot be read."))
    facts = clip.metadata.get("sorahub")
    sha256 = str(facts.get("sha256", "")) if isinstance(facts, Mapping) else ""
    return Reading(KIND, notes, problems, (f"The markers are those of “{clip.name}”.",), sha256)


def _timeline(text: str) -> tuple[Any, list[Any]]:
    """Return the timeline, and what our markers tell.

    The JSON is read with Python first: a deeply nested file would take the library's own reader down with it.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"This is no OTIO file: {error}.", code="bad-file") from error
    if _depth(data) > DEEPEST:
        raise InvalidInput("This file is nested too deeply.", code="bad-file")
    told = [_taken(marker, place) for place, marker in enumerate(_markers(data))]
    try:
        return otio.adapters.read_from_string(json.dumps(data), adapter_name="otio_json"), told
    except (otio.exceptions.OTIOError, *_FAULTS) as error:
        raise InvalidInput(f"This is no OTIO file: {error}.", code="bad-file") from error


def _taken(marker: dict[str, Any], place: int) -> Any:
    """Take what is ours out of a marker and leave its place there; None where nothing is."""
    metadata = marker.get("metadata")
    if not isinstance(metadata, dict) or "sorahub" not in metadata:
        return None
    own, metadata["sorahub"] = metadata["sorahub"], {_PLACE: place}
    return own


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


def _notes(row: int, marker: Any, told: Sequence[Any], rate: Rate) -> list[Incoming]:
    span = marker.marked_range
    if abs(span.start_time.rate - rate.num / rate.den) > _CLOSE:
        raise InvalidInput(f"This marker counts at {span.start_time.rate:g}, the clip runs at {rate.label}.")
    first = round(span.start_time.value)
    last = first + max(1, round(span.duration.rescaled_to(span.start_time.rate).value)) - 1
    ours = marker.metadata.get("sorahub")
    if ours is None:
        words = "\n".join(dict.fromkeys(each for each in (marker.name, marker.comment) if each)) or "Marker"
        return [Incoming(row, first, last, words, category=palette.category_of(marker.color or ""))]
    own = told[int(ours[_PLACE])]
    if own["schema"] != SCHEMA:
        raise InvalidInput(f"This marker has schema {own['schema']}; this hub knows {SCHEMA}.")
    return [_own(row, note, first, last) for note in own["notes"]]


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
