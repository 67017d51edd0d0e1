"""The doctor finds what is wrong and says how to mend it."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from generations.sandbox.tsa import Mode
from sorahub.doctoring import data, processes, stamps
from sorahub.doctoring.finding import Health
from sorahub.ledger import timestamps, triggers
from tests.ledger.authorities import authority

pytestmark = pytest.mark.django_db


def test_a_sound_database_is_called_sound() -> None:
    assert data.database().health == Health.OK
    assert data.guard_triggers().health == Health.OK


def test_a_missing_trigger_is_a_fault_with_its_mend() -> None:
    triggers.remove(connection, ["ledger_event"])
    finding = data.guard_triggers()
    assert finding.health == Health.FAULT
    assert "migrate" in finding.mend


def test_a_folder_that_cannot_be_written_is_a_fault(settings: Settings, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    settings.MEDIA_ROOT = blocked
    assert data.storage().health == Health.FAULT


def test_a_key_that_others_may_read_is_worth_a_warning(settings: Settings, tmp_path: Path) -> None:
    settings.KEY_DIR = tmp_path
    assert data.keys().health == Health.OK
    next(path for path in tmp_path.iterdir() if path.is_file()).chmod(0o644)
    finding = data.keys()
    assert finding.health == Health.WARNING
    assert "chmod 600" in finding.mend


def test_a_short_secret_is_a_fault(settings: Settings) -> None:
    settings.SECRET_KEY = "short"
    assert data.secret_key().health == Health.FAULT


def test_the_media_process_is_confined_and_the_clock_agrees() -> None:
    assert processes.media_child().health == Health.OK
    assert processes.clock().health == Health.OK


def test_mail_that_nobody_takes_is_a_fault(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert processes.mail().health == Health.FAULT


def test_the_command_exits_with_trouble_when_something_is_broken(settings: Settings) -> None:
    settings.SECRET_KEY = "short"
    told = StringIO()
    with pytest.raises(CommandError, match="examinations failed"):
        call_command("doctor", stdout=told)
    assert "FAULT    secrets" in told.getvalue()
    assert "→ Set SORAHUB_SECRET_KEY" in told.getvalue()


def test_machines_are_told_that_the_hub_works(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok", "database": True}


def test_time_stamps_are_told_of_and_missing_ones_are_a_fault(tmp_path: Path) -> None:
    assert stamps.time_stamps().health == Health.WARNING
    with authority(tmp_path) as (tsa, _):
        assert stamps.time_stamps().health == Health.OK
        tsa.mode = Mode.REFUSES
        finding = stamps.time_stamps()
        assert (finding.health, "Not today" in finding.words) == (Health.FAULT, True)
        tsa.mode = Mode.WELL
        word = timestamps.ask("11" * 32)
        timestamps.keep("11" * 32, word)
        assert stamps.tokens().health == Health.OK
        timestamps.keep("22" * 32, word)  # a forger's: a token, but over something else
        assert "another digest" in stamps.tokens().words
    assert stamps.legal_clock().health == Health.OK
