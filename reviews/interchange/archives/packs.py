"""Looks a stranger's Git pack over before it is unpacked: neither an object in it, nor their sum, nor a chain of deltas may be too large.

The format is Git's own (gitformat-pack): after a head of 12 bytes each object has its type and size, for a delta its base, and
then a zlib stream. Nothing is kept in memory but a piece of one stream and a number for each object.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from reviews.interchange.archives.records import LARGEST_RECORD
from sorahub.lib.errors import InvalidInput

LARGEST_OBJECT = 2 * LARGEST_RECORD
LARGEST_READ = 2 * 1024**3
LARGEST_MADE = 8 * 1024**3
LARGEST_CHAIN = 512 * 1024**2
MOST_OBJECTS = 1_000_000
UNSUSPECTED = 64 * 1024**2
MOST_TIMES = 50
_LINK = 64 * 1024
_PIECE = 64 * 1024
_OFFSET_DELTA, _NAMED_DELTA = 6, 7
_UNKNOWN = -1


@dataclass
class _Budget:
    """What the objects come to: the bytes ``read`` out of their streams, the bytes ``made`` of them once deltas are applied, and
    for each the bytes that are in memory when the deltas that lead to it are: each counts at least as much as a ``_LINK``.

    What a delta is based on by name is known only after unpacking: all such deltas, and those on top of them, count as one chain.
    """

    read: int = 0
    made: int = 0
    named: int = 0
    chains: dict[int, int] = field(default_factory=dict)

    def add(self, at: int, read: int, made: int) -> None:
        """Count an object that begins at this byte of the pack. Raises InvalidInput."""
        self.read += read
        self.made += made
        if self.read > LARGEST_READ or self.made > LARGEST_MADE:
            raise _broken("Unpacked it would be larger than 8 GiB, or its parts than 2 GiB.")
        if self.read > UNSUSPECTED + MOST_TIMES * at:
            raise _broken(f"It is packed more than {MOST_TIMES} times as small: no texts are.")
        self.chains.setdefault(at, made)

    def add_link(self, at: int, base: int | None, made: int) -> None:
        """Count it as a delta on the object at ``base``, None where a name says which. Raises InvalidInput."""
        before = _UNKNOWN if base is None else self.chains.get(base)
        if before is None:
            raise _broken("A delta in it has no base.")
        size = made + _LINK
        if before == _UNKNOWN:
            self.named += size
            self.chains[at] = _UNKNOWN
        else:
            self.chains[at] = before + size
        if max(self.named, self.chains[at]) > LARGEST_CHAIN:
            raise _broken("Too many deltas in it build on each other: run git repack -a -d -f in the repository first.")


def check_pack(file: BinaryIO) -> None:
    """Read a pack from where the file stands to its last object. Raises InvalidInput."""
    begin = file.tell()
    head = file.read(12)
    if head[:4] != b"PACK" or int.from_bytes(head[4:8], "big") not in {2, 3}:
        raise _broken("It holds no Git pack.")
    objects, budget = int.from_bytes(head[8:12], "big"), _Budget()
    if objects > MOST_OBJECTS:
        raise _broken(f"It has {objects:,} objects; {MOST_OBJECTS:,} are read at most.")
    for _ in range(objects):
        _check_object(file, file.tell() - begin, budget)


def check_loose(file: BinaryIO) -> None:
    """The same for an object that lies in a file of its own. Raises InvalidInput."""
    _bounded(_inflated(file, _PIECE), LARGEST_OBJECT + 64)


def _check_object(file: BinaryIO, at: int, budget: _Budget) -> None:
    kind, size = _head(file)
    base = None
    if kind == _OFFSET_DELTA:
        base = at - _distance(file)
    elif kind == _NAMED_DELTA:
        file.read(20)
    begun = _bounded(_inflated(file, size + 64), size)
    made = size
    if kind in {_OFFSET_DELTA, _NAMED_DELTA}:
        made = _target(begun)
        if made > LARGEST_OBJECT:
            raise _broken("An object in it would become larger than 20 MiB.")
        budget.add_link(at, base, made)
    budget.add(at, size, made)


def _head(file: BinaryIO) -> tuple[int, int]:
    """The kind of an object, and the size that its stream has. Raises InvalidInput."""
    byte = _byte(file)
    kind, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & 0x80:
        byte = _byte(file)
        size |= (byte & 0x7F) << shift
        shift += 7
        if size > LARGEST_OBJECT or shift > 64:
            raise _broken("An object in it is larger than 20 MiB.")
    return kind, size


def _distance(file: BinaryIO) -> int:
    """How many bytes before a delta its base begins. Raises InvalidInput."""
    byte = _byte(file)
    distance = byte & 0x7F
    while byte & 0x80:
        byte = _byte(file)
        distance = (distance + 1 << 7) | (byte & 0x7F)
        if distance > LARGEST_MADE:
            raise _broken("A delta in it has no base.")
    return distance


def _inflated(file: BinaryIO, first: int) -> Iterator[bytes]:
    """Give the stream in pieces and leave the file right behind it. ``first``: so many bytes may do; many streams are short."""
    stream, waiting, piece = zlib.decompressobj(), b"", min(first, _PIECE)
    while not stream.eof:
        waiting = waiting or file.read(piece)
        piece = _PIECE
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
