"""Copies of checkpoints outside the database, and what they betray: through the commands, on a real database and real files."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from sorahub.accounts import tasks
from sorahub.doctoring import data
from sorahub.doctoring.finding import Health
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.runner import drain
from sorahub.ledger import audit, checkpoints, copies, watch
from sorahub.ledger.models import Chain, Checkpoint, CheckpointCopy, Event
from sorahub.lib import read_only, signing
from sorahub.lib.errors import Unavailable
from sorahub.lib.merkle import Frontier
from tests.database import unguarded
from tests.ledger.test_audit import force, ledger, rewrite_from
from tests.ledger.test_record import append
from tests.people import Agency

pytestmark = [pytest.mark.core, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def places(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Keys of their own, and a folder for copies; the watch is on."""
    settings.KEY_DIR = tmp_path / "keys"
    settings.CHECKPOINT_DIR = str(tmp_path / "copies")
    settings.RESTORE_WATCH = True
    Path(settings.CHECKPOINT_DIR).mkdir()
    yield Path(settings.CHECKPOINT_DIR)
    read_only.lift()


def verified(*copies: Path) -> tuple[int, str]:
    """Run the command; how many faults it counted, and what it said of them."""
    said = StringIO()
    try:
        call_command("verify_ledger", checkpoint=list(copies), stdout=StringIO(), stderr=said)
    except CommandError as error:
        return int(str(error).split(": ")[1].split()[0]), said.getvalue()
    return 0, said.getvalue()


def copied() -> None:
    """The schedule, and the jobs that it begins."""
    tasks.carry_away()
    drain()


@pytest.fixture
def saved(places: Path) -> Path:
    """A ledger of six events whose copies were carried away."""
    ledger()
    copied()
    assert verified(places) == (0, "")
    return places


def test_case_16_an_altered_row_is_named(saved: Path) -> None:
    force("UPDATE ledger_event SET body = '{\"number\":9}' WHERE seq = 2")
    count, words = verified()
    assert count == 1
    assert "hub, event 2: the event does not have the hash" in words


def test_case_16_a_deleted_row_is_named(saved: Path) -> None:
    force("DELETE FROM ledger_event WHERE seq = 3")
    count, words = verified()
    assert count == 1
    assert "hub, event 3: the event is missing; the next one there is 4" in words


def test_case_16_a_truncated_tail_is_betrayed_by_a_saved_checkpoint(saved: Path) -> None:
    cut_to(4)
    assert verified()[0] == 0, "alone, the shortened ledger looks whole"
    count, words = verified(saved)
    assert count == 1
    assert "a checkpoint was signed over 6 events, the chain has 4 [checkpoint-beyond-head" in words


def test_case_16_a_log_rebuilt_from_the_start_is_betrayed_by_a_saved_checkpoint(saved: Path) -> None:
    force("DELETE FROM ledger_checkpointcopy")
    force("DELETE FROM ledger_checkpoint")
    rewrite_from(0)
    assert verified()[0] == 0, "alone, the rebuilt ledger looks whole"
    count, words = verified(saved)
    assert count == 1
    assert "the signed checkpoint of 6 events states another root" in words


def cut_to(size: int) -> None:
    """Put the database back to what it was at the checkpoint of that size: what restoring an older backup does."""
    stated = Checkpoint.objects.get(size=size)
    tree = Frontier()
    for leaf in Event.objects.filter(seq__lt=size).order_by("seq").values_list("leaf_hash", flat=True):
        tree.append(bytes.fromhex(leaf))
    force("DELETE FROM ledger_checkpointcopy")
    force("DELETE FROM ledger_checkpoint WHERE size > %s", size)
    force("DELETE FROM ledger_event WHERE seq >= %s", size)
    Chain.objects.update(size=size, head=stated.head, peaks=tree.hex())


def test_case_24_an_older_database_makes_the_hub_read_only_until_it_is_accepted(
    saved: Path, agency: Agency, client: Browser
) -> None:
    client.force_login(agency.ada)
    cut_to(4)
    watch._looked.clear()  # as in a process that starts now
    page = client.get("/clients/")
    assert page.status_code == 200
    assert "read-only: the database is older than what was signed" in page.content.decode()
    count = Event.objects.count()
    refused = client.post("/api/v1/clients/", {"name": "Late"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (503, "read-only")
    assert client.post("/clients/", {"name": "Late"}).status_code == 503
    assert "read-only" in client.post("/admin/accounts/client/add/", {"name": "Late"}).content.decode()
    with pytest.raises(read_only.ReadOnly, match="the chain of the hub has 4 events, 6 were signed"):
        append(7)
    with pytest.raises(read_only.ReadOnly):
        checkpoints.make_all()
    Job.objects.update(state=JobState.QUEUED, attempt=0)
    assert drain(1) == 1
    assert not Job.objects.exclude(state=JobState.QUEUED).exists(), "jobs wait"
    assert data.restored().health == Health.FAULT
    assert (Event.objects.count(), agency.north.__class__.objects.filter(name="Late").count()) == (count, 0)
    with pytest.raises(CommandError, match="may not"):
        call_command("accept_restore", actor=agency.lena.email, reason="The disk died.")
    said = StringIO()
    call_command("accept_restore", actor=agency.ada.email, reason="The disk died.", stdout=said)
    assert "Accepted: the chain of the hub has 4 events, 6 were signed" in said.getvalue()
    told = Event.objects.get(kind="ledger.restore_accepted")
    assert (told.seq, told.actor, "died" in told.body) == (4, agency.ada.pk, False)
    assert client.post("/api/v1/clients/", {"name": "Late"}, content_type="application/json").status_code == 201
    copied()
    assert watch.look(thorough=True) == []
    assert data.restored().health == Health.OK
    assert verified(saved)[0] > 0, "whoever holds an old copy is told still"


def test_case_24_another_history_of_the_same_length_is_noticed(saved: Path) -> None:
    force("DELETE FROM ledger_checkpointcopy")
    force("DELETE FROM ledger_checkpoint")
    rewrite_from(1)
    (first, second) = watch.look()
    assert {first.file.parent, second.file.parent} == {saved, saved.parent / "keys" / "checkpoints"}
    assert "the first 6 events of the hub are not those that were signed" in (read_only.reason() or "")


def test_a_chain_that_is_not_there_any_more_is_noticed(saved: Path) -> None:
    with unguarded(connection):
        for table in ("ledger_checkpointcopy", "ledger_checkpoint", "ledger_event", "ledger_chain"):
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 (a table of the list above)
    assert "there is no chain of the hub, of which 6 events were signed" in str(watch.look()[0])


def test_a_copy_that_no_key_of_ours_signed_stops_nothing_but_is_told(saved: Path) -> None:
    other = next(saved.iterdir())
    other.write_text(other.read_text(encoding="utf-8").replace("\n6\n", "\n9\n"), encoding="utf-8")
    assert watch.look(thorough=True) == []
    assert watch.unfit() == [other]
    assert data.restored().health == Health.WARNING


def test_copies_go_to_the_folder_and_by_mail_and_beside_the_keys(settings: Any, places: Path) -> None:
    settings.CHECKPOINT_MAIL = ("keeper@example.com", "notary@example.org")
    ledger()
    copied()
    newest = Checkpoint.objects.get(size=6)
    (file,) = places.iterdir()
    assert file.read_text(encoding="utf-8") == newest.note
    assert (settings.KEY_DIR / "checkpoints" / "hub.note").read_text(encoding="utf-8") == newest.note
    (sent,) = mail.outbox
    assert sent.to == ["keeper@example.com", "notary@example.org"]
    assert [attached[1] for attached in sent.attachments] == [newest.note.encode()]
    assert set(CheckpointCopy.objects.values_list("checkpoint", "place")) == {
        (newest.pk, place) for place in ("keys", "folder", "mail")
    }
    copied()
    assert (len(mail.outbox), len(list(places.iterdir()))) == (1, 1), "each once"


def test_a_copy_waits_for_mail_that_is_down_and_doctor_tells(settings: Any, places: Path) -> None:
    settings.CHECKPOINT_MAIL = ("keeper@example.com",)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ledger()
    copied()
    assert [each.place for each in CheckpointCopy.objects.all()] == ["keys", "folder"], "the others went"
    job = Job.objects.get(payload__place="mail")
    assert (job.state, job.error_code) == (JobState.QUEUED, "checkpoint-copy")
    tasks.carry_away()
    assert Job.objects.filter(payload__place="mail").count() == 1, "one job waits, not one each minute"
    assert data.checkpoint_copies().health == Health.OK, "late is more than two hours"
    (overdue,) = copies.late(timezone.now() + timedelta(hours=3))
    assert overdue.place == "mail"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Job.objects.update(run_at=timezone.now())
    drain()
    assert len(mail.outbox) == 1
    assert copies.late(timezone.now() + timedelta(hours=3)) == []


def test_a_mount_that_is_away_is_not_made_up(settings: Any, tmp_path: Path) -> None:
    settings.CHECKPOINT_DIR = str(tmp_path / "mount")
    ledger()
    with pytest.raises(Unavailable, match="mount"):
        copies.copy(CheckpointCopy.Place.FOLDER)
    assert not (tmp_path / "mount").exists()
    assert CheckpointCopy.objects.count() == 0


def test_events_that_no_checkpoint_states_are_late_after_two_hours() -> None:
    append(1)
    assert [each.place for each in copies.late(timezone.now() + timedelta(hours=3))] == ["checkpoint"]
    assert tasks.state_what_is_there() == {"checkpoints": 1}
    assert copies.late(timezone.now()) == []


def test_a_key_is_rotated_by_command_and_the_ledger_tells(agency: Agency, client: Browser) -> None:
    append(1)
    before = signing.public_keys("ledger")[-1]
    call_command("rotate_key", "ledger", actor=agency.ada.email, stdout=StringIO())
    old, new = signing.public_keys("ledger")
    assert old.key_id == before.key_id
    event = Event.objects.get(kind="key.rotated")
    assert (new.key_id in event.body, event.actor) == (True, agency.ada.pk)
    assert Checkpoint.objects.latest("at").key_id == new.key_id
    assert audit.verify() == []
    with pytest.raises(CommandError, match="may not"):
        call_command("rotate_key", "ledger", actor=agency.alice.email)
    assert len(signing.public_keys("ledger")) == 2
    answer = client.get("/.well-known/sorahub-keys.json")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=3600")
    listed = {key["key_id"]: key for key in answer.json()["keys"]}
    assert (listed[old.key_id]["valid_to"], listed[new.key_id]["valid_to"]) == (
        new.valid_from.isoformat(timespec="microseconds"),
        None,
    )
