"""The service, one that never starts a task, the proxy in front of them, and quick patience."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generations import media
from generations.pipeline import remote
from tests.generations.factories import QUICK, Sandbox, running_sandbox
from tests.generations.pipeline.matrix.driver import SECRET
from tests.generations.pipeline.matrix.proxy import Proxy, proxying

SECONDS = 0.6
"""How long an answer is waited for here."""
IDLE = "600"


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with proxying(0) as made:
        yield made


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, proxy: Proxy) -> Iterator[Sandbox]:
    """The service; it calls back through the proxy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SORAHUB_SANDBOX_WEBHOOK_URL", f"{proxy.origin}/webhooks/")
        patch.setenv("SORAHUB_SANDBOX_WEBHOOK_SECRET", SECRET)
        with running_sandbox(tmp_path_factory.mktemp("sandbox"), script=QUICK) as service:
            yield service


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A service whose tasks wait for good."""
    with running_sandbox(tmp_path_factory.mktemp("idle"), script=QUICK, speed=IDLE) as service:
        yield service


@pytest.fixture
def busy(proxy: Proxy, sandbox: Sandbox) -> Sandbox:
    """The service that works, behind the proxy."""
    proxy.upstream = port_of(sandbox)
    return sandbox


@pytest.fixture
def waiting(proxy: Proxy, idle: Sandbox) -> Sandbox:
    """The service whose tasks wait, behind the proxy."""
    proxy.upstream = port_of(idle)
    return idle


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up soon, and measure each file once: the service's clips of one shape have the same bytes."""
    monkeypatch.setattr(remote, "ASK_SECONDS", SECONDS)
    monkeypatch.setattr(remote, "CREATE_SECONDS", SECONDS)
    measured: dict[str, media.Probe] = _MEASURED
    real = media.probe

    def probe(path: Path, **facts: Any) -> media.Probe:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest not in measured:
            measured[digest] = real(path, **facts)
        return measured[digest]

    monkeypatch.setattr(media, "probe", probe)


_MEASURED: dict[str, media.Probe] = {}


def port_of(service: Sandbox) -> int:
    """The port where a service listens."""
    return int(service.origin.removeprefix("http://").rpartition(":")[2])
