"""Is a local port free, and if not, whose is it? (Known on Linux only, for processes that we may look at.)"""

import errno
import socket
import sys
from contextlib import suppress
from pathlib import Path

LISTEN = "0A"  # TCP_LISTEN in the kernel's table of sockets (Documentation/networking/proc_net_tcp)


class PortTaken(Exception):
    """Another process listens on the port. The message is one line for a person."""

    def __init__(self, port: int, wanted_by: str, owner: str | None) -> None:
        whom = f"by {owner}" if owner else "by another process"
        super().__init__(f"Port {port}, wanted by {wanted_by}, is taken {whom}: end that first, or choose another.")
        self.port = port
        self.owner = owner


def is_free(port: int) -> bool:
    """Whether a server could listen on the port on the loopback address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def free_port() -> int:
    """A port of the system's choice that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def require_free(port: int, *, wanted_by: str) -> None:
    """Return when the port is free; raise PortTaken, naming the owner where it can be known."""
    if not is_free(port):
        raise PortTaken(port, wanted_by, owner(port))


def owner(port: int) -> str | None:
    """``process 123 (python manage.py runserver)`` that listens on the port, or None if unknown."""
    inodes = _listening_inodes(port)
    if not inodes or sys.platform != "linux":
        return None
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _holds(process, inodes):
            return f"process {process.name} ({_command(process)})"
    return None


def _listening_inodes(port: int) -> set[str]:
    """The kernel's socket numbers of the listeners on the port, IPv4 and IPv6."""
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text(encoding="ascii").splitlines()[1:]:
            columns = line.split()
            if columns[3] == LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{columns[9]}]")
    return found


def _holds(process: Path, inodes: set[str]) -> bool:
    """Whether the process has one of the sockets open; False when we may not look or it has just ended."""
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):
                if str(descriptor.readlink()) in inodes:
                    return True
    return False


def _command(process: Path) -> str:
    with suppress(OSError):
        words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        return " ".join(word for word in words if word)[:120] or "?"
    return "?"
