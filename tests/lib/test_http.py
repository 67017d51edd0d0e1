"""The outgoing client against servers that misbehave; real sockets on loopback, only the resolver is ours."""

import asyncio
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from sorahub.lib import http
from tests.lib.servers import Received, Server, reply, serving

LOOPBACK = ("127.0.0.0/8",)


def ok(handler: BaseHTTPRequestHandler, received: Received) -> None:
    reply(handler, 200, b'{"ok": true}', {"Content-Type": "application/json"})


def client(server: Server, **options: object) -> http.Client:
    return http.Client(server.url, allowed_networks=LOOPBACK, **options)  # type: ignore[arg-type]


def test_a_request_arrives_with_its_own_host_and_nothing_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(ok) as server:
        answer = client(server, headers={"Authorization": "Bearer k"}).get("/v1/x", params={"a": "b c"})
    assert (answer.status, answer.json()) == (200, {"ok": True})
    assert answer.headers["CONTENT-TYPE"] == "application/json"
    assert server.received[0].path == "/v1/x?a=b+c"
    assert server.received[0].headers["host"] == f"127.0.0.1:{server.port}"
    assert server.received[0].headers["authorization"] == "Bearer k"
    assert "cookie" not in server.received[0].headers


def test_json_and_multipart_bodies_arrive_whole() -> None:
    with serving(ok) as server:
        client(server).post("/", json={"prompt": "Ünï"})
        client(server).post("/", data={"model": "m"}, files={"input": ("a.png", b"\x89PNG", "image/png")})
    assert json.loads(server.received[0].body) == {"prompt": "Ünï"}
    assert server.received[1].headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="input"; filename="a.png"' in server.received[1].body
    assert b"\x89PNG" in server.received[1].body


def test_a_name_is_resolved_once_and_the_connection_goes_to_the_checked_address() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.9"]

    with serving(ok) as server:
        url = f"http://videos.example:{server.port}"
        answer = http.Client(url, allowed_networks=("127.0.0.1/32",), resolver=rebinding).get("/")
    assert answer.status == 200
    assert asked == ["videos.example"]
    assert server.received[0].headers["host"] == f"videos.example:{server.port}"


def test_one_forbidden_address_among_several_blocks_the_request() -> None:
    with serving(ok) as server:
        both = http.Client(
            f"http://videos.example:{server.port}",
            allowed_networks=("127.0.0.1/32",),
            resolver=lambda host, port: ["127.0.0.1", "10.0.0.1"],
        )
        with pytest.raises(http.Blocked, match=r"10\.0\.0\.1"):
            both.get("/")
    assert server.received == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "localhost"])
def test_every_spelling_of_loopback_is_blocked_by_default(host: str) -> None:
    with serving(ok) as server, pytest.raises(http.Blocked):
        http.Client(f"http://{host}:{server.port}", allow_http=True).get("/")
    assert server.received == []


def test_a_trailing_dot_does_not_get_past_the_check() -> None:
    dotted = http.Client("https://localhost.", resolver=lambda host, port: ["127.0.0.1"])
    with pytest.raises(http.Blocked, match="not a public address"):
        dotted.get("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "ftp://example.org/", "file:///etc/passwd", "https://",
        "https://user:secret@example.org/", "https://example.org\\@127.0.0.1/", "https://exam ple.org/",
        "https://example.org/\r\nX: y", "https://example.org:22/", "https://ⓛocalhost/", "//example.org/",
    ],
)  # fmt: skip
def test_a_url_that_is_not_plainly_a_public_web_address_is_blocked(url: str) -> None:
    guarded = http.Client(allow_http=True, resolver=lambda host, port: ["127.0.0.1"])
    with pytest.raises(http.Blocked):
        guarded.get(url)


def test_plain_http_goes_to_named_networks_only() -> None:
    public = http.Client(resolver=lambda host, port: ["8.8.8.8"])
    with pytest.raises(http.Blocked, match="https only"):
        public.get("http://example.org/")


def test_a_redirect_is_an_answer_unless_asked_for() -> None:
    with serving(lambda h, r: reply(h, 302, headers={"Location": "/there"})) as server:
        assert client(server).get("/here").status == 302
    assert [received.path for received in server.received] == ["/here"]


def test_a_redirect_to_loopback_is_blocked() -> None:
    with serving(ok) as inner:
        target = f"http://127.0.0.1:{inner.port}/"
        with serving(lambda h, r: reply(h, 302, headers={"Location": target}), host="127.0.0.2") as outer:
            narrow = http.Client(
                outer.url, allowed_networks=("127.0.0.2/32",), allowed_ports=(inner.port,), allow_http=True
            )
            with pytest.raises(http.Blocked, match=r"127\.0\.0\.1, which is not a public address"):
                narrow.get("/", max_redirects=3)
    assert inner.received == []


def test_credentials_do_not_cross_to_another_origin() -> None:
    with serving(ok) as store:
        location = {"Location": f"{store.url}/file"}
        with serving(lambda h, r: reply(h, 302, headers=location)) as provider:
            strict = client(provider, headers={"Authorization": "Bearer k"}, allowed_ports=(store.port,))
            assert strict.get("/content", max_redirects=1).status == 200
    assert provider.received[0].headers["authorization"] == "Bearer k"
    assert "authorization" not in store.received[0].headers


def test_credentials_stay_within_one_origin() -> None:
    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        if received.path == "/a":
            reply(handler, 307, headers={"Location": "/b"})
        else:
            ok(handler, received)

    with serving(answer) as server:
        client(server, headers={"Authorization": "Bearer k"}).get("/a", max_redirects=1)
    assert server.received[1].headers["authorization"] == "Bearer k"


def test_redirects_end_at_the_limit() -> None:
    def further(handler: BaseHTTPRequestHandler, received: Received) -> None:
        reply(handler, 302, headers={"Location": received.path + "x"})

    with serving(further) as server, pytest.raises(http.Blocked, match="More than 3 redirects"):
        client(server).get("/", max_redirects=3)
    assert [received.path for received in server.received] == ["/", "/x", "/xx", "/xxx"]


def test_a_create_never_follows_a_redirect() -> None:
    with serving(ok) as server, pytest.raises(ValueError, match="Only GET"):
        client(server).post("/", json={}, max_redirects=1)
    assert server.received == []


def test_hosts_outside_a_providers_list_are_blocked() -> None:
    listed = http.Client(
        "https://api.provider.example",
        allowed_hosts=("cdn.example",),
        resolver=lambda host, port: ["127.0.0.1"],
    )
    with pytest.raises(http.Blocked, match="not among the hosts"):
        listed.get("https://cdn.example.evil.test/x")
    with pytest.raises(http.Blocked, match="not a public address"):
        listed.get("https://a.cdn.example/x")


def test_nobody_listening_is_safe_to_retry() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(http.ConnectFailed) as caught:
            http.Client(url, allowed_networks=LOOPBACK).post("/", json={})
    assert caught.value.retryable


def test_an_unknown_name_is_safe_to_retry() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    with pytest.raises(http.ConnectFailed):
        http.Client("https://nowhere.example", resolver=unknown).post("/", json={})


def test_a_server_that_speaks_no_tls_counts_as_not_connected() -> None:
    with serving(ok) as server, pytest.raises(http.ConnectFailed):
        http.Client(f"https://127.0.0.1:{server.port}", allowed_networks=LOOPBACK).post("/", json={})
    assert server.received == []


def test_a_connection_dropped_after_the_request_is_ambiguous_and_not_sent_again() -> None:
    with (
        serving(lambda h, r: h.connection.shutdown(socket.SHUT_RDWR)) as server,
        pytest.raises(http.AmbiguousFailure) as caught,
    ):
        client(server).post("/", json={"prompt": "x"})
    assert not caught.value.retryable
    assert len(server.received) == 1


def wait(release: threading.Event) -> None:
    release.wait(5)


def test_silence_after_the_request_is_ambiguous() -> None:
    release = threading.Event()
    with serving(lambda h, r: wait(release)) as server:
        with pytest.raises(http.AmbiguousFailure):
            client(server, read_timeout=0.2).post("/", json={})
        release.set()


@contextmanager
def dripping(first: bytes) -> Iterator[Server]:
    """A server that sends ``first`` and then a byte every 50 ms until the client hangs up."""

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        handler.wfile.write(first)
        for _ in range(100):
            time.sleep(0.05)
            handler.wfile.write(b"x")
            handler.wfile.flush()

    with serving(answer) as server:
        yield server


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-"])
def test_a_slow_drip_in_body_or_headers_ends_at_the_total_time(first: bytes) -> None:
    with dripping(first) as server:
        started = time.monotonic()
        with pytest.raises(http.AmbiguousFailure):
            client(server, total_timeout=0.4).get("/")
        assert time.monotonic() - started < 2


def test_a_file_that_drips_is_given_up_long_before_the_total_time() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n") as server:
        started = time.monotonic()
        with (
            client(server, total_timeout=60.0).stream("GET", "/", pace=http.Pace(1000, 0.5)) as answer,
            pytest.raises(http.IncompleteBody, match="too slow") as failure,
        ):
            answer.read()
        assert failure.value.retryable
        assert time.monotonic() - started < 5


def test_a_file_that_comes_at_the_pace_is_read_to_its_end() -> None:
    with (
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n") as server,
        client(server).stream("GET", "/", pace=http.Pace(2, 0.5)) as answer,
    ):
        assert answer.read() == b"x" * 20


def test_a_gzip_bomb_is_met_piece_by_piece() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 60_000
    with (
        serving(lambda h, r: reply(h, 200, bomb, {"Content-Encoding": "gzip"})) as server,
        pytest.raises(http.TooLarge),
    ):
        client(server, max_bytes=1_000_000).get("/")


def test_an_honest_gzip_answer_is_decompressed() -> None:
    body = gzip.compress(b"words " * 50_000)
    with serving(lambda h, r: reply(h, 200, body, {"Content-Encoding": "gzip"})) as server:
        assert client(server).get("/").content == b"words " * 50_000
        with client(server).stream("GET", "/") as stream:
            assert (stream.length, stream.read()) == (None, b"words " * 50_000)


def test_a_cut_gzip_answer_is_incomplete() -> None:
    body = gzip.compress(bytes(range(256)) * 100)[:-20]
    with (
        serving(lambda h, r: reply(h, 200, body, {"Content-Encoding": "gzip"})) as server,
        pytest.raises(http.IncompleteBody),
    ):
        client(server).get("/")


def test_an_encoding_that_was_not_asked_for_is_blocked() -> None:
    with (
        serving(lambda h, r: reply(h, 200, b"x", {"Content-Encoding": "br"})) as server,
        pytest.raises(http.Blocked, match="'br'"),
    ):
        client(server).get("/")


def test_an_announced_length_beyond_the_limit_is_refused_before_reading() -> None:
    def huge(handler: BaseHTTPRequestHandler, received: Received) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")

    with serving(huge) as server, pytest.raises(http.TooLarge, match="announces 10000000000"):
        client(server).get("/")


def test_a_body_without_length_is_cut_at_the_limit() -> None:
    def endless(handler: BaseHTTPRequestHandler, received: Received) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000)

    with serving(endless) as server, pytest.raises(http.TooLarge):
        client(server, max_bytes=100_000).get("/")


def test_a_stream_gives_all_bytes_and_its_length() -> None:
    with (
        serving(lambda h, r: reply(h, 200, b"v" * 300_000)) as server,
        client(server).stream("GET", "/content") as stream,
    ):
        assert (stream.status, stream.length) == (200, 300_000)
        assert sum(len(chunk) for chunk in stream) == 300_000


def test_a_truncated_download_is_incomplete_and_may_be_tried_again() -> None:
    def cut(handler: BaseHTTPRequestHandler, received: Received) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"v" * 400)

    got = b""
    with (
        serving(cut) as server,
        client(server).stream("GET", "/") as stream,
        pytest.raises(http.IncompleteBody) as caught,
    ):
        for chunk in stream:
            got += chunk
    assert (len(got), caught.value.retryable) == (400, True)


def test_the_asynchronous_client_keeps_its_connection_and_the_same_rules() -> None:
    async def story(server: Server) -> None:
        async with http.AsyncClient(server.url, allowed_networks=LOOPBACK) as tracker:
            first, second = await asyncio.gather(tracker.get("/1"), tracker.get("/2", params={"a": 1}))
            assert (first.status, second.json()) == (200, {"ok": True})
        async with http.AsyncClient(server.url) as guarded:
            with pytest.raises(http.Blocked):
                await guarded.get("/3")

    with serving(ok) as server:
        asyncio.run(story(server))
    assert sorted(received.path for received in server.received) == ["/1", "/2?a=1"]


def test_the_asynchronous_client_ends_a_slow_drip() -> None:
    async def story(server: Server) -> None:
        async with http.AsyncClient(server.url, allowed_networks=LOOPBACK, total_timeout=0.4) as tracker:
            with pytest.raises(http.AmbiguousFailure):
                await tracker.get("/")

    with dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n") as server:
        asyncio.run(story(server))


def test_the_asynchronous_client_bounds_a_bomb_and_a_length() -> None:
    async def story(server: Server, limit: int) -> None:
        async with http.AsyncClient(server.url, allowed_networks=LOOPBACK, max_bytes=limit) as tracker:
            with pytest.raises(http.TooLarge):
                await tracker.get("/")

    bomb = gzip.compress(b"\0" * 5_000_000)
    with serving(lambda h, r: reply(h, 200, bomb, {"Content-Encoding": "gzip"})) as server:
        asyncio.run(story(server, 1_000_000))
    with serving(lambda h, r: reply(h, 200, b"x" * 2000)) as server:
        asyncio.run(story(server, 1000))
