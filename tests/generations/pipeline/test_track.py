"""manage.py track as a process: it beats, finds work that others made, and stops when told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.generations.factories import ROOT

pytestmark = pytest.mark.slow


def test_the_tracker_says_so_and_stops_cleanly_giving_its_accounts_back(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "sorahub.settings.test",
        "SORAHUB_VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite://{tmp_path}/track.sqlite3",
    }

    def manage(*words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    manage("migrate", "--verbosity", "0")
    manage("shell", "-v", "0", "-c", "from tests.people import provider_account as a; a()")
    question = (
        "from sorahub.jobs.models import Heartbeat; from generations.models import ProviderAccount; "
        "print(Heartbeat.objects.filter(name='tracker').count(), ProviderAccount.objects.get().poll_owner)"
    )
    command = [sys.executable, "manage.py", "track"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as tracker:
        assert tracker.stdout is not None
        owner = tracker.stdout.readline().split()[-1]
        time.sleep(1.5)
        assert manage("shell", "-v", "0", "-c", question).split() == ["1", owner]
        tracker.send_signal(signal.SIGTERM)
        assert tracker.wait(10) == 0
    assert manage("shell", "-v", "0", "-c", question).split() == ["1"]
