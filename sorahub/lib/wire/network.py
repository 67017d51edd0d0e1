"""Connections: the name resolved once, every address checked, every wait bounded."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore

from sorahub.lib import addresses
from sorahub.lib.wire.failures import AmbiguousFailure, Blocked, ConnectFailed

Resolver = Callable[[str, int], list[str]]
SAFE_METHODS = frozenset({"GET", "HEAD"})


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the system for every address of ``host``; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Destinations:
    """Which addresses may be reached. ``allowed_networks`` are the operator's exceptions to "public only".

    Plain http goes to those networks, and elsewhere only with ``allow_http``.
    """

    allowed_networks: tuple[addresses.Network, ...] = ()
    allow_http: bool = False
    resolver: Resolver = system_resolver

    def targets(self, host: str, port: int, *, plain: bool) -> list[str]:
        """Resolve ``host`` once and return its addresses, all of them checked; raise Blocked or
        ConnectFailed.
        """
        try:
            found = self.resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise ConnectFailed(f"The host name {host} cannot be resolved: {error}.") from error
        if not found:
            raise ConnectFailed(f"The host name {host} has no address.")
        return [self._checked(host, text, plain=plain) for text in found]

    def _checked(self, host: str, text: str, *, plain: bool) -> str:
        try:
            address = addresses.parse(text)
        except ValueError as error:
            raise Blocked(f"{host} leads to an address that cannot be used: {error}") from error
        if not addresses.permitted(address, self.allowed_networks):
            raise Blocked(f"{host} leads to {address}, which is not a public address.")
        if plain and not self.allow_http and addresses.permitted(address, ()):
            raise Blocked(f"{host} may be asked by https only.")
        return str(address)


class Deadline:
    """A moment that nothing within one request may outlast."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds

    def cap(self, timeout: float | None, error: type[httpcore.TimeoutException]) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise error("The time allowed for the whole request is used up.")
        return left if timeout is None else min(timeout, left)


class TimedStream(httpcore.NetworkStream):
    """A connection on which every wait also ends at the deadline, so a slow drip cannot keep it open."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.inner = inner
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, self.deadline.cap(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self.deadline.cap(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self.deadline.cap(timeout, httpcore.ConnectTimeout)
        return TimedStream(self.inner.start_tls(ssl_context, server_hostname, left), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class Network(httpcore.NetworkBackend):
    """Opens connections to checked addresses only; made for one request, so that it carries its deadline."""

    def __init__(self, destinations: Destinations, deadline: Deadline, *, plain: bool) -> None:
        self.destinations = destinations
        self.deadline = deadline
        self.plain = plain
        self.inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for target in self.destinations.targets(host, port, plain=self.plain):
            left = self.deadline.cap(timeout, httpcore.ConnectTimeout)
            try:
                stream = self.inner.connect_tcp(target, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return TimedStream(stream, self.deadline)
        raise failure or httpcore.ConnectError(host)


class AsyncNetwork(httpcore.AsyncNetworkBackend):
    """The same for the event loop; the deadline is the caller's ``asyncio.timeout``."""

    def __init__(self, destinations: Destinations) -> None:
        self.destinations = destinations
        self.plain: set[tuple[str, int]] = set()
        self.inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        plain = (host, port) in self.plain
        failure: Exception | None = None
        for target in await asyncio.to_thread(self.destinations.targets, host, port, plain=plain):
            try:
                return await self.inner.connect_tcp(target, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(host)


@contextmanager
def translated(method: str) -> Iterator[None]:
    """Turn the engine's errors into ours, by whether bytes may have left."""
    try:
        yield
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
        raise ConnectFailed(f"No connection: {error or type(error).__name__}.") from error
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol) as error:
        raise Blocked(f"The request cannot be sent: {error}.") from error
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, TimeoutError) as error:
        failure = AmbiguousFailure(f"No answer: {str(error).rstrip('.') or type(error).__name__}.")
        failure.retryable = method in SAFE_METHODS
        raise failure from error
