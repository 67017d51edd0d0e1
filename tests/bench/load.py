"""A client that costs little: so many kept-alive connections, each sending its next request as soon as it has its answer."""

import re
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
STILL_SECONDS = 10.0
BETWEEN = 0.01
"""Seconds from one connection to the next: of those that come all at once one of gunicorn's workers takes most."""


@dataclass
class Found:
    """What a run saw: how long each answer took in seconds, over how many seconds of clock, and the size of the last one."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    answer: bytes = b""

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def percentile(self, percent: int) -> float:
        """How many milliseconds so many of a hundred took at most."""
        return quantiles(self.waits, n=100)[percent - 1] * 1000


class Line:
    """One connection and the answer that it waits for."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=STILL_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0.0
        self.begin(b"")

    def begin(self, request: bytes) -> None:
        """Send a request; it is small enough for the socket's buffer."""
        self.parts: list[bytes] = []
        self.had, self.wanted = 0, -1
        if request:
            self.sent = time.perf_counter()
            self.socket.sendall(request)

    def take(self) -> bool:
        """Read what is there; whether the answer is whole."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("The server has hung up.")
        self.parts.append(part)
        self.had += len(part)
        if self.wanted < 0:
            self._measure()
        return self.had == self.wanted

    def _measure(self) -> None:
        head, end, _ = b"".join(self.parts).partition(b"\r\n\r\n")
        if end:
            length = _LENGTH.search(head + b"\r\n")
            if length is None or head[9:12] not in {b"200", b"201"}:
                raise ConnectionError(b"".join(self.parts)[:1500].decode("utf-8", "replace"))
            self.wanted = len(head) + 4 + int(length[1])


def drive(port: int, connections: int, seconds: float, request: Callable[[], bytes]) -> Found:
    """Ask over so many connections for so long. Raises ConnectionError for an answer that is no success."""
    found = Found()
    lines = []
    for _ in range(connections):
        lines.append(Line(port))
        time.sleep(BETWEEN)
    with selectors.DefaultSelector() as ready:
        begun = time.perf_counter()
        for line in lines:
            ready.register(line.socket, selectors.EVENT_READ, line)
            line.begin(request())
        waiting = connections
        while waiting:
            events = ready.select(STILL_SECONDS)
            if not events:
                raise ConnectionError("No answer for ten seconds.")
            for key, _ in events:
                line = key.data
                if line.take():
                    now = time.perf_counter()
                    found.waits.append(now - line.sent)
                    found.answer = b"".join(line.parts)
                    if now - begun < seconds:
                        line.begin(request())
                    else:
                        waiting -= 1
        found.seconds = time.perf_counter() - begun
    for line in lines:
        line.socket.close()
    return found
