"""manage.py track as a process: it beats, finds work that others made, and stops when told to."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.generations.factories import ROOT

pytestmark = pytest.mark.slow


def test_the_tracker_says_so_and_stops_cleanly_giving_its_accounts_back(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "SORAHUB_VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite://{tmp_path}/track.sqlite3",
    }

    found = (
        "from tests.blueprint import lay_tables; from tests.people import provider_account; "
        "lay_tables(); provider_account()"
    )
    setup = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", found]
    subprocess.run(setup, cwd=ROOT, env=environment, check=True)

    def ask(question: str) -> object:
        with closing(sqlite3.connect(tmp_path / "track.sqlite3")) as database:
            return database.execute(question).fetchone()[0]

    command = [sys.executable, "manage.py", "track"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as tracker:
        assert tracker.stdout is not None
        owner = tracker.stdout.readline().split()[-1]
        time.sleep(1.5)
        assert ask("SELECT process FROM jobs_heartbeat WHERE name = 'tracker'") == owner
        assert ask("SELECT poll_owner FROM generations_provideraccount") == owner
        tracker.send_signal(signal.SIGTERM)
        assert tracker.wait(10) == 0
    assert ask("SELECT poll_owner FROM generations_provideraccount") == ""
