"""Starts the real service as its own process, for any test that needs a provider."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class RunningSandbox:
    """A service that listens: its origin (without a path), its folder and its process."""

    url: str
    state: Path
    process: subprocess.Popen[str]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


@contextmanager
def running_sandbox(
    state: Path, *options: str, port: int = 0, program: tuple[str, ...] = ("manage.py", "sandbox")
) -> Iterator[RunningSandbox]:
    """Run ``manage.py sandbox``, or another program that takes its options, with its state in a folder; it ends with the block."""
    command = [sys.executable, *program, "--port", str(port), "--state", str(state), *options]
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "sorahub.settings.test", "SORAHUB_VAR_DIR": str(state / "var")}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Sandbox listening on http://localhost:"), line
        try:
            yield RunningSandbox(line.split()[3], state, process)
        finally:
            if process.poll() is None:
                process.terminate()
                assert process.wait(timeout=60) == 0
