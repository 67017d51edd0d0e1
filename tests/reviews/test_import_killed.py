"""An import whose worker is killed, again and again, goes on where it ended: nothing doubled, nothing lost, what is malformed named."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.reviews import archives
from tests.reviews.archives import Step

pytestmark = [pytest.mark.long, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
VERSIONS = 400
BEGIN = """
import django; django.setup()
from pathlib import Path
from tests.blueprint import lay_tables
lay_tables()
from reviews.actions import import_terms
from reviews.actions.import_terms import Choice
from sorahub.accounts.roles import Kind
from sorahub.jobs.runner import drain
from tests import people
lena = people.user("lena", Kind.LEGAL)
raw = Path(r"{archive}").read_bytes()
row = import_terms.upload_archive(actor=lena, chunks=[raw], file_name="lumo.bundle", archive="Lumo")
drain()
row.refresh_from_db()
chosen = Choice("Lumo", "Terms of Service", "", None)
import_terms.start_import(actor=lena, row=row, choices=[chosen])
"""
WORK = """
import django; django.setup()
from sorahub.jobs.runner import drain
from sorahub.jobs.sweeper import release_orphans
release_orphans()
drain()
"""
TELL = """
import django; django.setup()
import json, sys
from django.db.models import Count
from reviews.models import TermsImport, TermsSighting, TermsVersion
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
row = TermsImport.objects.get()
hashes = TermsVersion.objects.values("raw_sha256").annotate(n=Count("pk")).filter(n__gt=1)
print(json.dumps({
    "state": row.state, "kept": row.kept, "again": row.again, "refused": row.refused, "position": row.position,
    "errors": row.errors, "versions": TermsVersion.objects.count(), "doubled": hashes.count(),
    "sightings": TermsSighting.objects.count(), "attempts": Job.objects.get(kind="terms.import").attempt,
    "captured": Event.objects.filter(kind="terms.captured").count(),
    "seen": Event.objects.filter(kind="terms.seen_again").count(),
}))
"""


class Hub:
    """A hub of its own in a folder, used by processes that may be killed."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "hub.sqlite3"
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.test",
            "DATABASE_URL": f"sqlite:///{self.database}",
            "SORAHUB_VAR_DIR": str(folder / "var"),
        }

    def python(self, code: str) -> str:
        """Run code to its end."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=self.env,
            timeout=400,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def work_until(self, position: int) -> None:
        """Let a worker import so many entries, and kill it."""
        worker = subprocess.Popen([sys.executable, "-c", WORK], cwd=ROOT, env=self.env)
        deadline = time.monotonic() + 900
        while self.position() < position and time.monotonic() < deadline:
            time.sleep(0.02)
        worker.send_signal(signal.SIGKILL)
        assert worker.wait(10) == -signal.SIGKILL

    def position(self) -> int:
        """How far the import is."""
        connection = sqlite3.connect(self.database, timeout=30)
        try:
            return int(connection.execute("SELECT position FROM reviews_termsimport").fetchone()[0])
        finally:
            connection.close()

    def told(self) -> dict[str, Any]:
        """What came of it."""
        told: dict[str, Any] = json.loads(self.python(TELL).splitlines()[-1])
        return told


def history() -> list[Step]:
    """A long history with three commits in it that are no records."""
    steps = list(archives.steps(VERSIONS))
    for number in (50, 150, 250):
        before = steps[number]
        at = before.at + timedelta(minutes=1)
        steps.insert(number + 1, Step(before.path, f"By hand {number}".encode(), at, "Correct a spelling"))
        back = Step(before.path, before.text, at + timedelta(minutes=1), "Update Lumo Terms of Service")
        steps.insert(number + 2, back)
    return steps


def test_a_killed_import_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    repo = archives.repository(tmp_path / "lumo.git", history())
    archive = tmp_path / "lumo.bundle"
    archive.write_bytes(archives.bundle(repo))
    repo.close()
    hub = Hub(tmp_path)
    hub.python(BEGIN.format(archive=archive))
    for position in (20, 140, 300):
        hub.work_until(position)
        assert position <= hub.position() < VERSIONS
    hub.python(WORK)
    told = hub.told()
    assert [each["words"] for each in told.pop("errors")] == [
        "The commit is no record: it is called “Correct a spelling”."
    ] * 3
    different = VERSIONS - VERSIONS // 10
    again = VERSIONS // 10 + 3
    assert told == {
        "state": "done", "kept": different, "again": again, "refused": 3, "position": VERSIONS + 6, "versions": different,
        "doubled": 0, "sightings": again, "attempts": 4, "captured": different, "seen": again,
    }  # fmt: skip
