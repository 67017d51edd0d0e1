"""The outer structure of MP4/MOV and Matroska files, read without a decoder: kind, completeness, order, raw
boxes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from generations.media.errors import MediaError

SUFFIXES = {".mp4": "iso", ".m4v": "iso", ".mov": "iso", ".mkv": "matroska", ".webm": "matroska"}
_EBML = b"\x1aE\xdf\xa3"
_SEGMENT = b"\x18S\x80g"
_FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}
_MOST_BOXES = 200_000
_LARGEST_RAW = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Box:
    """One ISO BMFF box: its four-letter kind and where its content lies in the file."""

    kind: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Outline:
    """``container`` is mp4, mov, matroska or webm; the flags concern MP4/MOV and are False elsewhere."""

    container: str
    faststart: bool = False
    fragmented: bool = False


def outline(path: Path, name: str) -> Outline:
    """Judge by suffix of ``name`` and by content, which must agree; a file cut short or with foreign bytes
    is refused.
    """
    family = SUFFIXES.get(Path(name).suffix.lower())
    if family is None:
        raise MediaError("not_a_video", "Send an MP4, MOV, MKV or WebM file.")
    with path.open("rb") as file:
        head = file.read(64)
        if head[:4] == _EBML and family == "matroska":
            return _matroska(file, head, path.stat().st_size)
        if head[4:8] in _FIRST_BOXES and family == "iso":
            return _iso(file, head, path.stat().st_size)
    if head[:4] == _EBML or head[4:8] in _FIRST_BOXES:
        raise MediaError("kind_mismatch", f"{name!r} holds another kind of video than its name says; rename it.")
    raise MediaError("not_a_video", f"{name!r} is not a video file, whatever its name says.")


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes between two offsets, in order. MediaError damaged when one reaches beyond ``end``."""
    position, count = start, 0
    while position < end:
        file.seek(position)
        header = file.read(16)
        if len(header) < 8 or (count := count + 1) > _MOST_BOXES:
            raise _cut_short()
        size, kind = struct.unpack(">I4s", header[:8])
        content = position + 8
        if size == 1 and len(header) == 16:
            size, content = struct.unpack(">Q", header[8:])[0], position + 16
        size = size or end - position
        if size < content - position or position + size > end:
            raise _cut_short()
        yield Box(kind, content, position + size)
        position += size


def find(file: BinaryIO, path: tuple[bytes, ...], start: int, end: int) -> Iterator[Box]:
    """Every box at a path such as (moov, udta, meta); a meta box's version word is stepped over."""
    for box in boxes(file, start, end):
        if box.kind != path[0]:
            continue
        if len(path) == 1:
            yield box
        else:
            yield from find(file, path[1:], box.start + _version_word(file, box), box.end)


def content(file: BinaryIO, box: Box) -> bytes:
    """A box's content, at most 4 MiB of it."""
    file.seek(box.start)
    return file.read(min(box.end - box.start, _LARGEST_RAW))


def _version_word(file: BinaryIO, box: Box) -> int:
    if box.kind != b"meta":
        return 0
    file.seek(box.start + 4)
    return 0 if file.read(4) == b"hdlr" else 4


def _iso(file: BinaryIO, head: bytes, size: int) -> Outline:
    kinds = [box.kind for box in boxes(file, 0, size)]
    if b"moov" not in kinds:
        raise _cut_short()
    fragmented = b"moof" in kinds or any(find(file, (b"moov", b"mvex"), 0, size))
    ordered = b"mdat" in kinds and kinds.index(b"moov") < kinds.index(b"mdat")
    container = "mp4" if head[4:8] == b"ftyp" and head[8:12] != b"qt  " else "mov"
    return Outline(container, faststart=ordered and not fragmented, fragmented=fragmented)


def _matroska(file: BinaryIO, head: bytes, size: int) -> Outline:
    length, width = _vint(head[4:])
    file.seek(4 + width + length)
    segment = file.read(12)
    if segment[:4] != _SEGMENT:
        raise _cut_short()
    body, width = _vint(segment[4:])
    unknown = body == (1 << 7 * width) - 1
    if not unknown and file.tell() - len(segment) + 4 + width + body > size:
        raise _cut_short()
    return Outline("webm" if b"webm" in head else "matroska")


def _vint(data: bytes) -> tuple[int, int]:
    """An EBML variable-length number and how many bytes it took (RFC 8794 section 4)."""
    width = 9 - data[0].bit_length() if data and data[0] else 9
    if width > 8 or len(data) < width:
        raise _cut_short()
    return int.from_bytes(data[:width], "big") & ((1 << 7 * width) - 1), width


def _cut_short() -> MediaError:
    return MediaError("damaged", "The file is cut short or damaged; send it again.")
