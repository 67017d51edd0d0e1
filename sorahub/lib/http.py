"""Every request SoraHub makes goes through here; nothing else imports httpx (or httpcore, its engine).

A URL may come from a provider or a person, so: the name is resolved once per connection, every address is
checked, and the connection goes to a checked address with Host and SNI of the name. No proxy or credentials
from the environment, no cookies, no redirects unless asked for. Time, size and port are bounded; sizes count
after decompression.
"""

import asyncio
import json as jsonlib
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import IO, Any, Self

import httpcore
import httpx

from sorahub.lib import addresses
from sorahub.lib.wire.bodies import bounded, check_length, decoded
from sorahub.lib.wire.failures import (
    AmbiguousFailure,
    Blocked,
    ConnectFailed,
    HttpFailure,
    IncompleteBody,
    TooLarge,
)
from sorahub.lib.wire.network import (
    SAFE_METHODS,
    AsyncNetwork,
    Deadline,
    Destinations,
    Network,
    Resolver,
    system_resolver,
    translated,
)

__all__ = [
    "AmbiguousFailure",
    "AsyncClient",
    "Blocked",
    "Client",
    "ConnectFailed",
    "HttpFailure",
    "IncompleteBody",
    "Response",
    "Stream",
    "TooLarge",
]

FileParam = tuple[str, IO[bytes] | bytes, str]
REDIRECTS = frozenset({301, 302, 303, 307, 308})
CROSS_ORIGIN_HEADERS = frozenset({"accept", "accept-encoding", "range", "user-agent"})
USER_AGENT = "SoraHub"


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True)
class Policy:
    """Which URLs may be asked at all; the addresses behind them are checked when connecting."""

    allowed_ports: frozenset[int] = frozenset({443})
    allowed_hosts: tuple[str, ...] = ()

    def check(self, text: str) -> httpx.URL:
        """Parse a URL; raise Blocked for a wrong scheme, port, host, user information or odd characters."""
        if any(character <= " " or character in "\\\x7f" for character in text):
            raise Blocked("The address contains a space, a backslash or a control character.")
        try:
            url = httpx.URL(text)
        except (httpx.InvalidURL, ValueError) as error:
            raise Blocked(f"The address cannot be read: {error}.") from error
        if url.scheme not in {"https", "http"} or not url.host:
            raise Blocked("The address must begin with https:// and name a host.")
        if url.userinfo:
            raise Blocked("The address must not contain a user name or password.")
        self._check_port(url)
        self._check_host(url.host.rstrip(".").lower())
        return url

    def _check_port(self, url: httpx.URL) -> None:
        port = port_of(url)
        if port not in self.allowed_ports and not (port == 80 and url.scheme == "http"):
            raise Blocked(f"Port {port} is not among those allowed for this address.")

    def _check_host(self, host: str) -> None:
        names = self.allowed_hosts
        if names and not any(host == name or host.endswith(f".{name}") for name in names):
            raise Blocked(f"{host} is not among the hosts allowed for this provider.")


def port_of(url: httpx.URL) -> int:
    """The port a URL leads to."""
    return url.port or (443 if url.scheme == "https" else 80)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, port_of(url)


@dataclass(frozen=True)
class Pace:
    """The slowest that an answer may come: so many bytes within each stretch of so many seconds."""

    bytes: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """Seconds for connecting, for silence between bytes and for the whole request; bytes for the whole
    answer; the slowest pace at which its body may come.
    """

    connect: float
    read: float
    total: float
    max_bytes: int
    pace: Pace | None = None


def _core_request(request: httpx.Request, limits: Limits) -> httpcore.Request:
    silence = {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.connect}
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions={"timeout": silence},
    )


@dataclass(frozen=True)
class Response:
    """A whole answer. ``headers`` ignore case; ``address`` is the one that answered, after redirects."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    address: str = ""

    def json(self) -> Any:
        """Parse the body; raises ValueError when it is not JSON."""
        return jsonlib.loads(self.content)


class Stream:
    """An answer whose body is read piece by piece; iterate it once, inside ``with``.

    Iterating raises TooLarge, or IncompleteBody when the body ends before its announced length or the
    deadline, or comes more slowly than it may. ``length`` is the announced length in bytes, None when unknown (or of a compressed body).
    """

    def __init__(
        self, pool: httpcore.ConnectionPool, response: httpcore.Response, limits: Limits, address: str
    ) -> None:
        self.address = address
        self._pool = pool
        self._response = response
        self._max_bytes = limits.max_bytes
        self._pace = limits.pace
        self.status = response.status
        self.headers: Mapping[str, str] = httpx.Headers(response.headers)
        announced = self.headers.get("content-length", "")
        compressed = self.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}
        self.length = int(announced) if announced.isdigit() and not compressed else None

    def __iter__(self) -> Iterator[bytes]:
        check_length(self.headers, self._max_bytes)
        yield from bounded(decoded(self._raw(), self.headers), self._max_bytes)

    def _raw(self) -> Iterator[bytes]:
        try:
            with translated("GET"):
                yield from paced(self._response.iter_stream(), self._pace)
        except AmbiguousFailure as error:
            failure = IncompleteBody(f"The answer broke off. {error.message}")
            failure.retryable = True
            raise failure from error

    def read(self) -> bytes:
        """Return the whole body."""
        return b"".join(self)

    def close(self) -> None:
        """Drop the connection."""
        self._response.close()
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def paced(pieces: Iterable[bytes], pace: Pace | None) -> Iterator[bytes]:
    """Pass pieces on; raise AmbiguousFailure when a stretch of time brought fewer bytes than it may.

    Silence is not noticed here (nothing comes to be looked at): the limit for silence ends that.
    """
    came, since = 0, time.monotonic()
    for piece in pieces:
        yield piece
        came += len(piece)
        now = time.monotonic()
        if pace is not None and now - since >= pace.seconds:
            if came < pace.bytes:
                raise AmbiguousFailure(f"Only {came} bytes came in {now - since:.0f} s; that is too slow to wait for.")
            came, since = 0, now


class _Base:
    """What both clients share: where they may go, and how a URL and headers are put together."""

    def __init__(
        self,
        base_url: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        allowed_networks: Sequence[str] = (),
        allow_http: bool = False,
        allowed_ports: Iterable[int] = (),
        allowed_hosts: Sequence[str] = (),
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        total_timeout: float = 60.0,
        max_bytes: int = 8 * 1024**2,
        resolver: Resolver = system_resolver,
    ) -> None:
        """``base_url``'s own port and host are allowed; plain http only with ``allow_http`` or to allowed
        networks.
        """
        self.base = (base_url or "").rstrip("/")
        self.headers = dict(headers or {})
        self.limits = Limits(connect_timeout, read_timeout, total_timeout, max_bytes)
        ports, hosts = {443, *allowed_ports}, list(allowed_hosts)
        if self.base:
            own = Policy(allowed_ports=frozenset(range(65536))).check(self.base)
            ports.add(port_of(own))
            hosts += [own.host.lower()] if hosts else []
        self.policy = Policy(frozenset(ports), tuple(hosts))
        self.destinations = Destinations(addresses.networks(allowed_networks), allow_http, resolver)

    def _url(self, text: str) -> httpx.URL:
        if not text.startswith(("http://", "https://")) and self.base:
            text = f"{self.base}/{text.lstrip('/')}"
        return self.policy.check(text)

    def _headers(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        fixed = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        given = {name.lower(): value for name, value in {**self.headers, **(extra or {})}.items()}
        return {**fixed, **given}

    def _redirected(self, request: httpx.Request, headers: Mapping[str, str]) -> httpx.Request:
        """The request that follows a redirect: re-checked, and without credentials when the origin
        changes.
        """
        location = headers.get("location", "")
        if any(character <= " " or character in "\\\x7f" for character in location):
            raise Blocked("A redirect contains a space, a backslash or a control character.")
        try:
            joined = str(request.url.join(location))
        except (httpx.InvalidURL, ValueError) as error:
            raise Blocked(f"A redirect cannot be read: {error}.") from error
        url = self.policy.check(joined)
        if request.url.scheme == "https" and url.scheme == "http":
            raise Blocked("A redirect leads from https to http.")
        kept = {name: value for name, value in request.headers.items() if name != "host"}
        if _origin(url) != _origin(request.url):
            kept = {name: value for name, value in kept.items() if name in CROSS_ORIGIN_HEADERS}
        return httpx.Request(request.method, url, headers=kept)


class Client(_Base):
    """For threads and workers. Each request has its own connection; nothing is remembered between
    requests.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, FileParam] | None = None,
        content: bytes | None = None,
        max_redirects: int = 0,
    ) -> Response:
        """Send one request and return the whole answer, whatever its status. Raises an HttpFailure
        otherwise.
        """
        target = self._url(url)
        if params:
            target = target.copy_merge_params(params)
        request = httpx.Request(
            method, target, headers=self._headers(headers), json=json, data=data, files=files, content=content
        )
        try:
            with self._send(request, self.limits, max_redirects) as stream:
                return Response(stream.status, stream.headers, stream.read(), stream.address)
        except AmbiguousFailure as error:
            error.retryable = method in SAFE_METHODS
            raise

    def get(self, url: str, **options: Any) -> Response:
        """``request("GET", …)``."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> Response:
        """``request("POST", …)``; never sent twice."""
        return self.request("POST", url, **options)

    def delete(self, url: str, **options: Any) -> Response:
        """``request("DELETE", …)``."""
        return self.request("DELETE", url, **options)

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        max_redirects: int = 0,
        max_bytes: int | None = None,
        total_timeout: float | None = None,
        pace: Pace | None = None,
    ) -> Stream:
        """Send one request and return its answer to be iterated; the limits cover the reading too."""
        target = self._url(url)
        if params:
            target = target.copy_merge_params(params)
        limits = Limits(
            self.limits.connect,
            self.limits.read,
            total_timeout or self.limits.total,
            max_bytes or self.limits.max_bytes,
            pace,
        )
        return self._send(httpx.Request(method, target, headers=self._headers(headers)), limits, max_redirects)

    def _send(self, request: httpx.Request, limits: Limits, max_redirects: int) -> Stream:
        if max_redirects and request.method not in SAFE_METHODS:
            raise ValueError("Only GET and HEAD may follow redirects.")
        deadline = Deadline(limits.total)
        for _ in range(max_redirects):
            stream = self._send_once(request, limits, deadline)
            if stream.status not in REDIRECTS:
                return stream
            stream.close()
            request = self._redirected(request, stream.headers)
        stream = self._send_once(request, limits, deadline)
        if max_redirects and stream.status in REDIRECTS:
            stream.close()
            raise Blocked(f"More than {max_redirects} redirects.")
        return stream

    def _send_once(self, request: httpx.Request, limits: Limits, deadline: Deadline) -> Stream:
        plain = request.url.scheme == "http"
        pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_keepalive_connections=0,
            network_backend=Network(self.destinations, deadline, plain=plain),
        )
        try:
            with translated(request.method):
                answer = pool.handle_request(_core_request(request, limits))
                return Stream(pool, answer, limits, str(request.url))
        except BaseException:
            pool.close()
            raise


@dataclass
class _Line:
    """A pool of a single connection, and how many requests it has in hand."""

    pool: httpcore.AsyncConnectionPool
    busy: int = 0


class AsyncClient(_Base):
    """For the tracker: GET only, with a pool of kept connections. Use as ``async with``, or ``await
    aclose()``.
    """

    def __init__(self, base_url: str | None = None, *, max_connections: int = 20, **options: Any) -> None:
        """Takes what Client takes."""
        super().__init__(base_url, **options)
        self._network = AsyncNetwork(self.destinations)
        self._lines = [self._line() for _ in range(max_connections)]

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> Response:
        """Send one GET and return the whole answer, whatever its status; redirects are not followed."""
        target = self._url(url)
        if params:
            target = target.copy_merge_params(params)
        request = httpx.Request("GET", target, headers=self._headers(headers))
        if target.scheme == "http":
            self._network.plain.add((target.host, port_of(target)))
        with translated("GET"):
            async with asyncio.timeout(self.limits.total):
                return await self._exchange(_core_request(request, self.limits))

    def _line(self) -> _Line:
        """One connection to a pool: the engine looks at every connection of a pool for each request, twice, which costs
        8 ms at 64 of them and half a millisecond at one (measured).
        """
        pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(), max_connections=1, keepalive_expiry=30.0, network_backend=self._network
        )
        return _Line(pool)

    async def _exchange(self, request: httpcore.Request) -> Response:
        """Use the first connection that is free, so that few are open while answers are quick; else the least busy."""
        line = next((each for each in self._lines if not each.busy), None) or min(
            self._lines, key=lambda each: each.busy
        )
        line.busy += 1
        try:
            return await self._answer(line.pool, request)
        finally:
            line.busy -= 1

    async def _answer(self, pool: httpcore.AsyncConnectionPool, request: httpcore.Request) -> Response:
        answer = await pool.handle_async_request(request)
        try:
            headers = httpx.Headers(answer.headers)
            check_length(headers, self.limits.max_bytes)
            parts: list[bytes] = []
            size = 0
            async for part in answer.aiter_stream():
                size += len(part)
                if size > self.limits.max_bytes:
                    raise TooLarge(f"The answer is larger than the {self.limits.max_bytes} bytes allowed.")
                parts.append(part)
        finally:
            await answer.aclose()
        body = b"".join(bounded(decoded(parts, headers), self.limits.max_bytes))
        return Response(answer.status, headers, body)

    async def aclose(self) -> None:
        """Close every kept connection."""
        for line in self._lines:
            await line.pool.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
