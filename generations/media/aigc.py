"""Machine-made marks in the file's own metadata: the AIGC label of GB 45438-2025, XMP, IPTC digital source
type.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from generations.media.boxes import content, find

_XMP_UUID = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
_SOURCE_TYPE = re.compile(r"https?://cv\.iptc\.org/newscodes/digitalsourcetype/[A-Za-z]+")
_XMP_LABEL = re.compile(
    r"""(?<![/\w])(?:\w+:)?AIGC(?:\s*=\s*(["'])(?P<attribute>.*?)\1|[^>]*>(?P<element>.*?)</(?:\w+:)?AIGC)""", re.S
)
_ENTITIES = {"&quot;": '"', "&#34;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&"}
_BRACE = b"{"


def find_xmp(path: Path) -> str | None:
    """The first XMP packet of an MP4/MOV file, as it stands."""
    with path.open("rb") as file:
        size = path.stat().st_size
        for box in find(file, (b"uuid",), 0, size):
            raw = content(file, box)
            if raw.startswith(_XMP_UUID):
                return raw[16:].decode(errors="replace")
        for box in find(file, (b"moov", b"udta", b"XMP_"), 0, size):
            return content(file, box).decode(errors="replace")
    return None


def find_aigc(path: Path, tags: Mapping[str, str], xmp: str | None) -> dict[str, Any] | None:
    """The AIGC label and where it stood, or None. A label that is no JSON object is kept as text, since it
    is a mark.
    """
    for source, text in _candidates(path, tags, xmp):
        label = _label(text)
        return {"source": source, "label": label, "raw": text[:10_000], "well_formed": label is not None}
    return None


def digital_source_types(*texts: str | None) -> list[str]:
    """Every IPTC digital source type named in the texts, each once."""
    return sorted({match for text in texts if text for match in _SOURCE_TYPE.findall(text)})


def _candidates(path: Path, tags: Mapping[str, str], xmp: str | None) -> Iterator[tuple[str, str]]:
    for key, value in tags.items():
        if key.rsplit(".", 1)[-1].rsplit(":", 1)[-1].lower() == "aigc" or '"AIGC"' in value:
            yield f"tag:{key}", value
    with path.open("rb") as file:
        yield from _raw_boxes(file, path.stat().st_size)
    found = _XMP_LABEL.search(xmp) if xmp else None
    if found:
        yield "xmp", _unescape(found["attribute"] or found["element"] or "")


def _raw_boxes(file: BinaryIO, size: int) -> Iterator[tuple[str, str]]:
    for route in ((b"moov", b"udta", b"AIGC"), (b"moov", b"meta", b"AIGC"), (b"AIGC",)):
        for box in find(file, route, 0, size):
            raw = content(file, box)
            start = raw.find(_BRACE)
            yield f"box:{'/'.join(part.decode() for part in route)}", raw[max(0, start) :].decode(errors="replace")


def _label(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text.strip().strip("\0"))
    except ValueError:
        return None
    if isinstance(value, dict) and isinstance(value.get("AIGC"), dict):
        value = value["AIGC"]
    return value if isinstance(value, dict) else None


def _unescape(text: str) -> str:
    for entity, char in _ENTITIES.items():
        text = text.replace(entity, char)
    return text
