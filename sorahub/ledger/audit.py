"""Recomputing the ledger: every entry, leaf, link, root and signature, reading each row once and keeping none.

What a recomputation alone cannot see is a tail that was rewritten together with the head row by somebody who got past
the triggers: the signed checkpoints show that, and copies of them kept elsewhere (``notes``) show it even when the
stored ones were removed too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

from django.db.models import F

from sorahub.ledger import entry, statements
from sorahub.ledger.models import Chain, Checkpoint, Event, PrivateText
from sorahub.ledger.record import salted
from sorahub.ledger.statements import Claim
from sorahub.lib.merkle import Frontier

CHUNK = 2000
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

    def faults(self) -> Iterator[Fault]:
        """Yield the faults in the order in which they are met; stop at the first bad event."""
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
        events = Event.objects.filter(chain=self.chain, seq__lt=self.chain.size).order_by("seq")
        return events.values_list(*COLUMNS).iterator(chunk_size=CHUNK)

    def _step(self, row: Row) -> Fault | None:
        seq, at, kind, actor, subject_type, subject_id, body, leaf_hash, link_hash, pk = row
        if seq != self.tree.size:
            return self._missing(pk, seq)
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
        self.head = entry.link(self.head, leaf)
        if self.head.hex() != link_hash:
            return self._fault(pk, "broken-link", "the event does not follow the one before it")
        self.tree.append(leaf)
        return None

    def _missing(self, pk: object, seq: int) -> Fault:
        message = f"the event is missing; the next one there is {seq}"
        return self._fault(pk, "missing-event", message)

    def _at_the_end(self) -> Iterator[Fault]:
        chain = self.chain
        if self.tree.size != chain.size:
            message = f"the event is missing; the chain should have {chain.size}"
            yield self._fault(chain.pk, "missing-event", message)
        elif (self.head.hex(), self.tree.hex()) != (chain.head, chain.peaks):
            message = "the head row does not state the last link and peaks of its events"
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


def _orphans() -> Iterator[Fault]:
    """Find events and checkpoints whose chain's head row was taken away from under them."""
    known = Chain.objects.values("pk")
    for model in (Event, Checkpoint):
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
