"""Start, stop and restart the django-q2 cluster as a group of processes of our own."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sorahub.jobs.watchdog import NAME_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """Ask Linux to stop the cluster cleanly when its watchdog disappears; elsewhere there is no such
    request.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class ClusterProcess:
    """One running qcluster: a master and the processes it forked, in a process group of its own."""

    def __init__(self, name: str) -> None:
        self.master = subprocess.Popen(
            [sys.executable, "-m", "django", "qcluster"],
            cwd=ROOT,
            env={**os.environ, NAME_VARIABLE: name},
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    def ended(self) -> bool:
        """Whether the master has exited; its children may live on (measured)."""
        return self.master.poll() is not None

    def stop(self, *, grace: float) -> bool:
        """Ask the master, and only it, to finish running tasks; after ``grace`` seconds kill the group.

        A SIGTERM to the whole group hangs django-q2. Returns whether it ended by itself.
        """
        self.master.terminate()
        try:
            self.master.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self.kill()
        return True

    def kill(self) -> None:
        """SIGKILL every process of the group; leases bring their jobs back."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.master.pid, signal.SIGKILL)
        self.master.wait()
        self._await_group_gone()

    def _await_group_gone(self, patience: float = 5.0) -> None:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                os.killpg(self.master.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
