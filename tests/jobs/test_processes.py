"""What real processes do: one killed in the middle of a job, and a cluster that freezes."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]
ROOT = Path(__file__).resolve().parents[2]
SETUP = "import django; django.setup(); from django.db import transaction; "
ENQUEUE = """
from sorahub.jobs.queue import enqueue
with transaction.atomic():
    job = enqueue("tests.{kind}", key="{kind}", payload={{"name": "one", "marker": "{marker}"}})
"""


class Hub:
    """A hub's job tables in one file, used by processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "jobs.sqlite3"
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.jobs.cluster_settings",
            "TEST_CLUSTER_DATABASE": str(self.database),
        }
        self.python("from django.core.management import call_command\ncall_command('migrate', verbosity=0)")

    def python(self, code: str) -> int:
        """Run code in a process of its own; return its exit status."""
        done = subprocess.run(
            [sys.executable, "-c", SETUP + "\n" + code], cwd=ROOT, env=self.env, timeout=30, check=False
        )
        return done.returncode

    def enqueue(self, kind: str) -> None:
        """Enqueue a test job."""
        assert self.python(ENQUEUE.format(kind=kind, marker=self.folder / "marker")) == 0

    def row(self, query: str) -> tuple[object, ...] | None:
        """Read one row."""
        connection = sqlite3.connect(self.database, timeout=10)
        try:
            found: tuple[object, ...] | None = connection.execute(query).fetchone()
            return found
        finally:
            connection.close()

    def job(self) -> tuple[object, ...] | None:
        """State and attempt of the only job."""
        return self.row("SELECT state, attempt FROM jobs_job")

    def effects(self) -> tuple[object, ...] | None:
        """How often the effect happened, one x each."""
        return self.row("SELECT process FROM jobs_heartbeat WHERE name = 'one'")


def until(true: Callable[[], object], seconds: float) -> bool:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def children(pid: int) -> list[int]:
    """The processes that ``pid`` started, and theirs."""
    try:
        direct = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return [process for child in direct for process in (child, *children(child))]


def alive(pid: int) -> bool:
    """Whether a process runs (one that waits to be reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_job_whose_process_was_killed_runs_again_when_its_lease_ends(tmp_path: Path) -> None:
    hub = Hub(tmp_path)
    hub.enqueue("killed")
    run = "from sorahub.jobs.runner import run_one\nfrom sorahub.jobs.models import Job\n"
    run += "from sorahub.jobs.sweeper import sweep\nsweep()\nrun_one(Job.objects.get().pk)"
    assert hub.python(run) == -signal.SIGKILL
    assert (tmp_path / "marker").exists()
    assert (hub.job(), hub.effects()) == (("running", 1), None)
    time.sleep(1.1)
    assert hub.python(run) == 0
    assert (hub.job(), hub.effects()) == (("succeeded", 2), ("x",))


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


def start(hub: Hub) -> "subprocess.Popen[bytes]":
    """Start run_cluster with a short patience; its words go to a file."""
    options = ["--name", "test", "--freeze", "3", "--check-every", "0.2", "--grace", "15"]
    with (hub.folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "django", "run_cluster", *options],
            cwd=ROOT,
            env=hub.env,
            stdout=log,
            stderr=log,
        )


def test_a_frozen_cluster_is_restarted_and_a_stopped_one_leaves_nobody_behind(hub: Hub) -> None:
    cluster = start(hub)
    try:
        assert until(lambda: hub.row("SELECT 1 FROM jobs_heartbeat WHERE name = 'test'"), 20)
        time.sleep(0.5)
        frozen = children(cluster.pid)
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        hub.enqueue("effect")
        assert until(lambda: hub.job() == ("succeeded", 1), 40), (hub.folder / "log").read_text()
        assert "is frozen: restarting it" in (hub.folder / "log").read_text()
        assert hub.effects() == ("x",)
        assert not any(alive(pid) for pid in frozen)
        fresh = children(cluster.pid)
        assert len(fresh) >= 4
        cluster.send_signal(signal.SIGTERM)
        assert cluster.wait(20) == 0
        assert "cluster stopped" in (hub.folder / "log").read_text()
        assert until(lambda: not any(alive(pid) for pid in fresh), 5)
    finally:
        cluster.terminate()
        cluster.wait(30)
