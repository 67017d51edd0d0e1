"""Roots of any part of a chain's Merkle tree, from some hundreds of rows: the kept subtrees, and the leaves at the edges."""

from collections.abc import Iterable
from typing import TypeAlias
from uuid import UUID

from sorahub.ledger.models import Event, Subtree
from sorahub.ledger.writing import TILE
from sorahub.lib import merkle
from sorahub.lib.errors import Conflict
from sorahub.lib.merkle import Range

Place: TypeAlias = tuple[int, int]
"""A height that is kept (0: leaves), and which tile of 256 hashes of that height."""


class Tiles:
    """Reads a chain's hashes by tiles, each once. Give it the chain's id; it sees what has been committed when it asks."""

    def __init__(self, chain: UUID) -> None:
        self.chain = chain
        self._read: dict[Place, list[str]] = {}

    def root(self, part: Range) -> bytes:
        """Return the root over the leaves of a part of the tree: ``(0, size)`` for the whole tree of that size.

        The part must consist of the tree's own subtrees, as the parts of proofs do. Raises Conflict (missing-hashes) when
        rows that the ledger must have are not there.
        """
        return merkle.fold([self._perfect(each) for each in merkle.perfect_parts(part)])

    def roots(self, parts: Iterable[Range]) -> list[bytes]:
        """Return the root of each part, in their order: a whole proof."""
        return [self.root(part) for part in parts]

    def _perfect(self, part: Range) -> bytes:
        start, end = part
        height = (end - start).bit_length() - 1
        kept = height - height % TILE
        first, count = start >> kept, 1 << (height - kept)
        tile = self._tile((kept, first >> TILE))
        begin = first & ((1 << TILE) - 1)
        hashes = tile[begin : begin + count]
        if len(hashes) != count:
            message = "The ledger lacks hashes that it must have: run manage.py verify_ledger."
            raise Conflict(message, code="missing-hashes")
        return merkle.perfect_root([bytes.fromhex(each) for each in hashes])

    def _tile(self, place: Place) -> list[str]:
        if place not in self._read:
            height, number = place
            first, last = number << TILE, (number + 1) << TILE
            self._read[place] = self._rows(height, first, last)
        return self._read[place]

    def _rows(self, height: int, first: int, last: int) -> list[str]:
        """The tile's hashes up to the first that is missing: behind a gap none is where it should be."""
        numbered = (
            Subtree.objects.filter(chain=self.chain, height=height, number__gte=first, number__lt=last)
            .order_by("number")
            .values_list("number", "root")
            if height
            else Event.objects.filter(chain=self.chain, seq__gte=first, seq__lt=last)
            .order_by("seq")
            .values_list("seq", "leaf_hash")
        )
        return [value for place, (number, value) in enumerate(numbered, first) if number == place]
