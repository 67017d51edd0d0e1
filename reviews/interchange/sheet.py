"""The PDF of notes: one row a thread, beside it the exact frame with its marks over it as vectors, as the browser draws them.

The fonts are those of the certificate; what no font can show is written out, never dropped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typst
from django.utils import timezone

from reviews.evidence import certificate, lettering
from reviews.interchange import svg
from reviews.interchange.clock import Clock
from reviews.interchange.values import Note, Reel, Thread
from sorahub.lib.canonical import Json

TEMPLATE = Path(__file__).with_name("sheet.typ")
WIDEST, HIGHEST = 86.0, 96.0  # millimetres of a picture on the page
LABELS = {"internal": "agency only", "client": "agency and client", "legal": "legal only"}


@dataclass(frozen=True)
class Heading:
    """What stands above the notes."""

    title: str
    overline: str
    lead: str
    footer: str
    author: str
    at: datetime


def compile_sheet(
    heading: Heading, reels: Sequence[Reel], pictures: Mapping[tuple[str, int], Path], folder: Path
) -> bytes:
    """Return the PDF. ``pictures`` are JPEG files in ``folder`` by clip hash and frame; the folder is written to."""
    page = _page(heading, reels, pictures, folder)
    try:
        return _compile(lettering.legible(page, certificate.shows), heading.at, folder)
    except typst.TypstError:
        return _compile(lettering.plain(page), heading.at, folder)


def _compile(page: Mapping[str, Json], at: datetime, folder: Path) -> bytes:
    moment = at.astimezone(UTC)
    date: Json = [moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second]
    source, data = folder / "sheet.typ", folder / "sheet.json"
    source.write_bytes(TEMPLATE.read_bytes())
    data.write_text(json.dumps({**page, "date": date}), encoding="utf-8")
    return typst.compile(
        source,
        root=folder,
        font_paths=certificate.fonts(),
        pdf_standards=[certificate.STANDARD],
        timestamp=int(moment.timestamp()),
    )


def _page(
    heading: Heading, reels: Sequence[Reel], pictures: Mapping[tuple[str, int], Path], folder: Path
) -> dict[str, Json]:
    return {
        "title": heading.title,
        "overline": heading.overline,
        "lead": heading.lead,
        "footer": heading.footer,
        "author": heading.author,
        "sections": [_section(number, reel, pictures, folder) for number, reel in enumerate(reels)],
    }


def _section(number: int, reel: Reel, pictures: Mapping[tuple[str, int], Path], folder: Path) -> Json:
    facts = (
        f"{reel.frame_count} frames at {reel.rate.label} · {reel.width} × {reel.height} · SHA-256 {reel.sha256[:16]}…"
    )
    rows = [_row(f"{number}-{place}", thread, reel, pictures, folder) for place, thread in enumerate(reel.threads)]
    return {"name": reel.name, "facts": facts, "rows": rows}


def _row(key: str, thread: Thread, reel: Reel, pictures: Mapping[tuple[str, int], Path], folder: Path) -> Json:
    note, clock = thread.note, Clock(reel.rate)
    width, height = page_size(reel)
    picture = pictures.get((reel.sha256, note.frame_in))
    one = note.frame_in == note.frame_out
    label = clock.label(note.frame_in) if one else f"{clock.label(note.frame_in)} – {clock.label(note.frame_out)}"
    return {
        "width": width,
        "height": height,
        "picture": picture.relative_to(folder).as_posix() if picture else "",
        "alt": f"Frame {note.frame_in} of {reel.name}",
        "drawing": _drawing(key, note, reel, folder),
        "texts": _texts(note, width, height),
        "timecode": label,
        "frames": f"frame {note.frame_in}" if one else f"frames {note.frame_in} to {note.frame_out}",
        "tags": " · ".join(_tags(note)),
        "resolved": note.resolved_at is not None,
        "notes": [_told(each) for each in thread.all],
    }


def page_size(reel: Reel) -> tuple[float, float]:
    """Return the picture's size on the page in millimetres, in the clip's own proportions."""
    scale = min(WIDEST / reel.width, HIGHEST / reel.height)
    return round(reel.width * scale, 4), round(reel.height * scale, 4)


def _drawing(key: str, note: Note, reel: Reel, folder: Path) -> str:
    """Write the marks as a file of their own: long paths need no lettering."""
    drawn = [mark for mark in note.marks if mark.kind != "text"]
    if not drawn:
        return ""
    (folder / f"{key}.svg").write_text(svg.picture(drawn, reel.width, reel.height), encoding="utf-8")
    return f"{key}.svg"


def _texts(note: Note, width: float, height: float) -> Json:
    """Return the text marks: they are set in the page's fonts, so that any script's letters are right."""
    texts: list[Json] = []
    for mark in note.marks:
        if mark.kind == "text":
            x, y, size = svg.text_place(mark, width, height)
            colour = svg.hex_colour(mark.colour)
            texts.append(
                {"x": x, "y": y, "size": size, "rim": size * svg.TEXT_RIM, "colour": colour, "text": mark.text}
            )
    return texts


def _tags(note: Note) -> list[str]:
    tags = [note.category.capitalize(), LABELS.get(note.visibility, note.visibility)]
    if note.resolved_at is not None:
        by = f" by {note.resolved_by}" if note.resolved_by else ""
        return [*tags, f"resolved{by}, {timezone.localtime(note.resolved_at):%-d %b %Y}"]
    return [*tags, "open"]


def _told(note: Note) -> Json:
    words = note.words or ("Drawn, without words." if note.marks else "Without words.")
    edited = ", edited" if note.edited_at else ""
    return {
        "author": note.author,
        "when": f"{timezone.localtime(note.created_at):%-d %b %Y, %H:%M}{edited}",
        "words": words.split("\n"),
    }
