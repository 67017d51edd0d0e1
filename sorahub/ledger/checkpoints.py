"""Signed checkpoints, and proofs that an event, or an earlier checkpoint, is part of what a checkpoint states."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from sorahub.ledger import notes, watch
from sorahub.ledger.models import Chain, Checkpoint, Event
from sorahub.ledger.subtrees import Tiles
from sorahub.lib import merkle, read_only, signing
from sorahub.lib.errors import Conflict
from sorahub.lib.merkle import Frontier


def make(chain: Chain) -> Checkpoint:
    """Sign the chain's present size, root, head and time, and keep it; an unchanged chain keeps its last checkpoint.

    Costs the same for a chain of any length. Raises ReadOnly while the hub takes no changes: a second history is never signed.
    """
    watch.at_start()
    read_only.require_writable()
    with transaction.atomic():
        now = Chain.objects.select_for_update().get(pk=chain.pk)
        key = signing.public_keys("ledger")[-1]
        last = now.checkpoints.order_by("-size", "-at").first()
        if last and last.size == now.size and last.key_id == key.key_id:
            return last
        return _signed(now, key)


def make_all() -> list[Checkpoint]:
    """Make a checkpoint of every chain, after looking whether the database is still the one that was signed. Raises ReadOnly."""
    watch.look()
    return [make(chain) for chain in Chain.objects.all()]


def inclusion(event: Event, checkpoint: Checkpoint) -> list[bytes]:
    """Return the RFC 9162 proof that the event is leaf ``event.seq`` of the tree the checkpoint states."""
    return inclusions([event], checkpoint)[event.pk]


def inclusions(events: Sequence[Event], checkpoint: Checkpoint) -> dict[UUID, list[bytes]]:
    """Return the proof of each event by its id. Each was tried: it leads from the event's leaf to the signed root.

    Raises Conflict for an event of another chain or one younger than the checkpoint (not-covered), and when the stored
    hashes do not lead to the root (disputed).
    """
    tiles = Tiles(checkpoint.chain_id)
    return {event.pk: _inclusion(event, checkpoint, tiles) for event in events}


def consistency(older: Checkpoint, newer: Checkpoint) -> list[bytes]:
    """Return the RFC 9162 proof that the newer checkpoint only added to the older one (which is not empty). It was tried.

    Raises Conflict for checkpoints that do not follow each other, and when the stored hashes do not prove it (disputed).
    """
    if older.chain_id != newer.chain_id or not 0 < older.size <= newer.size:
        raise Conflict("These two checkpoints do not follow each other in one chain.", code="not-covered")
    path = Tiles(newer.chain_id).roots(merkle.consistency_ranges(older.size, newer.size))
    roots = (bytes.fromhex(older.root), bytes.fromhex(newer.root))
    if not merkle.verify_consistency(older.size, newer.size, path, *roots):
        raise _disputed()
    return path


def _inclusion(event: Event, checkpoint: Checkpoint, tiles: Tiles) -> list[bytes]:
    if event.chain_id != checkpoint.chain_id or event.seq >= checkpoint.size:
        raise Conflict(f"Event {event.seq} is not covered by this checkpoint.", code="not-covered")
    path = tiles.roots(merkle.inclusion_ranges(event.seq, checkpoint.size))
    leaf, root = bytes.fromhex(event.leaf_hash), bytes.fromhex(checkpoint.root)
    if not merkle.verify_inclusion(leaf, event.seq, checkpoint.size, path, root):
        raise _disputed()
    return path


def _disputed() -> Conflict:
    message = "The ledger's stored hashes do not lead to the root that was signed: run manage.py verify_ledger."
    return Conflict(message, code="disputed")


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
