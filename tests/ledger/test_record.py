"""Appending: what is hashed, who may be named, and what happens when two append at once."""

import hashlib
import json
import threading
from uuid import UUID

import pytest
from django.db import connection, transaction

from sorahub.ledger import audit, checkpoints, record
from sorahub.ledger.models import Chain, Event, PrivateText
from sorahub.lib.errors import InvalidInput
from sorahub.lib.ids import uuid7

ALICE, ACME = uuid7(), uuid7()


def subject() -> Chain:
    """Any row with a UUID will do as what an event is about."""
    return Chain(id=UUID(int=7))


def append(number: int, client: UUID | None = None) -> Event:
    with transaction.atomic():
        return record.append(
            kind="clip.downloaded", actor=ALICE, client=client, subject=subject(), body={"number": number, "name": "ß"}
        )


@pytest.mark.core
@pytest.mark.django_db
def test_an_event_is_hashed_as_the_canonical_json_of_its_entry() -> None:
    first, second = append(1, ACME), append(2, ACME)
    at = second.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    entry = (
        f'{{"actor":"{ALICE}","at":"{at}","body":{{"name":"ß","number":2}},"chain":"{ACME}","kind":"clip.downloaded",'
        f'"seq":1,"subject":{{"id":"{UUID(int=7)}","type":"ledger.chain"}}}}'
    )
    leaf = hashlib.sha256(b"\x00" + entry.encode()).digest()
    link = hashlib.sha256(b"\x02" + bytes.fromhex(first.link_hash) + leaf).hexdigest()
    stored = Event.objects.get(pk=second.pk)
    assert record.text_of(stored) == entry
    assert (stored.leaf_hash, stored.link_hash, stored.seq) == (leaf.hex(), link, 1)


@pytest.mark.core
@pytest.mark.django_db
def test_each_client_has_a_chain_and_the_hub_has_one() -> None:
    append(1), append(2, ACME), append(3, ACME)
    sizes = dict(Chain.objects.values_list("key", "size"))
    assert sizes == {"hub": 1, str(ACME): 2}
    chain = Chain.objects.of(ACME)
    assert chain.client_id == ACME
    assert chain.head == chain.events.get(seq=1).link_hash


@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_appending_outside_a_transaction_is_refused_and_leaves_nothing() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        record.append(kind="a.b", actor=None, client=None, subject=subject(), body={})
    assert (Chain.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.core
@pytest.mark.django_db(transaction=True)
def test_what_the_transaction_takes_back_was_never_appended() -> None:
    append(1)
    with pytest.raises(RuntimeError), transaction.atomic():
        record.append(kind="a.b", actor=None, client=None, subject=subject(), body={})
        raise RuntimeError("the cause fails after all")
    append(2)
    assert list(Event.objects.values_list("seq", flat=True)) == [0, 1]
    assert audit.verify() == []


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["", "Decision.made", "decision", "decision made", "decision." + "x" * 80])
def test_a_malformed_kind_is_refused(kind: str) -> None:
    with pytest.raises(InvalidInput), transaction.atomic():
        record.append(kind=kind, actor=None, client=None, subject=subject(), body={})
    assert not Event.objects.exists()


@pytest.mark.core
@pytest.mark.django_db
def test_a_persons_words_stay_out_of_the_chain_and_can_be_erased() -> None:
    concealed = record.conceal("Carol Example asked for it")
    assert record.conceal("Carol Example asked for it") != concealed, "salted: equal words do not show"
    with transaction.atomic():
        event = record.append(kind="prompt.made", actor=None, client=None, subject=subject(), body={"text": concealed})
    assert "Carol" not in json.dumps(list(Event.objects.values("body")))
    assert record.reveal(concealed) == "Carol Example asked for it"
    assert record.erase(concealed) is True
    assert record.reveal(concealed) is None
    assert record.erase(concealed) is False
    assert audit.verify() == []
    assert json.loads(Event.objects.get(pk=event.pk).body) == {"text": concealed}
    assert PrivateText.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_threads_appending_at_once_make_one_unbroken_chain() -> None:
    start = threading.Barrier(8)

    def work(number: int) -> None:
        try:
            start.wait()
            for turn in range(10):
                append(number * 100 + turn, ACME)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(Event.objects.values_list("seq", flat=True)) == list(range(80))
    bodies = {json.loads(body)["number"] for body in Event.objects.values_list("body", flat=True)}
    assert bodies == {number * 100 + turn for number in range(8) for turn in range(10)}
    checkpoints.make(Chain.objects.of(ACME))
    assert audit.verify() == []
