"""The fault matrix, a full disk: the kernel's own refusal while bytes are written and when the file gets its place."""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.generations.factories import Sandbox
from tests.generations.pipeline.matrix.cells import End
from tests.generations.pipeline.matrix.driver import Bench
from tests.generations.pipeline.matrix.proxy import Proxy
from tests.generations.pipeline.matrix.verdict import hold
from tests.generations.pipeline.matrix.wires import WIRES, Wire
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.long]
Full = Callable[[pytest.MonkeyPatch], list[int]]


@pytest.fixture(autouse=True)
def empty(settings: Any, tmp_path: Path) -> None:
    """A store that has no clip yet."""
    settings.MEDIA_ROOT = tmp_path / "media"


def while_written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The temporary file's bytes go to /dev/full, where the kernel answers "no space left", the first time."""
    struck: list[int] = []
    real = tempfile.mkstemp

    def mkstemp(**where: Any) -> tuple[int, str]:
        handle, name = real(**where)
        if struck:
            return handle, name
        struck.append(1)
        os.close(handle)
        return os.open("/dev/full", os.O_WRONLY), name

    monkeypatch.setattr(tempfile, "mkstemp", mkstemp)
    return struck


def when_placed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """No room for one more name, the first time."""
    struck: list[int] = []
    real = os.link

    def link(*where: Any, **how: Any) -> None:
        if not struck:
            struck.append(1)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(*where, **how)

    monkeypatch.setattr(os, "link", link)
    return struck


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("full", [while_written, when_placed], ids=lambda full: full.__name__)
@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
def test_a_full_disk_delays_a_clip_and_loses_none(
    wire: Wire, full: Full, agency: Agency, proxy: Proxy, busy: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(agency, wire, proxy, busy)
    generation = bench.launch()
    struck = full(monkeypatch)
    bench.carry(generation)
    assert struck == [1]
    hold(bench.outcome(generation), End.CLIP)
