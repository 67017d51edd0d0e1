"""Addresses that a provider names: nothing but a public one (or the operator's own exception) is ever asked for a file.

The whole way, for each wire: a real order, a real task, and a finished file that is said to lie where nobody may go, by the
task's own word or by a redirect. The generation then ends with words that say why, and the forbidden place has heard nothing.
"""

import gzip
import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from generations.models import Generation, SpendEntry
from generations.pipeline import remote
from tests.generations.factories import Sandbox
from tests.generations.pipeline.matrix.conftest import busy, idle, proxy, quick, sandbox, waiting
from tests.generations.pipeline.matrix.driver import Bench
from tests.generations.pipeline.matrix.proxy import Answer, Exchange, Fault, Proxy, Seen, Trap, altered
from tests.generations.pipeline.matrix.wires import WIRES, Step, Wire
from tests.lib.servers import Server, reply, serving
from tests.people import Agency

__all__ = ["busy", "idle", "proxy", "quick", "sandbox", "waiting"]

pytestmark = [pytest.mark.django_db, pytest.mark.long]
INSIDE = "127.0.0.2"
"""Loopback like the service, but not opened by the operator."""
FILE = re.compile(rb'"(url|video_url|href)":\s*"[^"]*"')
NAMES = {
    "inside.example": [INSIDE],
    "half.example": ["127.0.0.1", "10.0.0.1"],
    "mapped.example": ["::ffff:10.0.0.1"],
    "translated.example": ["64:ff9b::a00:1"],
}
ODD = {
    "loopback": "http://127.0.0.2:{port}/a.mp4",
    "short loopback": "http://127.2:{port}/a.mp4",
    "decimal loopback": "http://2130706434:{port}/a.mp4",
    "octal loopback": "http://0177.0.0.2:{port}/a.mp4",
    "IPv6 loopback": "http://[::1]:{port}/a.mp4",
    "mapped IPv4": "http://[::ffff:127.0.0.2]:{port}/a.mp4",
    "link-local": "http://169.254.169.254/latest/meta-data",
    "IPv6 link-local": "http://[fe80::1]/a.mp4",
    "private": "https://10.0.0.1/a.mp4",
    "unique local": "https://[fd00::1]/a.mp4",
    "shared space": "https://100.64.0.1/a.mp4",
    "multicast": "https://224.0.0.1/a.mp4",
    "6to4": "https://[2002:7f00:1::]/a.mp4",
    "nothing": "http://0.0.0.0:{port}/a.mp4",
    "a name for inside": "http://inside.example:{port}/a.mp4",
    "a name with one bad address": "http://half.example:{port}/a.mp4",
    "a name for a mapped address": "https://mapped.example/a.mp4",
    "a name for a translated address": "https://translated.example/a.mp4",
    "trailing dot": "http://inside.example.:{port}/a.mp4",
    "another scheme": "ftp://inside.example/a.mp4",
    "a file": "file:///etc/passwd",
    "user information": "http://inside.example:x@127.0.0.1:{port}/a.mp4",
    "backslash": "http://127.0.0.1:{port}\\@127.0.0.2:{port}/a.mp4",
    "unicode host": "http://\u24dbocalhost:{port}/a.mp4",
    "another port": "http://127.0.0.1:22/a.mp4",
    "line break": "http://127.0.0.1:{port}/a\r\nX-Injected: 1",
}
TEXT = {"content-type": "text/plain"}
DRIPS = 1200


@pytest.fixture
def inside(settings: Any) -> Iterator[Server]:
    """A server that must not be asked, on a port that is allowed; of loopback the operator has opened one address only."""
    with serving(lambda handler, received: reply(handler, 200, b"secret", TEXT), host=INSIDE) as server:
        settings.HTTP_ALLOWED_PRIVATE_NETWORKS = ("127.0.0.1/32",)
        settings.HTTP_RESULT_PORTS = (server.port,)
        yield server


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of our own making; the rest is the system's."""
    real = socket.getaddrinfo

    def found(host: Any, port: Any, *more: Any, **facts: Any) -> Any:
        known = NAMES.get(str(host).rstrip("."))
        if known is None:
            return real(host, port, *more, **facts)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.fixture(params=WIRES, ids=lambda wire: wire.name)
def bench(request: pytest.FixtureRequest, agency: Agency, proxy: Proxy, busy: Sandbox, inside: Server) -> Bench:
    wire: Wire = request.param
    return Bench(agency, wire, proxy, busy)


def lies_at(address: str) -> Fault:
    """The task says that its file lies there."""
    told = b'"url":' + json.dumps(address).encode()

    def fault(exchange: Exchange) -> None:
        answer = exchange.forward()
        body = FILE.sub(lambda found: b'"' + found[1] + b'":' + json.dumps(address).encode(), answer.body)
        if body == answer.body and body.startswith(b'{"id":"video_'):
            body = body[:-1] + b"," + told + b"}"
        exchange.send(altered(answer, body=body))

    return fault


def sends_to(address: str) -> Fault:
    """The file's own address leads on there."""

    def fault(exchange: Exchange) -> None:
        exchange.send(Answer(302, {"location": address.replace("\r\n", "%0d%0a")}, b""))

    return fault


def misled(bench: Bench, address: str) -> Generation:
    """Carry one whose file is said to lie at the address; the dialect with a call for content lacks that call."""
    if bench.wire.base == "/v1":
        bench.trap(Step.DOWNLOAD, lambda exchange: exchange.send(Answer(405, TEXT, b"no such call")), times=999)
    bench.proxy.traps.append(Trap(_tells_the_file, lies_at(address), 999))
    return bench.carry(bench.launch())


def _tells_the_file(seen: Seen) -> bool:
    return seen.method == "GET" and re.search(r"/v1/videos/[^/]+$|task_ids=|/tasks/|/result$", seen.path) is not None


def ended_unfetched(generation: Generation, inside: Server) -> None:
    """It says why, is charged as made, has no clip; the forbidden place heard nothing."""
    assert (generation.state, generation.error_code, generation.clip) == ("failed", "http-blocked", None)
    assert len(generation.error_message) > 40
    kinds = SpendEntry.objects.filter(generation=generation).values_list("kind", flat=True)
    assert sorted(kinds) == ["reserved", "settled"]
    assert inside.received == []


@pytest.mark.parametrize("name", ODD)
def test_a_file_is_not_fetched_from_where_a_task_says_it_lies(name: str, bench: Bench, inside: Server) -> None:
    ended_unfetched(misled(bench, ODD[name].format(port=inside.port)), inside)


IN_TURN = [
    pytest.param(WIRES[number % len(WIRES)], name, id=f"{WIRES[number % len(WIRES)].name}-{name}")
    for number, name in enumerate(ODD)
    if name not in ("unicode host", "line break")
]


@pytest.mark.parametrize(("bench", "name"), IN_TURN, indirect=["bench"])
def test_a_redirect_is_not_followed_there_either(name: str, bench: Bench, inside: Server) -> None:
    bench.trap(Step.DOWNLOAD, sends_to(ODD[name].format(port=inside.port)), times=99)
    ended_unfetched(bench.carry(bench.launch()), inside)


def test_a_name_that_turns_inwards_after_the_check_leads_nowhere(
    bench: Bench, inside: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = iter([["127.0.0.1"]])
    monkeypatch.setitem(NAMES, "turning.example", _Turning(turns))
    generation = misled(bench, f"http://turning.example:{inside.port}/a.mp4")
    assert generation.clip is None
    assert inside.received == []


class _Turning(list[str]):
    """A name's addresses: harmless when first asked, inside ever after."""

    def __init__(self, turns: Iterator[list[str]]) -> None:
        super().__init__()
        self.turns = turns

    def __iter__(self) -> Iterator[str]:
        return iter(next(self.turns, [INSIDE]))


def bomb(exchange: Exchange) -> None:
    """Some kilobytes that swell to fifty megabytes."""
    body = gzip.compress(b"\0" * 50_000_000)
    exchange.send(Answer(200, {"content-type": "video/mp4", "content-encoding": "gzip"}, body))


def ten_gigabytes(exchange: Exchange) -> None:
    """A length of ten gigabytes."""
    exchange.send(exchange.forward(), promised=10 * 1024**3)


@pytest.mark.parametrize("fault", [bomb, ten_gigabytes], ids=lambda fault: fault.__name__)
def test_a_file_that_would_fill_the_disk_is_given_up_with_words(fault: Fault, bench: Bench, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 20_000_000
    bench.trap(Step.DOWNLOAD, fault, times=99)
    generation = bench.carry(bench.launch())
    assert (generation.state, generation.error_class, generation.clip) == ("failed", "integrity", None)
    assert "larger" in generation.error_message
    assert bench.outcome(generation).left_over == []


def drip(exchange: Exchange) -> None:
    """A byte at a time, for longer than anybody should wait."""
    answer = exchange.forward()
    exchange.send(altered(answer, body=b""), promised=len(answer.body))
    for _ in range(DRIPS):
        time.sleep(0.05)
        exchange.write(b"x")


def test_a_file_that_drips_does_not_hold_a_worker_and_is_fetched_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "DOWNLOAD_PACE", (100_000, 0.3))
    trap = bench.trap(Step.DOWNLOAD, drip)
    began = time.monotonic()
    generation = bench.carry(bench.launch())
    assert (trap.sprung, generation.state) == (1, "succeeded")
    assert time.monotonic() - began < DRIPS * 0.05
    assert "too slow" in " ".join(generation.timeline.values_list("words", flat=True))
    assert bench.outcome(generation).left_over == []
