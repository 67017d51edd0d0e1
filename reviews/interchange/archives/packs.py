"""Looks a stranger's Git pack over before it is unpacked: no object in it, and no sum of them, may be larger than allowed.

The format is Git's own (gitformat-pack): after a head of 12 bytes each object has its type and size, for a delta its base, and
then a zlib stream. Nothing is kept in memory but a piece of one stream.
"""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from reviews.interchange.archives.records import LARGEST_RECORD
from sorahub.lib.errors import InvalidInput

LARGEST_OBJECT = 2 * LARGEST_RECORD
LARGEST_SUM = 8 * 1024**3
MOST_OBJECTS = 2_000_000
_PIECE = 64 * 1024
_OFFSET_DELTA, _NAMED_DELTA = 6, 7


def check_pack(file: BinaryIO) -> None:
    """Read a pack from where the file stands to its last object. Raises InvalidInput."""
    head = file.read(12)
    if head[:4] != b"PACK" or int.from_bytes(head[4:8], "big") not in {2, 3}:
        raise _broken("It holds no Git pack.")
    objects, total = int.from_bytes(head[8:12], "big"), 0
    if objects > MOST_OBJECTS:
        raise _broken(f"It has {objects:,} objects; {MOST_OBJECTS:,} are read at most.")
    for _ in range(objects):
        total += _check_object(file)
        if total > LARGEST_SUM:
            raise _broken("Unpacked it would be larger than 8 GiB.")


def check_loose(file: BinaryIO) -> None:
    """The same for an object that lies in a file of its own. Raises InvalidInput."""
    _bounded(_inflated(file, b""), LARGEST_OBJECT + 64)


def _check_object(file: BinaryIO) -> int:
    byte = _byte(file)
    kind, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & 0x80:
        byte = _byte(file)
        size |= (byte & 0x7F) << shift
        shift += 7
    if size > LARGEST_OBJECT or shift > 64:
        raise _broken("An object in it is larger than 20 MiB.")
    if kind == _OFFSET_DELTA:
        while _byte(file) & 0x80:
            pass
    elif kind == _NAMED_DELTA:
        file.read(20)
    begun = _bounded(_inflated(file, b""), size)
    if kind in {_OFFSET_DELTA, _NAMED_DELTA} and _target(begun) > LARGEST_OBJECT:
        raise _broken("An object in it would become larger than 20 MiB.")
    return size


def _inflated(file: BinaryIO, begun: bytes) -> Iterator[bytes]:
    """Give the stream in pieces and leave the file right behind it."""
    stream, waiting = zlib.decompressobj(), begun
    while not stream.eof:
        waiting = waiting or file.read(_PIECE)
        if not waiting:
            raise _broken("It ends in the middle of an object.")
        try:
            yield stream.decompress(waiting, _PIECE)
        except zlib.error as error:
            raise _broken(f"An object in it is damaged ({error}).") from error
        waiting = stream.unconsumed_tail
    file.seek(-len(stream.unused_data), 1)


def _bounded(pieces: Iterator[bytes], most: int) -> bytes:
    """Read to the end and return the first bytes. Raises InvalidInput for more than announced."""
    first, size = b"", 0
    for piece in pieces:
        size += len(piece)
        first = first if len(first) >= 32 else first + piece[:32]
        if size > most:
            raise _broken("An object in it is larger than it says.")
    return first


def _target(delta: bytes) -> int:
    """The size of what a delta makes: the second of the two numbers with which it begins."""
    numbers: list[int] = []
    at = 0
    while len(numbers) < 2 and at < len(delta):
        number = shift = 0
        while at < len(delta):
            byte = delta[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        numbers.append(number)
    return numbers[1] if len(numbers) == 2 else 0


def _byte(file: BinaryIO) -> int:
    byte = file.read(1)
    if not byte:
        raise _broken("It ends in the middle of an object.")
    return byte[0]


def _broken(words: str) -> InvalidInput:
    return InvalidInput(f"This Git history cannot be read. {words}", code="archive-unreadable", fields={"file": words})
