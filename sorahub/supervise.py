"""Keeps a handful of processes running: starts in order, restarts what dies or freezes, stops all it started.

Knows nothing of SoraHub's own processes; the caller names them as ``Service`` rows. Only processes started
here are ever signalled, by their own id or their own group. On Linux a child also gets SIGTERM from the
kernel should its supervisor die without a chance to stop it: more exactly, should the thread that started it
end, so only threads that last as long as the supervisor may start one.
"""

import ctypes
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import BinaryIO, Self
from urllib.parse import urlsplit

from sorahub.ports import require_free

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.5
READY_TIMEOUT_SECONDS = 2.0
LAST_LINES = 5
LONGEST_PAUSE_SECONDS = 30.0

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

Ready = str | Callable[[], bool] | None


class ServiceFailed(Exception):
    """A process was not ready in time, or kept dying. The message is one line and names the log file."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One process to keep alive.

    ``ready`` is a URL that must answer below 500, or a callable, or None (ready once it runs). ``beat``
    returns the age in seconds of the process's last sign of life (None: none seen); above ``frozen_after``
    it is killed and started again. More than ``restarts`` deaths in ``restart_window`` seconds end the run.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    port: int | None = None
    ready: Ready = None
    ready_within: float = 30.0
    beat: Callable[[], float | None] | None = None
    frozen_after: float = 60.0
    restarts: int = 5
    restart_window: float = 120.0
    first_pause: float = 0.5
    grace: float = 10.0


def end_with_parent(parent: int, signal_number: int) -> Callable[[], None]:
    """Return what a child runs before its program, to get the signal when its parent dies (Linux)."""

    def prepare() -> None:
        if _libc is None:
            return
        _libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal_number)

    return prepare


def answers(url: str) -> bool:
    """Whether the address answers with a status below 500. Meant for loopback: no redirects, no proxies."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port, timeout=READY_TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def last_lines(log: Path, count: int = LAST_LINES) -> list[str]:
    """The last lines that a process wrote, for its obituary."""
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 8192))
        text = stream.read().decode("utf-8", "replace")
    return [line for line in text.splitlines() if line.strip()][-count:]


class Child:
    """One running service: its process, its log, its history of deaths."""

    def __init__(self, service: Service, log: Path) -> None:
        self.service = service
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.due_at: float | None = None
        self.deaths: deque[float] = deque()

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process is not None and self.process.poll() is None else None

    def spawn(self) -> None:
        """Start the process in a session and group of its own, its output appended to the log file."""
        with self.log.open("ab") as log:
            self.process = self._popen(log)
        self.started_at = time.monotonic()
        self.due_at = None

    def _popen(self, log: BinaryIO) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            list(self.service.argv),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=self.service.cwd,
            env={**os.environ, **self.service.env},
            start_new_session=True,
            preexec_fn=end_with_parent(os.getpid(), signal.SIGTERM),
        )

    def is_ready(self) -> bool:
        """Ask the service's own ready check."""
        ready = self.service.ready
        if ready is None:
            return True
        return answers(ready) if isinstance(ready, str) else ready()

    def is_frozen(self, now: float) -> bool:
        """Whether the heart-beat is older than allowed (a process younger than that has time to begin)."""
        if self.service.beat is None or now - self.started_at < self.service.frozen_after:
            return False
        age = self.service.beat()
        return age is None or age > self.service.frozen_after

    def note_death(self, now: float) -> float:
        """Remember one death; return the pause before the next start, or raise ServiceFailed for too many."""
        self.deaths.append(now)
        while self.deaths and now - self.deaths[0] > self.service.restart_window:
            self.deaths.popleft()
        if len(self.deaths) > self.service.restarts:
            raise ServiceFailed(self.obituary(f"died {len(self.deaths)} times in {self.service.restart_window:.0f} s"))
        pause = float(min(self.service.first_pause * 2 ** (len(self.deaths) - 1), LONGEST_PAUSE_SECONDS))
        self.due_at = now + pause
        return pause

    def obituary(self, what: str) -> str:
        """One line: what happened, the last words, where to read more."""
        words = last_lines(self.log, 1)
        said = f" Last line: {words[0][:200]}" if words else ""
        return f"{self.service.name} {what}. See {self.log}.{said}"

    def ask_to_end(self) -> None:
        """Send SIGTERM to the process itself, which ends its own children in its own way."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end(self, deadline: float) -> bool:
        """Wait until the monotonic deadline, then kill; sweep the group. Whether it ended by itself."""
        if self.process is None:
            return True
        gently = True
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            gently = False
        self.kill_group()
        self.process = None
        return gently

    def kill_group(self) -> None:
        """Kill the process and whatever it left in its group."""
        if self.process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Supervisor:
    """Runs services while its ``with`` block lasts; leaving the block, by whatever way, stops them all.

    >>> with Supervisor(services, log_dir=Path("var/log")) as supervisor:
    ...     supervisor.start()
    ...     supervisor.wait()
    """

    def __init__(self, services: Sequence[Service], *, log_dir: Path, say: Callable[[str], None] = print) -> None:
        self.children = {service.name: Child(service, log_dir / f"{service.name}.log") for service in services}
        if len(self.children) != len(services):
            raise ValueError("Each service needs a name of its own.")
        self.log_dir = log_dir
        self.say = say
        self.failure: ServiceFailed | None = None
        self._lock = threading.RLock()
        self._ending = threading.Event()
        self._watcher: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self, *, together: bool = False) -> None:
        """Start every service in order, each once the one before is ready; then watch them from a thread.

        ``together`` starts all at once and then waits for each. Raise ``sorahub.ports.PortTaken`` or ``ServiceFailed`` (one line each).
        """
        self.log_dir.mkdir(parents=True, exist_ok=True)
        for child in self.children.values():
            if child.service.port is not None:
                require_free(child.service.port, wanted_by=child.service.name)
        if together:
            for child in self.children.values():
                child.spawn()
        for child in self.children.values():
            if not together:
                child.spawn()
            self._await_ready(child)
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def _await_ready(self, child: Child) -> None:
        deadline = time.monotonic() + child.service.ready_within
        while True:
            if child.pid is None:
                raise ServiceFailed(
                    child.obituary(f"ended at once (status {child.process and child.process.returncode})")
                )
            if child.is_ready():
                return
            if time.monotonic() > deadline:
                raise ServiceFailed(child.obituary(f"was not ready within {child.service.ready_within:g} s"))
            time.sleep(POLL_SECONDS)

    def _watch(self) -> None:
        while not self._ending.wait(WATCH_SECONDS):
            try:
                self._check_all()
            except ServiceFailed as failure:
                self.failure = failure
                self._ending.set()

    def _check_all(self) -> None:
        with self._lock:
            for child in self.children.values():
                if not self._ending.is_set():
                    self._check(child, time.monotonic())

    def _check(self, child: Child, now: float) -> None:
        if child.due_at is not None:
            if now >= child.due_at:
                child.spawn()
            return
        if child.pid is None:
            self._mourn(child, now, f"ended (status {child.process and child.process.returncode})")
        elif child.is_frozen(now):
            self._mourn(child, now, f"gave no sign of life for {child.service.frozen_after:g} s")

    def _mourn(self, child: Child, now: float, what: str) -> None:
        child.kill_group()
        pause = child.note_death(now)
        self.say(child.obituary(f"{what}; starting it again in {pause:g} s"))

    def wait(self) -> None:
        """Block until Ctrl-C (SIGTERM too if ``interruptible``) or ``stop``; may raise ServiceFailed."""
        while not self._ending.wait(WATCH_SECONDS):
            continue
        self.raise_failure()

    def raise_failure(self) -> None:
        """Raise what the watcher found, if anything; for long jobs beside the services."""
        if self.failure is not None:
            raise self.failure

    def pids(self) -> dict[str, int | None]:
        """The process id of each service, None while it is down."""
        return {name: child.pid for name, child in self.children.items()}

    def stop(self) -> None:
        """Ask all to end, last started first; kill what outlives its grace. May be called twice."""
        self._ending.set()
        with self._lock:
            asked = [child for child in reversed(self.children.values()) if child.process is not None]
            for child in asked:
                child.ask_to_end()
            now = time.monotonic()
            for child in asked:
                if not child.end(now + child.service.grace):
                    self.say(f"{child.service.name} did not end within {child.service.grace:g} s and was killed.")
        if self._watcher is not None and self._watcher is not threading.current_thread():
            self._watcher.join()


class Interruption:
    """Whether somebody has asked to stop. Python drops a KeyboardInterrupt that is raised while it runs a destructor or a
    database's callback; ``check`` raises it anew, so that long work which calls it now and then is never deaf.
    """

    def __init__(self) -> None:
        self.asked = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if the signal came at any time before."""
        if self.asked:
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Within the block SIGTERM and SIGHUP act like Ctrl-C, so that a Supervisor inside stops too.

    A second signal while stopping is ignored: nobody should be left running. Only for the main thread.
    """
    interruption = Interruption()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if not interruption.asked:
            interruption.asked = True
            raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
