"""Signed checkpoints, and proofs that an event, or an earlier checkpoint, is part of what a checkpoint states."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from sorahub.ledger import notes
from sorahub.ledger.models import Chain, Checkpoint, Event
from sorahub.lib import merkle, signing
from sorahub.lib.errors import Conflict
from sorahub.lib.merkle import Frontier


def make(chain: Chain) -> Checkpoint:
    """Sign the chain's present size, root, head and time, and keep it; an unchanged chain keeps its last checkpoint.

    Costs the same for a chain of any length.
    """
    with transaction.atomic():
        now = Chain.objects.select_for_update().get(pk=chain.pk)
        key = signing.public_keys("ledger")[-1]
        last = now.checkpoints.order_by("-size", "-at").first()
        if last and last.size == now.size and last.key_id == key.key_id:
            return last
        return _signed(now, key)


def make_all() -> list[Checkpoint]:
    """Make a checkpoint of every chain."""
    return [make(chain) for chain in Chain.objects.all()]


def inclusion(event: Event, checkpoint: Checkpoint) -> list[bytes]:
    """Return the RFC 9162 proof that the event is leaf ``event.seq`` of the tree the checkpoint states."""
    return inclusions([event], checkpoint)[event.pk]


def inclusions(events: Sequence[Event], checkpoint: Checkpoint) -> dict[UUID, list[bytes]]:
    """Return the proof of each event by its id, reading the chain once.

    Raises Conflict for an event of another chain or one younger than the checkpoint.
    """
    for event in events:
        if event.chain_id != checkpoint.chain_id or event.seq >= checkpoint.size:
            raise Conflict(f"Event {event.seq} is not covered by this checkpoint.", code="not-covered")
    paths = merkle.inclusion_paths(_leaves(checkpoint), checkpoint.size, [event.seq for event in events])
    return {event.pk: paths[event.seq] for event in events}


def consistency(older: Checkpoint, newer: Checkpoint) -> list[bytes]:
    """Return the RFC 9162 proof that the newer checkpoint only added to the older one (which is not empty)."""
    if older.chain_id != newer.chain_id or not 0 < older.size <= newer.size:
        raise Conflict("These two checkpoints do not follow each other in one chain.", code="not-covered")
    return merkle.consistency_path(_leaves(newer), older.size, newer.size)


def _leaves(checkpoint: Checkpoint) -> Iterator[bytes]:
    rows: Iterable[str] = (
        Event.objects.filter(chain=checkpoint.chain_id, seq__lt=checkpoint.size)
        .order_by("seq")
        .values_list("leaf_hash", flat=True)
        .iterator(chunk_size=5000)
    )
    return map(bytes.fromhex, rows)


def _signed(chain: Chain, key: signing.PublicKey) -> Checkpoint:
    root = Frontier.from_hex(chain.size, chain.peaks).root()
    statement = notes.Statement(chain.key, chain.size, root, bytes.fromhex(chain.head), timezone.now())
    signature = signing.sign("ledger", statement.text().encode())
    return Checkpoint.objects.create(
        chain=chain,
        size=statement.size,
        root=root.hex(),
        head=chain.head,
        at=statement.at,
        key_id=signature.key_id,
        signature=signature.signature.hex(),
        note=notes.signed(statement, key.raw, signature.signature),
    )
