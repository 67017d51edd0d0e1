"""A proxy between the hub and the embedded service that notes every exchange and breaks the one it is told to break.

What is broken is a fault: a function that is handed the exchange and may forward it, answer it falsely, cut it or leave it
hanging. Everything else passes untouched, by real HTTP on loopback.
"""

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOST = "127.0.0.1"
HANG_SECONDS = 30.0
CALLED_BACK = "/webhooks/"
NOT_PASSED_ON = ("connection", "transfer-encoding", "content-length", "date", "server")


@dataclass(frozen=True)
class Answer:
    """A whole answer of the service, or a false one."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(eq=False)
class Seen:
    """One exchange: when it began and ended (seconds of the monotonic clock), and what was asked in which phase."""

    phase: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    began: float
    ended: float = 0.0
    status: int = 0
    answer: bytes = b""


class Exchange:
    """A request in hand, and what can be done with it."""

    def __init__(self, proxy: "Proxy", handler: BaseHTTPRequestHandler, seen: Seen) -> None:
        self.proxy, self.seen, self._handler = proxy, seen, handler

    def forward(self) -> Answer:
        """Ask the service."""
        connection = http.client.HTTPConnection(HOST, self.proxy.upstream, timeout=30)
        try:
            connection.request(self.seen.method, self.seen.path, self.seen.body or None, self.seen.headers)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in NOT_PASSED_ON}
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def send(self, answer: Answer, *, promised: int | None = None) -> None:
        """Answer; with ``promised`` the length says so many bytes, and the connection ends after those that there are."""
        self.proxy.about_to_answer(self.seen)
        self.seen.status, self.seen.answer = answer.status, answer.body[:4096]
        self._handler.send_response_only(answer.status)
        length = len(answer.body) if promised is None else promised
        for name, value in {**answer.headers, "content-length": str(length)}.items():
            self._handler.send_header(name, value)
        if promised is not None:
            self._handler.send_header("connection", "close")
            self._handler.close_connection = True
        self._handler.end_headers()
        self._handler.wfile.write(answer.body)
        self._handler.wfile.flush()

    def write(self, piece: bytes) -> None:
        """Send more of an answer that was promised; whoever hung up does not hear it."""
        with suppress(OSError):
            self._handler.wfile.write(piece)
            self._handler.wfile.flush()

    def reset(self) -> None:
        """Cut the connection hard."""
        self.proxy.about_to_answer(self.seen)
        here = self._handler.connection
        here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.close_connection = True
        here.close()

    def hang(self) -> None:
        """Say nothing until the other side gives up."""
        self.proxy.about_to_answer(self.seen)
        here = self._handler.connection
        here.settimeout(HANG_SECONDS)
        with suppress(OSError):
            here.recv(1)
        self._handler.close_connection = True


Fault = Callable[[Exchange], None]


def untouched(exchange: Exchange) -> None:
    """No fault."""
    exchange.send(exchange.forward())


@dataclass
class Trap:
    """A fault for the exchanges that ``wanted`` picks, for the first ``times`` of them."""

    wanted: Callable[[Seen], bool]
    fault: Fault
    times: int = 1
    sprung: int = 0


@dataclass
class Proxy:
    """Listens on one port for its whole life, except while it refuses. ``calls`` are the service's own calls to us."""

    upstream: int
    port: int = 0
    phase: str = ""
    seen: list[Seen] = field(default_factory=list)
    calls: list[Seen] = field(default_factory=list)
    traps: list[Trap] = field(default_factory=list)
    close_after: int | None = None
    _server: ThreadingHTTPServer | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def origin(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.port}"

    @property
    def is_listening(self) -> bool:
        """Whether it takes connections."""
        return self._server is not None

    def listen(self) -> None:
        """Take connections (again)."""
        if self._server is not None:
            return
        self._server = _Server((HOST, self.port), _handler_for(self))
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True).start()

    def refuse(self) -> None:
        """Refuse connections until told to listen."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def enter(self, phase: str, *, close_after: int | None = None) -> None:
        """Begin a phase; with ``close_after`` connections are refused after so many of its requests have been taken."""
        self.phase, self.close_after = phase, close_after
        if close_after == 0:
            self.refuse()

    def about_to_answer(self, seen: Seen) -> None:
        """Count one request of the phase; the last one taken closes the door before its answer goes out."""
        with self._lock:
            if self.close_after is None or seen in self.calls:
                return
            self.close_after -= 1
            if self.close_after == 0:
                self.refuse()

    def forget(self) -> None:
        """Begin anew: nothing seen, no traps."""
        del self.seen[:], self.calls[:], self.traps[:]
        self.phase, self.close_after = "", None

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        """Note one request and deal with it."""
        length = int(handler.headers.get("Content-Length") or 0)
        headers = {name: value for name, value in handler.headers.items() if name.lower() != "connection"}
        body, began = handler.rfile.read(length), time.monotonic()
        seen = Seen(self.phase, handler.command, handler.path, headers, body, began)
        exchange = Exchange(self, handler, seen)
        if urlsplit(handler.path).path.startswith(CALLED_BACK):
            self.calls.append(seen)
            exchange.send(Answer(204, {}, b""))
            return
        self.seen.append(seen)
        self._fault_for(seen)(exchange)
        seen.ended = time.monotonic()

    def _fault_for(self, seen: Seen) -> Fault:
        with self._lock:
            for trap in self.traps:
                if trap.sprung < trap.times and trap.wanted(seen):
                    trap.sprung += 1
                    return trap.fault
        return untouched


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what this is about."""


def _handler_for(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _any(self) -> None:
            proxy.take(self)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

        def log_message(self, format: str, *args: object) -> None:
            """Keep the output clean."""

    return Handler


@contextmanager
def proxying(upstream: int) -> Iterator[Proxy]:
    """Run a proxy in front of the service at a port of this machine."""
    proxy = Proxy(upstream)
    proxy.listen()
    try:
        yield proxy
    finally:
        proxy.refuse()


def altered(answer: Answer, **changes: object) -> Answer:
    """The answer with something changed."""
    return replace(answer, **changes)  # type: ignore[arg-type]
