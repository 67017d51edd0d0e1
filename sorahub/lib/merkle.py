"""Merkle trees as RFC 9162 section 2.1 defines them: roots, inclusion and consistency proofs, over streams of leaf hashes.

Memory stays flat: a tree of any size is held as the roots of its perfect subtrees, at most one per bit of its size.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Self, TypeAlias

EMPTY_ROOT = sha256(b"").digest()
Range: TypeAlias = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """Hash one entry as a leaf (RFC 9162: prefix 0x00)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children into their parent (RFC 9162: prefix 0x01)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A growing tree, kept as the roots of its perfect subtrees from the largest (left) to the smallest (right)."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self.peaks = list(peaks)
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.peaks)}")

    @classmethod
    def from_hex(cls, size: int, text: str) -> Self:
        """Read what ``hex`` wrote; ValueError when it cannot belong to a tree of that size."""
        return cls(size, (bytes.fromhex(word) for word in text.split()))

    def hex(self) -> str:
        """Return the peaks as words of hexadecimal digits."""
        return " ".join(peak.hex() for peak in self.peaks)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right end."""
        size, node, peaks = self.size, leaf, self.peaks
        while size & 1:
            node = sha256(b"\x01" + peaks.pop() + node).digest()
            size >>= 1
        peaks.append(node)
        self.size += 1

    def completing(self, leaf: bytes) -> dict[int, bytes]:
        """Add one leaf hash, and return by height the roots of the perfect subtrees that it completes (height 0: itself)."""
        completed = {0: leaf}
        for height in range(1, (self.size ^ (self.size + 1)).bit_length()):
            completed[height] = node_hash(self.peaks.pop(), completed[height - 1])
        self.peaks.append(completed[len(completed) - 1])
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the RFC 9162 root of the leaves so far."""
        return fold(self.peaks)


def fold(peaks: list[bytes]) -> bytes:
    """Join perfect subtrees, given from left to right, into one root; no subtree gives the root of the empty tree."""
    if not peaks:
        return EMPTY_ROOT
    node = peaks[-1]
    for peak in reversed(peaks[:-1]):
        node = node_hash(peak, node)
    return node


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def perfect_root(nodes: list[bytes]) -> bytes:
    """Return the root over a whole level of a perfect subtree: 1, 2, 4, 8 … nodes from left to right."""
    while len(nodes) > 1:
        nodes = [node_hash(left, right) for left, right in zip(nodes[::2], nodes[1::2], strict=True)]
    return nodes[0]


def inclusion_paths(leaves: Iterable[bytes], size: int, indexes: Iterable[int]) -> dict[int, list[bytes]]:
    """Return the inclusion proof of each index in the tree of the first ``size`` leaf hashes, in one pass over them.

    Raises IndexError for an index outside the tree and ValueError when the leaves end before ``size``.
    """
    wanted = {index: list(inclusion_ranges(index, size)) for index in indexes}
    hashes = range_hashes(leaves, size, {part for parts in wanted.values() for part in parts})
    return {index: [hashes[part] for part in parts] for index, parts in wanted.items()}


def consistency_path(leaves: Iterable[bytes], older: int, newer: int) -> list[bytes]:
    """Return the proof that the tree of ``older`` leaves is a prefix of that of ``newer``: RFC 9162 section 2.1.4.1."""
    if not 0 < older <= newer:
        raise IndexError(f"no consistency proof leads from {older} to {newer} leaves")
    parts = list(consistency_ranges(older, newer))
    hashes = range_hashes(leaves, newer, set(parts))
    return [hashes[part] for part in parts]


def split(size: int) -> int:
    """Return the largest power of two below ``size`` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> Iterator[Range]:
    """Yield the leaf ranges whose roots form the inclusion proof, from the leaf upwards."""
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} is not in a tree of {size} leaves")
    found: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    yield from reversed(found)


def consistency_ranges(older: int, newer: int) -> Iterator[Range]:
    """Yield the leaf ranges whose roots form the consistency proof, in the order of RFC 9162 (SUBPROOF)."""
    found: list[Range] = []
    start, end = 0, newer
    while older != end:
        middle = start + split(end - start)
        if older <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    if start > 0:
        found.append((start, end))
    yield from reversed(found)


def perfect_parts(part: Range) -> Iterator[Range]:
    """Cut a range of the tree into the perfect subtrees it consists of, from left to right."""
    start, end = part
    while start < end:
        width = 1 << ((end - start).bit_length() - 1)
        yield start, start + width
        start += width


def range_hashes(leaves: Iterable[bytes], size: int, ranges: set[Range]) -> dict[Range, bytes]:
    """Return the root of each range, reading ``size`` leaf hashes once."""
    parts = {part: list(perfect_parts(part)) for part in ranges}
    wanted = {piece for pieces in parts.values() for piece in pieces}
    found = {node: value for node, value in subtrees(leaves, size) if node in wanted}
    return {part: fold([found[piece] for piece in pieces]) for part, pieces in parts.items()}


def subtrees(leaves: Iterable[bytes], size: int) -> Iterator[tuple[Range, bytes]]:
    """Yield every perfect subtree of the first ``size`` leaf hashes as it is completed."""
    peaks: list[bytes] = []
    count = 0
    for count, leaf in zip(range(1, size + 1), leaves, strict=False):
        node, width, rest = leaf, 1, count - 1
        yield (count - 1, count), node
        while rest & 1:
            node, width, rest = node_hash(peaks.pop(), node), width * 2, rest >> 1
            yield (count - width, count), node
        peaks.append(node)
    if count < size:
        raise ValueError(f"the leaves end at {count}, before {size}")


def verify_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], expected: bytes) -> bool:
    """Say whether ``path`` proves that ``leaf`` is number ``index`` of ``size``: RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    node, position, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == expected


def verify_consistency(older: int, newer: int, path: list[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Say whether ``path`` proves that the older tree is a prefix of the newer: RFC 9162 section 2.1.4.2."""
    if older == newer:
        return not path and old_root == new_root
    if not 0 < older < newer or not path:
        return False
    nodes = [old_root, *path] if older & (older - 1) == 0 else path
    position, last = older - 1, newer - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, node)
        position, last = position >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root
