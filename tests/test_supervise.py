"""The supervisor, shown with real child processes, signals, ports and log files."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sorahub.ports import PortTaken, free_port, is_free, owner
from sorahub.supervise import Service, ServiceFailed, Supervisor, answers, interruptible

SLEEPER = (sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);print('deaf', flush=True); time.sleep(60)",
)


def until(holds: Callable[[], bool], within: float = 10.0) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def runs(pid: int | None) -> bool:
    """Whether a process with the id exists and is not a zombie."""
    if pid is None or not Path(f"/proc/{pid}/stat").exists():
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervise(tmp_path: Path, said: list[str]) -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def make(*services: Service) -> Supervisor:
        supervisor = Supervisor(services, log_dir=tmp_path / "log", say=said.append)
        made.append(supervisor)
        return supervisor

    yield make
    for supervisor in made:
        supervisor.stop()


def test_starts_in_order_and_waits_until_each_is_ready(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    port = free_port()
    order: list[str] = []

    def first_is_up() -> bool:
        order.append("first asked")
        return (tmp_path / "flag").exists()

    makes_flag = (
        sys.executable,
        "-c",
        f"import time; time.sleep(.2); open({str(tmp_path / 'flag')!r}, 'w'); time.sleep(60)",
    )
    serve = (
        sys.executable,
        "-m",
        "http.server",
        str(port),
        "--bind",
        "127.0.0.1",
        "--directory",
        str(tmp_path),
    )
    supervisor = supervise(
        Service(name="first", argv=makes_flag, ready=first_is_up),
        Service(name="web", argv=serve, ready=f"http://127.0.0.1:{port}/flag", port=port),
    )
    supervisor.start()
    assert len(order) > 1
    assert answers(f"http://127.0.0.1:{port}/flag")
    assert all(runs(pid) for pid in supervisor.pids().values())


def test_services_started_together_do_not_wait_for_each_other(
    supervise: Callable[..., Supervisor], tmp_path: Path
) -> None:
    def service(name: str, other: str) -> Service:
        code = f"import pathlib, time; pathlib.Path({str(tmp_path / name)!r}).touch(); time.sleep(60)"
        return Service(name=name, argv=(sys.executable, "-c", code), ready=(tmp_path / other).exists)

    supervise(service("first", "second"), service("second", "first")).start(together=True)
    assert {path.name for path in tmp_path.iterdir()} >= {"first", "second"}


def test_stopping_ends_every_process_and_its_children(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    parent = (
        sys.executable,
        "-c",
        "import subprocess, sys, time;"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"open({str(tmp_path / 'grandchild')!r}, 'w').write(str(c.pid)); time.sleep(60)",
    )
    grandchild = tmp_path / "grandchild"
    supervisor = supervise(
        Service(name="parent", argv=parent, ready=lambda: grandchild.exists() and bool(grandchild.read_text()))
    )
    supervisor.start()
    pids = [supervisor.pids()["parent"], int(grandchild.read_text())]
    assert [runs(pid) for pid in pids] == [True, True]
    supervisor.stop()
    assert until(lambda: not any(runs(pid) for pid in pids))


def test_a_process_deaf_to_sigterm_is_killed_after_its_grace(
    supervise: Callable[..., Supervisor], said: list[str]
) -> None:
    supervisor = supervise(Service(name="deaf", argv=STUBBORN, grace=0.3))
    log = supervisor.children["deaf"].log
    supervisor.start()
    assert until(lambda: "deaf" in log.read_text())
    pid = supervisor.pids()["deaf"]
    supervisor.stop()
    assert until(lambda: not runs(pid))
    assert said == ["deaf did not end within 0.3 s and was killed."]


def test_a_dead_process_is_started_again(supervise: Callable[..., Supervisor], said: list[str]) -> None:
    supervisor = supervise(Service(name="sleeper", argv=SLEEPER, first_pause=0.05))
    supervisor.start()
    first = supervisor.pids()["sleeper"]
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert until(lambda: supervisor.pids()["sleeper"] not in {None, first})
    assert said[0].startswith("sleeper ended (status -9); starting it again in 0.05 s. See ")


def test_a_frozen_process_is_killed_and_started_again(supervise: Callable[..., Supervisor], tmp_path: Path) -> None:
    beat = tmp_path / "beat"
    beats = (
        sys.executable,
        "-c",
        f"import time, pathlib\nwhile True:\n pathlib.Path({str(beat)!r}).write_text('x')\n time.sleep(.05)",
    )

    def age() -> float | None:
        return time.time() - beat.stat().st_mtime if beat.exists() else None

    service = Service(name="worker", argv=beats, ready=beat.exists, beat=age, frozen_after=0.6, first_pause=0.05)
    supervisor = supervise(service)
    supervisor.start()
    first = supervisor.pids()["worker"]
    assert first is not None
    time.sleep(1.5)
    assert supervisor.pids()["worker"] == first, "a process with a heart-beat is left alone"
    os.kill(first, signal.SIGSTOP)
    assert until(lambda: supervisor.pids()["worker"] not in {None, first})
    assert not runs(first)


def test_one_that_keeps_dying_ends_the_run_with_its_last_words(supervise: Callable[..., Supervisor]) -> None:
    dies = (
        sys.executable,
        "-c",
        "import time; time.sleep(.1); print('no disk left', flush=True); raise SystemExit(3)",
    )
    supervisor = supervise(Service(name="ill", argv=dies, restarts=2, first_pause=0.01))
    supervisor.start()
    with pytest.raises(ServiceFailed, match=r"^ill died 3 times in 120 s\. See .*ill\.log\. Last line: no disk left$"):
        supervisor.wait()


def test_one_that_ends_at_once_is_named_with_its_log(supervise: Callable[..., Supervisor]) -> None:
    dies = (sys.executable, "-c", "raise SystemExit('bad settings')")
    supervisor = supervise(Service(name="ill", argv=dies, ready=lambda: False))
    with pytest.raises(
        ServiceFailed, match=r"^ill ended at once \(status 1\)\. See .*ill\.log\. Last line: bad settings$"
    ):
        supervisor.start()


def test_one_that_is_never_ready_is_named_with_its_deadline(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(Service(name="slow", argv=SLEEPER, ready=lambda: False, ready_within=0.3))
    with pytest.raises(ServiceFailed, match=r"^slow was not ready within 0\.3 s\. See .*slow\.log\."):
        supervisor.start()


def test_a_taken_port_is_named_with_its_owner_before_anything_starts(
    supervise: Callable[..., Supervisor],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not is_free(port)
        supervisor = supervise(Service(name="sleeper", argv=SLEEPER), Service(name="web", argv=SLEEPER, port=port))
        with pytest.raises(PortTaken, match=rf"^Port {port}, wanted by web, is taken by process {os.getpid()} \("):
            supervisor.start()
        assert supervisor.pids() == {"sleeper": None, "web": None}
    assert is_free(port)
    assert owner(port) is None


def program(tmp_path: Path, body: str) -> list[str]:
    """A program of its own that supervises one sleeper and writes the sleeper's id to a file."""
    text = f"""
import sys
from pathlib import Path
from sorahub.supervise import Service, Supervisor, interruptible
service = Service(name="sleeper", argv=[sys.executable, "-c", "import time; time.sleep(60)"])
with interruptible(), Supervisor([service], log_dir=Path({str(tmp_path / "log")!r})) as supervisor:
    supervisor.start()
    Path({str(tmp_path / "pid")!r}).write_text(str(supervisor.pids()["sleeper"]))
    {body}
"""
    return [sys.executable, "-c", text]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_the_supervisor_ends_its_processes(tmp_path: Path, number: signal.Signals) -> None:
    if number == signal.SIGKILL and sys.platform != "linux":
        pytest.skip("only Linux tells a child that its parent was killed")
    run = subprocess.Popen(program(tmp_path, "supervisor.wait()"), stderr=subprocess.DEVNULL)
    try:
        written = tmp_path / "pid"
        assert until(lambda: written.exists() and bool(written.read_text()))
        pid = int(written.read_text())
        assert runs(pid)
        run.send_signal(number)
        assert run.wait(10) != 0
        assert until(lambda: not runs(pid))
    finally:
        run.kill()
        run.wait()


def test_an_error_beside_the_services_stops_them_too(tmp_path: Path) -> None:
    run = subprocess.run(program(tmp_path, "raise SystemExit(7)"), timeout=20, check=False)
    assert run.returncode == 7
    pid = int((tmp_path / "pid").read_text())
    assert until(lambda: not runs(pid))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_dropped_is_raised_by_the_next_check() -> None:
    class Interrupting:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.05)

    with interruptible() as interruption:
        interruption.check()
        del [Interrupting()][0]
        with pytest.raises(KeyboardInterrupt):
            interruption.check()
