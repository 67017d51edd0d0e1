"""EDL with the markers of DaVinci Resolve: an event of one frame, and below it ``|C:colour |M:words |D:frames``.

Written and read by hand: the CMX 3600 adapter of OpenTimelineIO does not see Resolve's fields; it writes only Avid's ``* LOC:``
lines, which hold no length, their words in capitals. Its reader agrees with our timecodes (tests/reviews/interchange/test_edl.py).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reviews.interchange import palette
from reviews.interchange.clock import Clock, guessed_start
from reviews.interchange.merging import Marker, laid, merged
from reviews.interchange.values import Incoming, Problem, Reading, Reel
from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate, from_timecode, to_timecode

KIND = "edl"
_TIME = r"\d\d[:;.]\d\d[:;.]\d\d[:;.,]\d{2,3}"
_EVENT = re.compile(rf"\s*(\d+)\s+\S+\s+\S+\s+\S+.*?({_TIME})\s+({_TIME})\s+({_TIME})\s+({_TIME})\s*")
_LONGEST_EVENT = 200  # characters; the pattern above is not for strangers' endless lines
_LOCATOR = re.compile(rf"\*\s*LOC:\s*({_TIME})\s+(\w*)\s*(.*)")
_TITLE = re.compile(r"[^\x20-\x7e]+")


def write(title: str, reels: Sequence[Reel], clock: Clock) -> str:
    """Return the EDL of clips laid one after another. Notes that begin on one frame are one marker that says so."""
    lines = [
        f"TITLE: {_TITLE.sub('_', title)[:70]}",
        f"FCM: {'DROP FRAME' if clock.drop else 'NON-DROP FRAME'}",
        "",
    ]
    markers = ((begin, marker) for begin, reel in laid(reels) for marker in merged(reel))
    for number, (begin, marker) in enumerate(markers, start=1):
        lines += _event(number, begin, marker, clock)
    return "\r\n".join(lines) + "\r\n"


def _event(number: int, begin: int, marker: Marker, clock: Clock) -> list[str]:
    frame = begin + marker.frame_in
    span = f"{clock.label(frame)} {clock.label(frame + 1)}"
    colour = palette.RESOLVE.get(marker.category, palette.RESOLVE["general"])
    return [
        f"{number:03}  001      V     C        {span} {span}  ",
        f" |C:{colour} |M:{one_line(marker.text)} |D:{marker.frames}",
        "",
    ]


def one_line(text: str) -> str:
    """Return the words on one line and without the bar that parts the fields: ``/`` stands for a line break, ``¦`` for a bar."""
    lines = (" ".join(line.split()) for line in text.replace("|", "¦").splitlines())
    return " / ".join(line for line in lines if line)


@dataclass
class _Event:
    row: int
    label: str
    words: str = ""
    colour: str = ""
    frames: int = 1


def read(text: str, rate: Rate, frame_count: int, start: str = "") -> Reading:
    """Return the markers in an EDL of Resolve's (or the locators in one of Avid's). ``start`` is the timecode of frame 0."""
    drop = bool(re.search(r"^FCM:\s*DROP", text, re.MULTILINE | re.IGNORECASE))
    labels: list[tuple[_Event, int]] = []
    problems: list[Problem] = []
    for event in _events(text):
        try:
            labels.append((event, _label(event.label, rate, drop=drop)))
        except InvalidInput as error:
            problems.append(Problem(event.row, error.message))
    offset, guesses = offset_of([label for _, label in labels], rate, frame_count, start)
    notes = [_incoming(event, label - offset) for event, label in labels]
    return Reading(KIND, notes, problems, guesses)


def _events(text: str) -> Iterator[_Event]:
    current: _Event | None = None
    for row, line in enumerate(text.splitlines(), start=1):
        if len(line) <= _LONGEST_EVENT and (found := _EVENT.fullmatch(line)):
            if current is not None and current.words:
                yield current
            current = _Event(row, found[4])
        elif located := _LOCATOR.match(line.strip()):
            yield _Event(row, located[1], located[3].strip())
        elif current is not None:
            _read_fields(line, current)
    if current is not None and current.words:
        yield current


def _read_fields(line: str, event: _Event) -> None:
    """Take up ``note |C:colour |M:name |D:frames``; any other line says nothing of the marker."""
    before, has_colour, rest = line.partition("|C:")
    colour, has_name, rest = rest.partition("|M:")
    name, has_frames, frames = rest.rpartition("|D:")
    if not (has_colour and has_name and has_frames and re.fullmatch(r"[0-9]{1,9}", frames.strip())):
        return
    told = [before.strip(), name.strip()]
    event.words = "\n".join(words for words in dict.fromkeys(told) if words) or "Marker"
    event.colour, event.frames = colour.strip(), max(1, int(frames))


def _label(label: str, rate: Rate, *, drop: bool) -> int:
    plain = label.strip()
    return from_timecode(
        f"{plain[:8].replace(';', ':').replace('.', ':')}{';' if drop or plain[8] != ':' else ':'}{plain[9:]}", rate
    )


def offset_of(labels: list[int], rate: Rate, frame_count: int, start: str) -> tuple[int, list[str]]:
    """Return the label of frame 0, as it was said or as it is guessed, and the guess in words."""
    if start.strip():
        return Clock(rate).frame(start), []
    offset = guessed_start(labels, rate, frame_count)
    if not offset:
        return 0, []
    label = to_timecode(offset, rate) if offset % (3600 * rate.nominal) == 0 else to_timecode(offset, rate, drop=True)
    return offset, [f"The first frame is taken to be {label}, as in most timelines; the clip is shorter than that."]


def _incoming(event: _Event, frame: int) -> Incoming:
    return Incoming(
        row=event.row,
        frame_in=frame,
        frame_out=frame + event.frames - 1,
        body=event.words,
        category=palette.category_of(event.colour),
    )
