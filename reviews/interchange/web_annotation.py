"""W3C Web Annotation (JSON-LD): time as a media fragment, the marks as an SVG selector and their box in per cent.

Seconds are decimals there; six digits lie within a two-hundredth of a frame at any rate, and the frames themselves are told
beside, under our own name.
"""

import json
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from reviews.interchange import svg
from reviews.interchange.clock import Clock
from reviews.interchange.values import Mark, Note, Reel

CONTEXT: list[Any] = ["http://www.w3.org/ns/anno.jsonld", {"sorahub": "urn:sorahub:note:"}]
_FRAGMENTS = "http://www.w3.org/TR/media-frags/"
_MICRO = Decimal("0.000001")


def write(title: str, reels: Sequence[Reel], clock: Clock) -> str:
    """Return one collection with every note of every clip; a reply targets the note that it answers."""
    items = [_annotation(note, reel) for reel in reels for note in reel.notes]
    collection = {
        "@context": CONTEXT,
        "type": "AnnotationCollection",
        "label": title,
        "total": len(items),
        "first": {"type": "AnnotationPage", "startIndex": 0, "items": items},
    }
    return json.dumps(collection, ensure_ascii=False, indent=2) + "\n"


def _annotation(note: Note, reel: Reel) -> dict[str, Any]:
    bodies: list[dict[str, Any]] = []
    purpose = "replying" if note.parent else "commenting"
    if note.body:
        bodies.append({"type": "TextualBody", "value": note.body, "format": "text/markdown", "purpose": purpose})
    bodies.append({"type": "TextualBody", "value": note.category, "purpose": "classifying"})
    answer = {
        "id": f"urn:uuid:{note.id}",
        "type": "Annotation",
        "motivation": purpose,
        "created": note.created_at.isoformat(),
        "creator": {"type": "Person", "name": note.author},
        "body": bodies,
        "target": _target(note, reel),
        "sorahub:frames": [note.frame_in, note.frame_out],
        "sorahub:rate": str(reel.rate),
        "sorahub:state": note.state,
        "sorahub:visibility": note.visibility,
    }
    return answer | ({"modified": note.edited_at.isoformat()} if note.edited_at else {})


def _target(note: Note, reel: Reel) -> Any:
    if note.parent:
        return f"urn:uuid:{note.parent}"
    selectors: list[dict[str, Any]] = [
        {"type": "FragmentSelector", "conformsTo": _FRAGMENTS, "value": fragment(note, reel)}
    ]
    if note.marks:
        selectors.append({"type": "SvgSelector", "value": svg.picture(note.marks, reel.width, reel.height)})
    return {
        "source": {"id": f"urn:sha256:{reel.sha256}", "type": "Video", "format": "video/mp4", "label": reel.name},
        "selector": selectors,
    }


def fragment(note: Note, reel: Reel) -> str:
    """Return ``t=begin,end`` in seconds (the end is where the last frame ends), and the marks' box in per cent."""
    begin, end = (decimal_seconds(reel.rate.seconds(frame)) for frame in (note.frame_in, note.frame_out + 1))
    time = f"t={begin},{end}"
    if not note.marks:
        return time
    x, y, width, height = (f"{100 * value:.4f}".rstrip("0").rstrip(".") for value in box(note.marks))
    return f"{time}&xywh=percent:{x},{y},{width},{height}"


def decimal_seconds(seconds: Fraction) -> str:
    """Return seconds with at most six decimals."""
    exact = Decimal(seconds.numerator) / Decimal(seconds.denominator)
    text = f"{exact.quantize(_MICRO, ROUND_HALF_EVEN):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def box(marks: Sequence[Mark]) -> tuple[float, float, float, float]:
    """Return the smallest rectangle round all points, as fractions: left, top, width, height."""
    points = [point for mark in marks for point in mark.points]
    lefts, tops = [point[0] for point in points], [point[1] for point in points]
    return min(lefts), min(tops), max(lefts) - min(lefts), max(tops) - min(tops)
