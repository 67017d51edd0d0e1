"""Makes ``.venv`` and installs the locked packages: ``python3 sorahub/bootstrap.py runtime|dev``.

Needs nothing but a bare Python 3.11 (older ones can still read it, to be told so). Installs by uv when it
is on PATH, else by pip, always checking hashes. A stamp in ``.venv`` holds the locks' digests and is written
last: a run that was cut off is simply repeated, and a run with nothing to do takes no time.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WANTED = (3, 11)
MEBIBYTES_NEEDED = {"runtime": 600, "dev": 1100}  # measured: 435 and 821 in place, and a download at a time
KINDS = ("runtime", "dev")  # the second contains the first (tests/test_repository.py holds that)

SPACE = ("no space left on device", "errno 28", "os error 28", "disk quota exceeded")
NETWORK = (
    "connection broken",
    "failed to establish a new connection",
    "name resolution",
    "name or service not known",
    "network is unreachable",
    "connection refused",
    "proxyerror",
    "sslerror",
    "timed out",
    "error sending request",
    "failed to fetch",
    "dns error",
)
HASHES = ("do not match the hashes", "hash mismatch")
ABSENT = ("no matching distribution found", "no solution found", "could not find a version")


class SetupFailed(Exception):
    """Setting up is not possible; the message is one line that says what to do."""


def main() -> None:
    """Set up the kind of environment named on the command line; one line and a non-zero status on failure."""
    parser = argparse.ArgumentParser(description="Make .venv and install the locked packages.")
    parser.add_argument("kind", choices=KINDS)
    kind = parser.parse_args().kind
    environment = Environment(ROOT)
    try:
        require_python(sys.version_info[:2])
        with environment.alone():
            environment.prepare(kind)
    except SetupFailed as failure:
        sys.exit(f"Setup stopped: {failure}")
    except KeyboardInterrupt:
        sys.exit("Setup interrupted; the next run starts it afresh.")
    except OSError as error:
        sys.exit(f"Setup stopped: {explain(str(error)) or error}")


def require_python(version: tuple[int, ...]) -> None:
    """Refuse any Python but the one that the locks were made for."""
    if version != WANTED:
        raise SetupFailed(
            f"this is Python {version[0]}.{version[1]}, SoraHub needs Python 3.11. "
            "Install it, or name it: make demo PYTHON=/path/to/python3.11"
        )


def explain(output: str) -> str | None:
    """The cause that an installer's output points to, as advice; None when it points to none that we know."""
    text = output.lower()
    if any(mark in text for mark in SPACE):
        return "the disk is full. Free some space and run the same command again."
    if any(mark in text for mark in HASHES):
        return "a downloaded package is not the one that was locked (its hash differs)."
    if any(mark in text for mark in NETWORK):
        return "the package index cannot be reached. Check the network and run it again."
    if any(mark in text for mark in ABSENT):
        return "the package index lacks a locked package for this machine; var/log/setup.log names it."
    return None


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Environment:
    """The virtual environment of one checkout."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.stamp = self.folder / "sorahub-stamp.json"
        self.var = root / "var"
        self.log = self.var / "log" / "setup.log"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let one setup run at a time in this checkout; a second one waits for the first."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with (self.var / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def prepare(self, kind: str) -> None:
        """Bring the environment to the lock of this kind (or of the larger kind that it already had)."""
        stamped = self.stamped()
        if kind in stamped and all(stamped[each] == self.digest(each) for each in stamped):
            return
        kind = "dev" if "dev" in stamped else kind
        self.require_space(kind)
        started = time.monotonic()
        self.stamp.unlink(missing_ok=True)
        self.log.write_text("", encoding="utf-8")
        self.install(kind)
        self.write_stamp(kind)
        say(f"Set up .venv ({kind}) in {time.monotonic() - started:.1f} s.")

    def stamped(self) -> dict[str, str]:
        """What the stamp says was installed: kind to digest; empty when there is no whole environment."""
        try:
            content: dict[str, str] = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if self.python.exists() else {}

    def digest(self, kind: str) -> str:
        """SHA-256 of a lock file."""
        return hashlib.sha256((self.root / "requirements" / f"{kind}.txt").read_bytes()).hexdigest()

    def write_stamp(self, kind: str) -> None:
        """Record, in one rename, that the environment is whole."""
        kinds = KINDS[: KINDS.index(kind) + 1]
        draft = self.stamp.with_suffix(".new")
        draft.write_text(json.dumps({each: self.digest(each) for each in kinds}), encoding="utf-8")
        draft.replace(self.stamp)

    def require_space(self, kind: str) -> None:
        """Refuse to begin where a fresh environment cannot fit."""
        free = shutil.disk_usage(str(self.root)).free // 1024**2
        if not self.folder.exists() and free < MEBIBYTES_NEEDED[kind]:
            raise SetupFailed(f"{free} MiB are free on the disk, {MEBIBYTES_NEEDED[kind]} MiB are needed.")

    def install(self, kind: str) -> None:
        """Make the environment if need be and install the lock; remove a new one that fails."""
        is_new = not self.is_usable()
        say(f"Installing the locked packages ({kind}) into .venv; the log is var/log/setup.log.")
        try:
            if is_new:
                self.create()
            self.install_packages(self.root / "requirements" / f"{kind}.txt")
        except BaseException:
            if is_new:
                shutil.rmtree(str(self.folder), ignore_errors=True)
            raise

    def is_usable(self) -> bool:
        """Whether the folder holds an environment of the wanted Python that runs."""
        code = f"import sys; sys.exit(sys.version_info[:2] != {WANTED})"
        try:
            return subprocess.run([str(self.python), "-c", code], check=False, capture_output=True).returncode == 0
        except OSError:
            return False

    def create(self) -> None:
        """Make an empty environment: by uv, or by venv, with pip from wherever there is one."""
        if shutil.which("uv"):
            self.run(["uv", "venv", "--quiet", "--clear", "--python", sys.executable, str(self.folder)])
        elif find_spec("venv") is None or (find_spec("ensurepip") is None and find_spec("pip") is None):
            raise SetupFailed(
                "this Python has no venv module. Install it (on Debian: apt-get install python3.11-venv)."
            )
        else:
            bare = [] if find_spec("ensurepip") else ["--without-pip"]
            self.run([sys.executable, "-m", "venv", "--clear", *bare, str(self.folder)])

    def install_packages(self, lock: Path) -> None:
        """Install exactly the lock, checking hashes."""
        if shutil.which("uv"):
            self.run(["uv", "pip", "sync", "--require-hashes", "--python", str(self.python), str(lock)])
            return
        own_pip = (self.folder / "bin" / "pip").exists()
        pip = (
            [str(self.python), "-m", "pip"] if own_pip else [sys.executable, "-m", "pip", "--python", str(self.python)]
        )
        self.run([*pip, "install", "--no-input", "--require-hashes", "-r", str(lock)])

    def run(self, command: list[str]) -> None:
        """Run one command into the log; raise SetupFailed with the cause when it fails."""
        environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "VIRTUAL_ENV": str(self.folder)}
        with self.log.open("a", encoding="utf-8") as log:
            done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=environment, check=False)
        if done.returncode:
            output = self.log.read_text(encoding="utf-8", errors="replace")
            last = (output.strip().splitlines() or ["no output"])[-1]
            raise SetupFailed(explain(output) or f"{command[0]} failed: {last}. The log is {self.log}.")


if __name__ == "__main__":
    main()
