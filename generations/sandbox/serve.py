"""Runs the service: binds the port, says so in one line, stops on SIGTERM and SIGINT."""

import errno
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from generations.sandbox.faults import TRANSPORT
from generations.sandbox.server import Setup, build_app

HOST, HOST_IPV6 = "127.0.0.1", "::1"
NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
STOP_SECONDS = 3


def serve(setup: Setup, port: int, say: Callable[[str], None]) -> None:
    """Serve until told to stop. Port 0 takes a free one. Raises OSError (port taken) or StateInUse before listening."""
    with ExitStack() as stack:
        listeners = [stack.enter_context(listener) for listener in _listeners(port)]
        config = uvicorn.Config(
            build_app(setup),
            http=_Protocol,
            log_config=None,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        server = _Server(config)
        _stop_on_signals(server)
        address = f"http://localhost:{listeners[0].getsockname()[1]}"
        server.announce = lambda: say(f"Sandbox listening on {address} (state in {setup.folder})")
        server.run(sockets=listeners)


def _listeners(port: int) -> list[socket.socket]:
    """Both loopback addresses, since ``localhost`` may mean either; IPv4 alone where the machine has no IPv6."""
    first = _prompt(socket.create_server((HOST, port), backlog=128))
    try:
        second = socket.create_server((HOST_IPV6, first.getsockname()[1]), family=socket.AF_INET6, backlog=128)
    except OSError as error:
        if error.errno in NO_IPV6:
            return [first]
        first.close()
        raise
    return [first, _prompt(second)]


def _prompt(listener: socket.socket) -> socket.socket:
    """Let connections send at once. asyncio sees to that only for sockets made with an explicit protocol number, which
    ``create_server`` does not do; without it every answer on a kept connection waits 40 ms.
    """
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class _Server(uvicorn.Server):
    announce: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.announce()


class _Protocol(H11Protocol):
    """Lets the application reach its connection, so that it can be cut where a special word asks for it."""

    def connection_made(self, transport: object) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        inner: ASGIApp = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = with_transport


def _stop_on_signals(server: uvicorn.Server) -> None:
    """A signal ends the service with status 0: uvicorn raises it again after its own shutdown, and here it meets this."""

    def stop(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
