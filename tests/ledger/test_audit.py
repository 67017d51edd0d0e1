"""The audit: whatever was altered behind the triggers' back is found, and the first bad row is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from sorahub.ledger import audit, checkpoints, entry, notes, record
from sorahub.ledger.models import Chain, Checkpoint, Event, PrivateText
from sorahub.lib import merkle, signing
from sorahub.lib.errors import Conflict, InvalidInput
from sorahub.lib.merkle import Frontier
from tests.database import unguarded
from tests.ledger.test_record import append

pytestmark = [pytest.mark.core, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def key_dir(settings: Any, tmp_path: Path) -> None:
    settings.KEY_DIR = tmp_path / "keys"


def force(sql: str, *values: int) -> None:
    """Change the ledger as somebody would who got past the triggers."""
    with unguarded(connection), connection.cursor() as cursor:
        cursor.execute(sql, values or None)


@contextmanager
def foreign_keys_off() -> Iterator[None]:
    """Let rows be deleted that others point to, as a superuser can."""
    postgresql = connection.vendor == "postgresql"
    off, on = (
        ("SET session_replication_role = replica", "SET session_replication_role = origin")
        if postgresql
        else ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON")
    )
    with connection.cursor() as cursor:
        cursor.execute(off)
    yield
    with connection.cursor() as cursor:
        cursor.execute(on)


def ledger() -> Chain:
    """Six events, with a checkpoint after four and after six."""
    for number in range(4):
        append(number)
    checkpoints.make(Chain.objects.of(None))
    append(4), append(5)
    checkpoints.make(Chain.objects.of(None))
    return Chain.objects.of(None)


def rewrite_from(seq: int) -> None:
    """Rewrite the tail consistently, head row included: the most a forger without the key can do."""
    chain, tree, head = Chain.objects.of(None), Frontier(), entry.START
    with unguarded(connection), connection.cursor() as cursor:
        for event in Event.objects.order_by("seq"):
            event.body = '{"forged":true}' if event.seq >= seq else event.body
            leaf = entry.leaf(record.text_of(event))
            head = entry.link(head, leaf)
            tree.append(leaf)
            pk = Event._meta.pk.get_db_prep_save(entry.identifier(event.at, leaf), connection)
            values = [pk, event.body, leaf.hex(), head.hex(), event.seq]
            sql = "UPDATE ledger_event SET id = %s, body = %s, leaf_hash = %s, link_hash = %s WHERE seq = %s"
            cursor.execute(sql, values)
    Chain.objects.filter(pk=chain.pk).update(head=head.hex(), peaks=tree.hex())


def test_an_untouched_ledger_is_sound() -> None:
    ledger()
    assert audit.verify() == []
    assert audit.verify(Chain.objects.of(None)) == []


@pytest.mark.parametrize(
    ("sql", "seq", "code"),
    [
        ("UPDATE ledger_event SET body = '{\"number\":9}' WHERE seq = 2", 2, "altered-event"),
        ("UPDATE ledger_event SET actor = NULL WHERE seq = 3", 3, "altered-event"),
        ("UPDATE ledger_event SET kind = 'clip.deleted' WHERE seq = 0", 0, "altered-event"),
        ("UPDATE ledger_event SET leaf_hash = link_hash WHERE seq = 1", 1, "altered-event"),
        ("UPDATE ledger_event SET link_hash = leaf_hash WHERE seq = 4", 4, "broken-link"),
        ("DELETE FROM ledger_event WHERE seq = 1", 1, "missing-event"),
        ("DELETE FROM ledger_event WHERE seq = 5", 5, "missing-event"),
        ("UPDATE ledger_event SET seq = 6 WHERE seq = 5", 5, "missing-event"),
        ("UPDATE ledger_chain SET peaks = ''", None, "wrong-head"),
        ("UPDATE ledger_chain SET size = 5", None, "wrong-head"),
        ("UPDATE ledger_checkpoint SET size = 3 WHERE size = 4", None, "bad-note"),
        ("UPDATE ledger_checkpoint SET signature = root || root WHERE size = 4", None, "bad-note"),
        ("UPDATE ledger_checkpoint SET note = 'nothing' WHERE size = 6", None, "bad-note"),
        ("UPDATE ledger_checkpoint SET key_id = 'another' WHERE size = 6", None, "bad-signature"),
    ],
)
def test_a_forced_change_is_found_and_the_first_bad_row_is_named(sql: str, seq: int | None, code: str) -> None:
    ledger()
    force(sql)
    fault = audit.verify()[0]
    assert (fault.chain, fault.seq, fault.code) == ("hub", seq, code)


def test_an_event_beyond_the_head_and_a_checkpoint_larger_than_the_log_are_found() -> None:
    chain = ledger()
    last = chain.events.get(seq=5)
    fourth = chain.events.get(seq=4)
    tree = Frontier()
    for event in chain.events.filter(seq__lt=5):
        tree.append(bytes.fromhex(event.leaf_hash))
    Chain.objects.filter(pk=chain.pk).update(size=5, head=fourth.link_hash, peaks=tree.hex())
    found = {fault.code: fault for fault in audit.verify()}
    assert set(found) == {"beyond-head", "checkpoint-beyond-head"}
    assert found["beyond-head"].row == str(last.pk)


def test_a_tail_rewritten_with_its_head_is_betrayed_by_the_signed_checkpoint() -> None:
    ledger()
    rewrite_from(5)
    (fault,) = audit.verify()
    assert fault.code == "disputed-by-checkpoint"
    assert "6 events" in fault.message


def test_copies_kept_elsewhere_betray_a_forger_who_removed_the_stored_checkpoints(tmp_path: Path) -> None:
    ledger()
    copy = tmp_path / "note.txt"
    copy.write_text(Checkpoint.objects.get(size=6).note, encoding="utf-8")
    force("DELETE FROM ledger_checkpoint")
    rewrite_from(2)
    assert audit.verify() == []
    (fault,) = audit.verify(notes=[copy.read_text(encoding="utf-8")])
    assert (fault.code, fault.row) == ("disputed-by-checkpoint", "note 1")
    with pytest.raises(CommandError, match="NOT sound: 1 fault"):
        call_command("verify_ledger", checkpoint=[copy])


def test_a_checkpoint_signed_by_a_key_of_another_time_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    append(1)
    signing.public_keys("ledger")
    checkpoint = checkpoints.make(Chain.objects.of(None))
    statement, key_hash, signature = notes.parse(checkpoint.note)
    assert audit.verify(notes=[checkpoint.note]) == []
    forged = checkpoint.note.replace("\n1\n", "\n2\n")
    assert audit.verify(notes=[forged])[0].code == "bad-signature"
    assert (statement.size, len(key_hash), len(signature)) == (1, 4, 64)
    signing.rotate("ledger")
    late = notes.Statement("hub", 1, statement.root, statement.head, timezone.now())
    old = signing.public_keys("ledger")[0]
    monkeypatch.setattr(signing, "_stored", lambda purpose, read=signing._stored: read(purpose)[:1])
    made = signing.sign("ledger", late.text().encode()).signature
    monkeypatch.undo()
    assert audit.verify(notes=[notes.signed(late, old.raw, made)])[0].code == "bad-signature"
    assert audit.verify() == []


def test_a_note_of_a_chain_that_is_gone_and_a_note_that_is_none() -> None:
    chain = ledger()
    note = Checkpoint.objects.get(size=4).note
    with unguarded(connection):
        for model in (Event, Checkpoint):
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608 (a model's own table)
        chain.delete()
    assert [fault.code for fault in audit.verify(notes=[note])] == ["missing-chain"]
    with pytest.raises(InvalidInput):
        audit.verify(notes=["good morning"])


def test_a_head_row_taken_from_under_its_events_is_missed() -> None:
    chain = ledger()
    with foreign_keys_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_chain")
    try:
        found = audit.verify()
        assert {(fault.chain, fault.code) for fault in found} == {(str(chain.pk), "missing-chain")}
    finally:
        chain.save(force_insert=True)
    assert audit.verify() == []


def test_altered_words_in_the_side_table_are_found() -> None:
    record.conceal("as she said")
    PrivateText.objects.update(text="as she never said")
    assert [fault.code for fault in audit.verify()] == ["altered-words"]


def test_the_command_counts_what_it_recomputed_and_names_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    ledger()
    call_command("verify_ledger")
    assert "The ledger is sound: 1 chains, 6 events, 2 checkpoints" in capsys.readouterr().out
    force("UPDATE ledger_event SET body = '{}' WHERE seq = 3")
    with pytest.raises(CommandError, match="NOT sound"):
        call_command("verify_ledger", chain="hub")
    assert "hub, event 3: the event does not have the hash" in capsys.readouterr().err


@pytest.mark.parametrize("count", [1, 2, 5, 6])
def test_inclusion_and_consistency_proofs_fit_the_signed_root(count: int) -> None:
    from_four = ledger().checkpoints.get(size=4)
    newest = from_four.chain.checkpoints.get(size=6)
    events = list(Event.objects.order_by("seq")[:count])
    for event in events:
        path = checkpoints.inclusion(event, newest)
        assert merkle.verify_inclusion(bytes.fromhex(event.leaf_hash), event.seq, 6, path, bytes.fromhex(newest.root))
    path = checkpoints.consistency(from_four, newest)
    roots = (bytes.fromhex(from_four.root), bytes.fromhex(newest.root))
    assert merkle.verify_consistency(4, 6, path, *roots)


def test_an_unchanged_chain_keeps_its_checkpoint_until_the_key_changes() -> None:
    chain = ledger()
    newest = chain.checkpoints.get(size=6)
    assert checkpoints.make(chain) == newest
    signing.rotate("ledger")
    assert checkpoints.make(chain) != newest
    assert [row.size for row in checkpoints.make_all()] == [6]
    assert audit.verify() == []


def test_an_event_younger_than_the_checkpoint_has_no_proof() -> None:
    chain = ledger()
    with pytest.raises(Conflict, match="Event 5"):
        checkpoints.inclusion(chain.events.get(seq=5), chain.checkpoints.get(size=4))
