"""Final Cut Pro 7 XML (xmeml 4), which Premiere Pro reads: a sequence with the clips one after another and markers in frames.

Markers are written by hand. The adapter of OpenTimelineIO writes a marker of one frame as ``out = in + 1`` where the format
wants -1, loses colours, and puts a time of another rate down unconverted; its reader is used in the tests to read ours back.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote
from xml.etree import ElementTree

from reviews.interchange import palette, xml
from reviews.interchange.clock import Clock
from reviews.interchange.merging import Marker, laid, single
from reviews.interchange.values import Incoming, Problem, Reading, Reel
from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate

KIND = "fcp7xml"
_POINT = -1  # the out of a marker that has no range


def write(title: str, reels: Sequence[Reel], clock: Clock) -> str:
    """Return the project file. Each thread is a marker of the sequence; ``out`` is the frame after the last."""
    root = ElementTree.Element("xmeml", version="4")
    sequence = xml.child(root, "sequence", id="notes")
    length = sum(reel.frame_count for reel in reels)
    xml.child(sequence, "name", title)
    xml.child(sequence, "duration", length)
    _rate(sequence, clock.rate)
    _timecode(sequence, clock)
    video = xml.child(xml.child(sequence, "media"), "video")
    _format(video, reels[0], clock.rate)
    track = xml.child(video, "track")
    for number, (begin, reel) in enumerate(laid(reels), start=1):
        _clip(track, number, begin, reel)
    for begin, reel in laid(reels):
        for marker in single(reel):
            _marker(sequence, begin, marker)
    return xml.document(root, "xmeml")


def _rate(parent: ElementTree.Element, rate: Rate) -> None:
    made = xml.child(parent, "rate")
    xml.child(made, "timebase", rate.nominal)
    xml.child(made, "ntsc", "TRUE" if rate.den == 1001 else "FALSE")


def _timecode(parent: ElementTree.Element, clock: Clock) -> None:
    made = xml.child(parent, "timecode")
    _rate(made, clock.rate)
    xml.child(made, "string", clock.label(0))
    xml.child(made, "frame", clock.start)
    xml.child(made, "displayformat", "DF" if clock.drop else "NDF")


def _format(video: ElementTree.Element, reel: Reel, rate: Rate) -> None:
    what = xml.child(xml.child(video, "format"), "samplecharacteristics")
    _rate(what, rate)
    xml.child(what, "width", reel.width)
    xml.child(what, "height", reel.height)
    xml.child(what, "pixelaspectratio", "square")


def _clip(track: ElementTree.Element, number: int, begin: int, reel: Reel) -> None:
    item = xml.child(track, "clipitem", id=f"clipitem-{number}")
    xml.child(item, "name", reel.name)
    xml.child(item, "duration", reel.frame_count)
    _rate(item, reel.rate)
    for tag, frame in (("start", begin), ("end", begin + reel.frame_count), ("in", 0), ("out", reel.frame_count)):
        xml.child(item, tag, frame)
    file = xml.child(item, "file", id=f"file-{number}")
    xml.child(file, "name", reel.file_name)
    xml.child(file, "pathurl", f"file://localhost/{quote(reel.file_name)}")
    _rate(file, reel.rate)
    xml.child(file, "duration", reel.frame_count)
    _timecode(file, Clock(reel.rate))
    what = xml.child(xml.child(xml.child(file, "media"), "video"), "samplecharacteristics")
    xml.child(what, "width", reel.width)
    xml.child(what, "height", reel.height)


def _marker(parent: ElementTree.Element, begin: int, marker: Marker) -> None:
    made = xml.child(parent, "marker")
    xml.child(made, "comment", marker.text)
    xml.child(made, "name", marker.name)
    xml.child(made, "in", begin + marker.frame_in)
    xml.child(made, "out", _POINT if marker.frames == 1 else begin + marker.frame_out + 1)
    colour = xml.child(made, "color")
    values = (0, *palette.RGB.get(marker.category, palette.RGB["general"]))
    for tag, value in zip(("alpha", "red", "green", "blue"), values, strict=True):
        xml.child(colour, tag, value)


def read(text: str, rate: Rate, frame_count: int) -> Reading:
    """Return the markers of the first sequence (or, where it has none, of the first clip that has some)."""
    root = xml.parsed(text, "xmeml")
    holder = next(_holders(root), None)
    if holder is None:
        return Reading(KIND, guesses=("There is no marker in this file.",))
    told = _rate_of(holder)
    if told is not None and told != rate:
        raise InvalidInput(f"This file counts at {told.label}, the clip runs at {rate.label}.", code="other-rate")
    offset = int(holder.findtext("in") or 0) if holder.tag == "clipitem" and _number(holder, "in") else 0
    notes: list[Incoming] = []
    problems: list[Problem] = []
    for row, element in enumerate(holder.findall("marker"), start=1):
        try:
            notes.append(_incoming(row, element, offset))
        except InvalidInput as error:
            problems.append(Problem(row, error.message))
    where = "sequence" if holder.tag == "sequence" else "clip"
    name = holder.findtext("name") or "without a name"
    return Reading(KIND, notes, problems, (f"The markers are those of the {where} “{name}”; frame 0 is its first.",))


def _holders(root: ElementTree.Element) -> Iterator[ElementTree.Element]:
    for tag in ("sequence", "clipitem", "clip"):
        yield from (element for element in root.iter(tag) if element.find("marker") is not None)


def _rate_of(element: ElementTree.Element) -> Rate | None:
    base = element.findtext("rate/timebase") or ""
    if not base.strip().isdigit() or int(base) < 1:
        return None
    ntsc = (element.findtext("rate/ntsc") or "").strip().upper() == "TRUE"
    return Rate(int(base) * 1000, 1001) if ntsc else Rate(int(base))


def _number(element: ElementTree.Element, tag: str) -> int | None:
    text = (element.findtext(tag) or "").strip()
    try:
        return int(text)
    except ValueError:
        return None


def _incoming(row: int, element: ElementTree.Element, offset: int) -> Incoming:
    first, after = _number(element, "in"), _number(element, "out")
    if first is None:
        raise InvalidInput("This marker does not say its frame (<in>).")
    first -= offset
    last = after - offset - 1 if after is not None and after >= 0 else first
    name, comment = (element.findtext("name") or "").strip(), (element.findtext("comment") or "").strip()
    rgb = tuple(_number(element, f"color/{tag}") or 0 for tag in ("red", "green", "blue"))
    return Incoming(
        row=row,
        frame_in=first,
        frame_out=max(first, last),
        body=comment or name or "Marker",
        category=palette.nearest((rgb[0], rgb[1], rgb[2])),
    )
