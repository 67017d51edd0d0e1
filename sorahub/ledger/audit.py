"""Recomputing the ledger: every entry, leaf, link, root and signature, reading each row once and keeping none.

What a recomputation alone cannot see is a tail that was rewritten together with the head row by somebody who got past
the triggers: the signed checkpoints show that, and copies of them kept elsewhere (``notes``) show it even when the
stored ones were removed too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any, TypeAlias

from django.db.models import F, Q

from sorahub.ledger import entry, statements
from sorahub.ledger.models import Chain, Checkpoint, Event, PrivateText, Subtree, key_for
from sorahub.ledger.record import salted
from sorahub.ledger.statements import Claim
from sorahub.ledger.subtrees import Place
from sorahub.ledger.writing import TILE
from sorahub.lib.merkle import Frontier

CHUNK = 4096
TILE_SIZE = 1 << TILE
COLUMNS = ("seq", "at", "kind", "actor", "subject_type", "subject_id", "body", "leaf_hash", "link_hash", "id")
Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True)
class Fault:
    """Something wrong: in which chain, at which event (None: not at one), which row, a stable code and words."""

    chain: str
    seq: int | None
    row: str
    code: str
    message: str

    def __str__(self) -> str:
        place = self.chain if self.seq is None else f"{self.chain}, event {self.seq}"
        return f"{place}: {self.message} [{self.code}, row {self.row}]"


def verify(chain: Chain | None = None, *, notes: Sequence[str] = ()) -> list[Fault]:
    """Recompute one chain, or all, and return what is wrong; an empty list means sound.

    Of each chain's events the first bad row is named; what follows it cannot be judged. ``notes`` are copies of signed
    checkpoints kept outside the database. Without ``chain`` the side table of concealed words is checked as well.
    """
    chains: Iterable[Chain] = Chain.objects.order_by("key") if chain is None else Chain.objects.filter(pk=chain.pk)
    faults = [fault for each in chains for fault in _verify_chain(each, notes)]
    return faults if chain else [*faults, *_orphans(), *_unknown_chains(notes), *_altered_words()]


def _verify_chain(chain: Chain, notes: Sequence[str]) -> Iterator[Fault]:
    claims, unfit = statements.claims(chain, notes)
    yield from (Fault(chain.key, None, claim.row, claim.problem, claim.message) for claim in unfit)
    walk = _Walk(chain, claims)
    yield from walk.faults()
    yield from _beyond(chain)


class _Walk:
    """One pass over a chain's events, comparing with each signed claim when its size is reached."""

    def __init__(self, chain: Chain, claims: list[Claim]) -> None:
        self.chain = chain
        self.claims = {size: list(group) for size, group in groupby(claims, key=lambda claim: claim.size)}
        self.tree = Frontier()
        self.head = entry.START
        self.kept: dict[Place, str] = {}
        self.beside: list[Fault] = []

    def faults(self) -> Iterator[Fault]:
        """Yield the faults of events in the order in which they are met, up to the first; then those of kept hashes."""
        yield from self._in_order()
        yield from self.beside

    def _in_order(self) -> Iterator[Fault]:
        yield from self._disputed()
        for row in self._rows():
            fault = self._step(row)
            if fault:
                yield fault
                return
            if self.tree.size in self.claims:
                yield from self._disputed()
        yield from self._at_the_end()

    def _rows(self) -> Iterator[Row]:
        """Read by short statements, so that no long transaction keeps the database from cleaning up behind it."""
        for first in range(0, self.chain.size, CHUNK):
            last = min(first + CHUNK, self.chain.size)
            self.kept = self._subtrees(first, last)
            events = Event.objects.filter(chain=self.chain, seq__gte=first, seq__lt=last).order_by("seq")
            yield from events.values_list(*COLUMNS)

    def _subtrees(self, first: int, last: int) -> dict[Place, str]:
        """The kept subtrees that end among these events."""
        heights = [height for height in range(TILE, last.bit_length(), TILE) if first >> height < last >> height]
        ending = [Q(height=each, number__gte=first >> each, number__lt=last >> each) for each in heights]
        if not ending:
            return {}
        rows = Subtree.objects.filter(reduce(or_, ending), chain=self.chain).order_by()
        return {(height, number): root for height, number, root in rows.values_list("height", "number", "root")}

    def _step(self, row: Row) -> Fault | None:
        seq, at, kind, actor, subject_type, subject_id, body, leaf_hash, link_hash, pk = row
        if seq != self.tree.size:
            return self._misplaced(pk, seq)
        text = entry.text(
            chain=self.chain.key,
            seq=seq,
            at=at,
            kind=kind,
            actor=actor,
            subject_type=subject_type,
            subject_id=subject_id,
            body=body,
        )
        leaf = entry.leaf(text)
        if leaf.hex() != leaf_hash:
            return self._fault(pk, "altered-event", "the event does not have the hash that was stored with it")
        if not entry.identifies(pk, at, leaf):
            return self._fault(pk, "altered-event", "the event does not have the id that follows from its hash")
        self.head = entry.link(self.head, leaf)
        if self.head.hex() != link_hash:
            return self._fault(pk, "broken-link", "the event does not follow the one before it")
        if (seq + 1) % TILE_SIZE:
            self.tree.append(leaf)
        else:
            self._compare(seq, self.tree.completing(leaf))
        return None

    def _compare(self, seq: int, completed: dict[int, bytes]) -> None:
        """Look at the kept subtrees that end with this event; what is wrong with them stops nothing."""
        for height in range(TILE, len(completed), TILE):
            number = seq >> height
            found = self.kept.get((height, number))
            if found != completed[height].hex():
                code, words = ("missing-subtree", "is missing") if found is None else ("wrong-subtree", "is wrong")
                message = f"the hash kept for events {number << height} to {seq} {words}"
                self.beside.append(Fault(self.chain.key, None, f"{height}:{number}", code, message))

    def _misplaced(self, pk: object, seq: int) -> Fault:
        if seq < self.tree.size:
            return Fault(self.chain.key, seq, str(pk), "added-event", "there is another event with this number")
        message = f"the event is missing; the next one there is {seq}"
        return self._fault(pk, "missing-event", message)

    def _at_the_end(self) -> Iterator[Fault]:
        chain = self.chain
        if self.tree.size != chain.size:
            message = f"the event is missing; the chain should have {chain.size}"
            yield self._fault(chain.pk, "missing-event", message)
        elif (self.head.hex(), self.tree.hex(), chain.key) != (chain.head, chain.peaks, key_for(chain.client_id)):
            message = "the head row does not state the last link and peaks of its events, or another client"
            yield Fault(chain.key, None, str(chain.pk), "wrong-head", message)

    def _disputed(self) -> Iterator[Fault]:
        here = (self.tree.root(), self.head)
        for claim in self.claims.get(self.tree.size, ()):
            if (claim.root, claim.head) != here:
                message = f"the signed checkpoint of {claim.size} events states another root or last link"
                yield Fault(self.chain.key, None, claim.row, "disputed-by-checkpoint", message)

    def _fault(self, pk: object, code: str, message: str) -> Fault:
        return Fault(self.chain.key, self.tree.size, str(pk), code, message)


def _beyond(chain: Chain) -> Iterator[Fault]:
    """Find rows past the head, each by one statement, so that appending meanwhile is not mistaken for a fault."""
    event = Event.objects.filter(chain=chain, seq__gte=F("chain__size")).order_by("seq").first()
    if event:
        message = "the event lies beyond the size that the head row states"
        yield Fault(chain.key, event.seq, str(event.pk), "beyond-head", message)
    checkpoint = Checkpoint.objects.filter(chain=chain, size__gt=F("chain__size")).order_by("size").first()
    if checkpoint:
        message = f"a checkpoint was signed over {checkpoint.size} events: the tail has been cut off"
        yield Fault(chain.key, None, str(checkpoint.pk), "checkpoint-beyond-head", message)
    yield from _subtrees_beyond(chain)


def _subtrees_beyond(chain: Chain) -> Iterator[Fault]:
    beyond = reduce(or_, (Q(height=each, number__gte=chain.size >> each) for each in range(0, 64, TILE)))
    strange = ~Q(height__in=range(TILE, 64, TILE))
    rows = list(Subtree.objects.filter(beyond | strange, chain=chain)[:CHUNK])
    size = (
        Chain.objects.get(pk=chain.pk).size if rows else 0
    )  # read after them: what was appended meanwhile is no fault
    for row in rows:
        if row.height % TILE or not row.height or (row.number + 1) << row.height > size:
            message = "a hash is kept of events that the chain does not have"
            yield Fault(chain.key, None, f"{row.height}:{row.number}", "subtree-beyond-head", message)


def _orphans() -> Iterator[Fault]:
    """Find events and checkpoints whose chain's head row was taken away from under them."""
    known = Chain.objects.values("pk")
    for model in (Event, Checkpoint, Subtree):
        for row, key in model.objects.exclude(chain_id__in=known).order_by().values_list("pk", "chain_id")[:1]:
            message = f"the chain {key} that it belongs to is not there"
            yield Fault(str(key), None, str(row), "missing-chain", message)


def _unknown_chains(notes: Sequence[str]) -> Iterator[Fault]:
    known = set(Chain.objects.values_list("key", flat=True))
    for key in statements.chains_of(notes):
        if key not in known:
            yield Fault(key, None, "note", "missing-chain", "a checkpoint was signed over a chain that is not there")


def _altered_words() -> Iterator[Fault]:
    for row in PrivateText.objects.iterator(chunk_size=CHUNK):
        if salted(bytes.fromhex(row.salt), row.text) != row.digest:
            message = "the words do not have the hash under which they are kept"
            yield Fault("private text", None, str(row.pk), "altered-words", message)
