"""Runs one media operation in a short-lived process of its own, confined before it opens the file."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from generations.media.errors import MediaError

GIB = 1024**3
LARGEST_ANSWER = 32 * 1024**2
_PROJECT = Path(__file__).resolve().parents[2]
Process = subprocess.Popen[bytes]
_TIME_SIGNALS = {signal.SIGXCPU}
_MEMORY_SIGNS = ("MemoryError", "memory allocation of", "Cannot allocate memory")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use: bytes of address space (1 GiB at least), seconds of CPU and of wall time,
    bytes a file; the network only where a time-stamping authority of the operator's must be asked.
    """

    memory: int = GIB
    cpu_seconds: int = 120
    wall_seconds: float = 180
    file_bytes: int = 4 * GIB
    network: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A child's result, with how it was confined and what it used (peak resident bytes)."""

    result: dict[str, Any]
    confinement: dict[str, str]
    peak_memory: int


def run(operation: str, request: Mapping[str, Any], limits: Limits) -> Answer:
    """Carry out ``operation`` with a JSON ``request``; every failure, the child's death included, is a
    MediaError.
    """
    with (
        tempfile.TemporaryFile() as question,
        tempfile.TemporaryFile() as answer,
        tempfile.TemporaryFile() as complaints,
    ):
        question.write(json.dumps({"request": dict(request), "limits": asdict(limits)}).encode())
        question.seek(0)
        status = _wait(_start(operation, question, answer, complaints), limits)
        if status != 0:
            raise _death(status, _tail(complaints))
        return _read(answer)


def _start(operation: str, question: IO[bytes], answer: IO[bytes], complaints: IO[bytes]) -> Process:
    command = [sys.executable, "-s", "-m", "generations.media.worker", operation, str(os.getpid())]
    return subprocess.Popen(
        command,
        stdin=question,
        stdout=answer,
        stderr=complaints,
        cwd=_PROJECT,
        env=_environment(),
        start_new_session=True,
        close_fds=True,
    )


def _environment() -> dict[str, str]:
    """No secret of the parent reaches a process that parses strangers' bytes."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TMPDIR": tempfile.gettempdir(),
        "MALLOC_ARENA_MAX": "2",
        "PYTHONWARNINGS": "ignore",
    }


def _wait(process: Process, limits: Limits) -> int:
    try:
        _await_end(process, limits.wall_seconds)
        return process.wait(0)
    except subprocess.TimeoutExpired:
        raise MediaError("timeout", f"The file took more than {limits.wall_seconds:g} s to read.") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await_end(process: Process, seconds: float) -> None:
    """Return when the process has ended or the time is up, without the polling of Popen.wait where Linux spares it."""
    if sys.platform != "linux":
        process.wait(seconds)
        return
    descriptor = os.pidfd_open(process.pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.poll(seconds * 1000)
    finally:
        os.close(descriptor)


def _read(answer: IO[bytes]) -> Answer:
    answer.seek(0)
    text = answer.read(LARGEST_ANSWER + 1)
    if len(text) > LARGEST_ANSWER:
        raise MediaError("too_large", "The file's own description of itself is too large.")
    value = json.loads(text)
    if "error" in value:
        raise MediaError(value["error"]["code"], value["error"]["message"])
    return Answer(value["result"], value["confinement"], value["peak_memory"])


def _tail(complaints: IO[bytes]) -> str:
    end = complaints.seek(0, os.SEEK_END)
    complaints.seek(max(0, end - 2000))
    return complaints.read().decode(errors="replace")


def _death(status: int, complaint: str) -> MediaError:
    if -status in _TIME_SIGNALS:
        return MediaError("timeout", "The file took more processor time to read than is allowed.")
    if any(sign in complaint for sign in _MEMORY_SIGNS):
        return MediaError("memory", "Reading the file takes more memory than is allowed.")
    last = complaint.strip().rsplit("\n", 1)[-1][:200]
    return MediaError("crashed", f"Reading the file ended with status {status}: {last or 'no word'}.")
