"""The formats in which notes leave, and how they are written: as one file, or as a zip of one for each clip."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reviews.interchange import csv_file, edl, fcp7xml, fcpxml, otio, web_annotation
from reviews.interchange.clock import Clock, clock_for
from reviews.interchange.values import Reel
from sorahub.lib.errors import NotFound

Writer = Callable[[str, Sequence[Reel], Clock], str]
HOUR_LABEL = "01:00:00:00"


@dataclass(frozen=True)
class Format:
    """``timeline`` formats lay clips one after another and need one rate; ``start`` is where their timelines begin by habit."""

    key: str
    label: str
    about: str
    suffix: str
    media_type: str
    write: Writer
    timeline: bool = True
    start: str = ""


FORMATS = {
    each.key: each
    for each in (
        Format("csv", "CSV", "Spreadsheets", ".csv", "text/csv; charset=utf-8", csv_file.write, timeline=False),
        Format("edl", "EDL", "DaVinci Resolve", ".edl", "text/plain; charset=utf-8", edl.write, start=HOUR_LABEL),
        Format("fcp7xml", "FCP7 XML", "Premiere Pro", ".xml", "application/xml; charset=utf-8", fcp7xml.write),
        Format("fcpxml", "FCPXML", "Final Cut Pro", ".fcpxml", "application/xml; charset=utf-8", fcpxml.write),
        Format("otio", "OTIO", "OpenTimelineIO", ".otio", "application/json", otio.write),
        Format(
            "jsonld",
            "JSON-LD",
            "W3C Web Annotation",
            ".jsonld",
            "application/ld+json",
            web_annotation.write,
            timeline=False,
        ),
    )
}


@dataclass(frozen=True)
class File:
    """What leaves: its name, its media type, its bytes."""

    name: str
    media_type: str
    data: bytes


def format_named(key: str) -> Format:
    """Return the format. Raises NotFound."""
    if key not in FORMATS:
        raise NotFound(f"There is no such format; there are: {', '.join(FORMATS)}.")
    return FORMATS[key]


def export(
    key: str, title: str, reels: Sequence[Reel], *, start: str | None = None, drop: bool = False, lenient: bool = False
) -> File:
    """Write clips' notes as a file. ``start`` is the timecode of the first frame (None: the format's own habit).

    Timeline formats take several clips of one rate as one timeline; clips of different rates become a zip of one file
    each. ``lenient`` asks for drop-frame only where a rate has it. Raises NotFound for an unknown format or nothing to
    export, InvalidInput for a start or drop-frame that does not fit.
    """
    if not reels:
        raise NotFound("There is no clip here.")
    chosen = format_named(key)
    label = chosen.start if start is None else start
    rates = list(dict.fromkeys(reel.rate for reel in reels))
    if len(rates) > 1 and chosen.timeline:
        return _zip(chosen, title, reels, label, drop=drop)
    clock = clock_for(rates[0], label, drop=drop and (rates[0].is_drop_capable or not lenient))
    data = chosen.write(title, reels, clock).encode()
    return File(f"{plain_name(title)}{chosen.suffix}", chosen.media_type, data)


def _zip(chosen: Format, title: str, reels: Sequence[Reel], start: str, *, drop: bool) -> File:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, reel in enumerate(reels, start=1):
            clock = clock_for(reel.rate, start, drop=drop and reel.rate.is_drop_capable)
            name = f"{number:02}_{plain_name(reel.name)}{chosen.suffix}"
            archive.writestr(name, chosen.write(f"{title}: {reel.name}", [reel], clock).encode())
    return File(f"{plain_name(title)}_{chosen.key}.zip", "application/zip", buffer.getvalue())


def plain_name(title: str) -> str:
    """Return a title as a file name that every system takes."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", title).strip("-.")[:80] or "notes"
