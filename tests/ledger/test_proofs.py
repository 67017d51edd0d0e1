"""Proofs from kept hashes: the same as from all leaves, and never a wrong one; what is kept wrongly is named."""

import random
from typing import Any

import pytest
from django.db import connection, transaction

from sorahub.ledger import audit, checkpoints, record
from sorahub.ledger.models import Chain, Event, Subtree
from sorahub.ledger.subtrees import Tiles
from sorahub.lib import merkle
from sorahub.lib.errors import Conflict
from tests.bench import tampering
from tests.database import unguarded
from tests.ledger.test_record import ACME, ALICE, subject

pytestmark = [pytest.mark.core, pytest.mark.django_db]
SIZE = 600


@pytest.fixture
def chain() -> Chain:
    """Six hundred events: two kept subtrees of 256, and a rest."""
    with transaction.atomic():
        for number in range(SIZE):
            record.append(kind="clip.downloaded", actor=ALICE, client=ACME, subject=subject(), body={"number": number})
            if number == 299:
                checkpoints.make(Chain.objects.of(ACME))
        checkpoints.make(Chain.objects.of(ACME))
    return Chain.objects.of(ACME)


def test_proofs_from_kept_hashes_are_those_from_all_leaves(chain: Chain) -> None:
    leaves = [bytes.fromhex(leaf) for leaf in Event.objects.order_by("seq").values_list("leaf_hash", flat=True)]
    assert list(Subtree.objects.values_list("height", "number")) == [(8, 0), (8, 1)]
    tiles = Tiles(chain.pk)
    for size in (1, 255, 256, 257, 511, 512, 513, SIZE):
        assert tiles.root((0, size)) == merkle.root(leaves[:size])
    older, newest = chain.checkpoints.all()
    wanted = [0, 255, 256, 511, 512, 599]
    made = checkpoints.inclusions([chain.events.get(seq=seq) for seq in wanted], newest)
    expected = merkle.inclusion_paths(leaves, SIZE, wanted)
    assert {Event.objects.get(pk=pk).seq: path for pk, path in made.items()} == expected
    assert checkpoints.consistency(older, newest) == merkle.consistency_path(leaves, 300, SIZE)
    assert audit.verify() == []


def test_a_kept_hash_that_is_wrong_proves_nothing_and_is_named(chain: Chain) -> None:
    older, newest = chain.checkpoints.all()
    with unguarded(connection), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_subtree SET root = (SELECT head FROM ledger_chain) WHERE number = 0")
    with pytest.raises(Conflict) as raised:
        checkpoints.inclusion(chain.events.get(seq=599), newest)
    assert raised.value.code == "disputed"
    with pytest.raises(Conflict, match="run manage"):
        checkpoints.consistency(older, newest)
    (fault,) = audit.verify()
    assert (fault.code, fault.row) == ("wrong-subtree", "8:0")
    assert "events 0 to 255" in str(fault)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("DELETE FROM ledger_subtree WHERE number = 1", "missing-subtree"),
        ("UPDATE ledger_subtree SET number = 2 WHERE number = 1", "missing-subtree"),
        ("UPDATE ledger_subtree SET height = 7 WHERE number = 1", "missing-subtree"),
    ],
)
def test_a_kept_hash_that_is_gone_is_named(chain: Chain, sql: str, code: str) -> None:
    with unguarded(connection), connection.cursor() as cursor:
        cursor.execute(sql)
    assert audit.verify()[0].code == code
    with pytest.raises(Conflict, match="lacks hashes"):
        checkpoints.inclusion(chain.events.get(seq=0), chain.checkpoints.get(size=SIZE))


def test_whatever_is_tampered_with_is_named_first_and_rightly(chain: Chain) -> None:
    chance = random.Random(9162)
    assert tampering.unnamed(chain, chance, 3 * len(tampering.WAYS)) == []
    assert audit.verify() == []


def test_an_id_follows_from_its_event_and_cannot_be_changed(chain: Chain) -> None:
    event = chain.events.get(seq=7)
    assert event.pk.version == 8
    assert event.pk.int >> 80 == int(event.at.timestamp() * 1000)
    older: Any = event.pk.int & ~(0xF << 76) | 7 << 76
    for changed in (event.pk.int ^ 1, older):
        with tampering.taken_back():
            tampering._set(event, "id", type(event.pk)(int=changed))
            (fault, *_) = audit.verify()
        assert (fault.seq, fault.code) == (7, "altered-event")
