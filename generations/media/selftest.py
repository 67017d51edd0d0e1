"""Tries, inside the confined process, what it must not be able to do. For ``doctor`` and the tests."""

import ctypes
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_AF_INET, _SOCK_STREAM = 2, 1


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Each value says whether the deed was refused; ``hold`` (MiB) and ``spin`` (seconds of CPU) provoke
    the limits.
    """
    held = bytearray(request.get("hold", 0) * 1024**2)
    while os.times().user < request.get("spin", 0):
        held[:1] = b"x"
    return {
        "python_socket": _refused(socket.socket),
        "native_socket": ctypes.CDLL(None).socket(_AF_INET, _SOCK_STREAM, 0) < 0,
        "secrets_in_environment": sorted(set(os.environ) & {"DATABASE_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"}),
        "oom_score": Path("/proc/self/oom_score_adj").read_text().strip(),
        "own_session": os.getsid(0) == os.getpid(),
    }


def _refused(deed: type[socket.socket]) -> bool:
    try:
        deed().close()
    except OSError:
        return True
    return False
