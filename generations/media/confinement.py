"""Takes away from the current process what reading a stranger's file does not need. Called once, before any
input.

Linux gives all of it; elsewhere what the system cannot do is named in the answer, not hidden.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import socket
import struct
import sys
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 1, 38, 22
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SECCOMP_FILTER, _SECCOMP_ALLOW, _SECCOMP_ERRNO = 2, 0x7FFF0000, 0x00050000
_OOM_SCORE = "800"
# machine: (audit architecture, number of socket(2)), from linux/audit.h and asm/unistd.h
_SOCKET_CALL = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}


def confine(*, parent: int, memory: int, cpu_seconds: int, file_bytes: int, network: bool = False) -> dict[str, str]:
    """Limit memory, CPU and file size, die with the parent, be first to go when memory is short, and lose the
    network, unless ``network`` leaves it.

    Answers how each held: network is "namespace", "socket-filter", "python-only" or "kept"; death is "with-parent" or
    "own".
    """
    _limit(resource.RLIMIT_CPU, cpu_seconds, grace=2)  # SIGXCPU names the cause, SIGKILL would not
    _limit(resource.RLIMIT_FSIZE, file_bytes)
    _limit(resource.RLIMIT_CORE, 0)
    held = {"death": _die_with(parent), "network": "kept" if network else _leave_network(), "oom": _volunteer_for_oom()}
    _limit(resource.RLIMIT_AS, memory)
    return held


def _limit(kind: int, value: int, grace: int = 0) -> None:
    hard = resource.getrlimit(kind)[1]
    wanted = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(kind, (min(value, wanted), wanted))


def _die_with(parent: int) -> str:
    if sys.platform != "linux" or _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        return "own"
    if os.getppid() != parent:
        raise SystemExit("the parent is gone")
    return "with-parent"


def _volunteer_for_oom() -> str:
    score = Path("/proc/self/oom_score_adj")
    try:
        score.write_text(_OOM_SCORE)
    except OSError:
        return "default"
    return "first"


def _leave_network() -> str:
    """An empty network namespace (as root, or in a user namespace of our own), and no socket(2) where
    seccomp works.
    """
    left = sys.platform == "linux" and any(
        _libc().unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    )
    filtered = sys.platform == "linux" and _filter_sockets()
    socket.socket = _NoSocket  # type: ignore[misc, assignment]
    if left:
        return "namespace+socket-filter" if filtered else "namespace"
    return "socket-filter" if filtered else "python-only"


class _NoSocket:
    def __init__(self, *_args: object, **_kwargs: object) -> None:
        raise OSError(errno.EPERM, "no network in the media process")


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _filter_sockets() -> bool:
    """Install a seccomp filter that answers socket(2) with EPERM; calls of a foreign architecture are
    refused too.
    """
    known = _SOCKET_CALL.get(platform.machine())
    if known is None:
        return False
    architecture, number = known
    refuse = _SECCOMP_ERRNO | errno.EPERM
    code = b"".join(
        struct.pack("=HBBI", *step)
        for step in (
            (0x20, 0, 0, 4),  # load seccomp_data.arch
            (0x15, 0, 3, architecture),  # another architecture: refuse
            (0x20, 0, 0, 0),  # load seccomp_data.nr
            (0x15, 1, 0, number),  # socket: refuse
            (0x06, 0, 0, _SECCOMP_ALLOW),
            (0x06, 0, 0, refuse),
        )
    )
    program = _Program(len(code) // 8, code)
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, ctypes.byref(program), 0, 0) == 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
