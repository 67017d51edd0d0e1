"""FCPXML 1.10 for Final Cut Pro: clips in a spine, their markers with exact rational times. A resolved note is a completed to-do.

Written and read by hand: the adapter of OpenTimelineIO turns times into frames through floating point and cuts off what is
over, so that markers come back on the frame before at 23.976, 25, 29.97, 50 and 59.94, and it drops a marker's note
(tests/reviews/interchange/test_fcpxml.py shows it). Premiere Pro does not read FCPXML: it gets fcp7xml.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from urllib.parse import quote
from xml.etree import ElementTree

from reviews.interchange import xml
from reviews.interchange.clock import Clock
from reviews.interchange.merging import Marker, laid, shortened, single
from reviews.interchange.values import Incoming, Problem, Reading, Reel
from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate

KIND = "fcpxml"
VERSION = "1.10"
LONGEST_VALUE = 200  # what the timeline shows; the whole text is the marker's note
_TIME = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9}|/[1-9][0-9]{0,17})?s?")


def write(title: str, reels: Sequence[Reel], clock: Clock) -> str:
    """Return the project. Markers hang on their clips and lie where the clip's own frame lies."""
    root = ElementTree.Element("fcpxml", version=VERSION)
    resources = xml.child(root, "resources")
    for number, reel in enumerate(reels, start=1):
        _asset(resources, number, reel)
    event = xml.child(xml.child(root, "library"), "event", name="SoraHub")
    length = seconds(sum(reel.frame_count for reel in reels), clock.rate)
    sequence = xml.child(
        xml.child(event, "project", name=title),
        "sequence",
        format="r1",
        duration=length,
        tcStart=seconds(clock.start, clock.rate),
        tcFormat="DF" if clock.drop else "NDF",
    )
    spine = xml.child(sequence, "spine")
    for number, (begin, reel) in enumerate(laid(reels), start=1):
        clip = xml.child(
            spine,
            "asset-clip",
            ref=f"a{number}",
            name=reel.name,
            offset=seconds(clock.start + begin, clock.rate),
            start="0s",
            duration=seconds(reel.frame_count, reel.rate),
            format=f"r{number}",
        )
        for marker in single(reel):
            _marker(clip, marker, reel.rate)
    return xml.document(root, "fcpxml")


def _asset(resources: ElementTree.Element, number: int, reel: Reel) -> None:
    width, height = str(reel.width), str(reel.height)
    xml.child(resources, "format", id=f"r{number}", frameDuration=seconds(1, reel.rate), width=width, height=height)
    length = seconds(reel.frame_count, reel.rate)
    asset = xml.child(
        resources,
        "asset",
        id=f"a{number}",
        name=reel.name,
        start="0s",
        duration=length,
        hasVideo="1",
        format=f"r{number}",
    )
    xml.child(asset, "media-rep", kind="original-media", src=f"file:///{quote(reel.file_name)}")


def _marker(clip: ElementTree.Element, marker: Marker, rate: Rate) -> None:
    xml.child(
        clip,
        "marker",
        start=seconds(marker.frame_in, rate),
        duration=seconds(marker.frames, rate),
        value=shortened(f"{_about(marker)}{' '.join(marker.text.split())}", LONGEST_VALUE),
        note=marker.text,
        completed="1" if marker.resolved else "0",
    )


def _about(marker: Marker) -> str:
    return "" if marker.category == "general" else f"{marker.category.capitalize()} · "


def seconds(frames: int, rate: Rate) -> str:
    """Return a time as FCPXML writes it: frames times the frame's duration, as a fraction, never a decimal."""
    if frames == 0:
        return "0s"
    whole, over = frames * rate.den, rate.num
    return f"{whole // over}s" if whole % over == 0 else f"{whole}/{over}s"


def read(text: str, rate: Rate, frame_count: int) -> Reading:
    """Return the markers of the first clip that has some, on that clip's own frames."""
    root = xml.parsed(text, "fcpxml")
    holder = next((element for element in root.iter() if element.find("marker") is not None), None)
    if holder is None:
        return Reading(KIND, guesses=("There is no marker in this file.",))
    notes: list[Incoming] = []
    problems: list[Problem] = []
    start = _fraction(holder.get("start", "0s"))
    for row, element in enumerate(holder.findall("marker"), start=1):
        try:
            notes.append(_incoming(row, element, rate, start))
        except InvalidInput as error:
            problems.append(Problem(row, error.message))
    return Reading(KIND, notes, problems, (f"The markers are those of “{holder.get('name', holder.tag)}”.",))


def _incoming(row: int, element: ElementTree.Element, rate: Rate, start: Fraction) -> Incoming:
    first = (_fraction(element.get("start", "0s")) - start) * rate.fraction
    length = _fraction(element.get("duration", "0s")) * rate.fraction
    if first.denominator != 1 or length.denominator != 1:
        raise InvalidInput(f"This marker does not lie on a frame of {rate.label} frames a second.")
    words = (element.get("note") or element.get("value") or "Marker").strip()
    last = int(first) + max(1, int(length)) - 1
    return Incoming(row, int(first), last, words, resolved=element.get("completed") == "1")


def _fraction(text: str) -> Fraction:
    if not _TIME.fullmatch(text.strip()):
        raise InvalidInput(f"{text[:30]!r} is no time.")
    return Fraction(text.strip().removesuffix("s"))
