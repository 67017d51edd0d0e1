"""The throwaway PostgreSQL: it runs, it is private, and nothing of it stays behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.cluster import PREFIX, cluster, found, look, sweep


def query(url: str, text: str) -> object:
    """The first value that the database answers."""
    with psycopg.connect(url) as connection:
        row = connection.execute(text.encode()).fetchone()
    return None if row is None else row[0]


def test_there_is_a_postgresql_to_test_with() -> None:
    versions = [each.version for each in found()]
    assert versions
    assert all(14 <= version <= 18 for version in versions)


@pytest.mark.slow
def test_every_postgresql_of_this_machine_starts_and_leaves_nothing() -> None:
    for binaries in {each.version: each for each in found()}.values():
        with cluster(binaries) as running:
            assert str(query(running.url, "show server_version")).startswith(str(binaries.version))
            assert query(running.url, "show fsync") == "off"
            process = running.process
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(running.url.replace(running.password, "guess"))
        assert process is not None
        assert process.returncode is not None
        assert not running.folder.exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_stops_and_removes_its_cluster(tmp_path: Path, number: signal.Signals) -> None:
    url, waiting = start_waiting_run(tmp_path)
    waiting.send_signal(number)
    assert waiting.wait(20) != 0
    assert refuses(url)
    assert not folder_of(tmp_path).exists()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_killed_run_takes_its_server_along_and_the_next_one_sweeps_up(tmp_path: Path) -> None:
    url, waiting = start_waiting_run(tmp_path)
    folder = folder_of(tmp_path)
    sweep(folder.parent)
    assert folder.exists(), "the folder of a living run is left alone"
    waiting.kill()
    waiting.wait()
    assert refuses(url)
    sweep(folder.parent)
    assert not folder.exists()


@pytest.mark.slow
def test_an_ended_command_ends_what_it_started_and_its_group_goes_with_it(tmp_path: Path) -> None:
    """The command takes a second to put things away, and leaves a process behind that it forgets."""
    text = f"""
import subprocess, time
from pathlib import Path
forgotten = subprocess.Popen(["sleep", "60"])
Path({str(tmp_path / "started")!r}).write_text(str(forgotten.pid))
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    Path({str(tmp_path / "put-away")!r}).touch()
"""
    command = [sys.executable, "-m", "tests.cluster", sys.executable, "-c", text]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + 30
        while not (tmp_path / "started").exists() or not (tmp_path / "started").read_text():
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        run.terminate()
        assert run.wait(30) != 0
    assert (tmp_path / "put-away").exists()
    assert not is_running(int((tmp_path / "started").read_text()))


def is_running(pid: int) -> bool:
    """Whether the process lives, within two seconds; one that nobody has buried yet does not."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
        if not said.strip() or said.startswith("Z"):
            return False
        time.sleep(0.05)
    return True


def start_waiting_run(tmp_path: Path) -> tuple[str, "subprocess.Popen[bytes]"]:
    """Start a run of its own that keeps a cluster until it is ended; return its address."""
    text = f"""
import time
from pathlib import Path
from sorahub.supervise import interruptible
from tests.cluster import cluster
with interruptible(), cluster() as running:
    Path({str(tmp_path / "place.new")!r}).write_text(running.url + " " + str(running.folder))
    Path({str(tmp_path / "place.new")!r}).rename({str(tmp_path / "place")!r})
    time.sleep(60)
"""
    run = subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.DEVNULL, env=dict(os.environ))
    deadline = time.monotonic() + 30
    while not (tmp_path / "place").exists():
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return (tmp_path / "place").read_text().split()[0], run


def folder_of(tmp_path: Path) -> Path:
    """The cluster's folder, as the waiting run wrote it down."""
    folder = Path((tmp_path / "place").read_text().split()[1])
    assert folder.name.startswith(PREFIX)
    return folder


def refuses(url: str) -> bool:
    """Whether nobody answers at the address any more, within five seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            psycopg.connect(url, connect_timeout=1).close()
        except psycopg.OperationalError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")
def test_programs_in_a_closed_folder_are_brought_within_the_servers_reach(tmp_path: Path) -> None:
    package = next(each for each in found() if "pginstall" in str(each.folder)).folder.parent.parent
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, closed / folder.name, symlinks=True)
    binaries = next(each for each in map(look, (closed / package.name).glob("pginstall*/bin")) if each)
    with cluster(binaries) as running:
        assert running.binaries.folder.is_relative_to(running.folder)
        assert query(running.url, "select 6 * 7") == 42
