"""The process that reads strangers' files cannot reach the network, outgrow its limits or outlive its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generations.media import MediaError, derive, probe
from generations.media.child import GIB, Limits, run
from tests.generations.media.clips import make_clip


def test_the_child_has_no_network_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    answer = run("confinement", {}, Limits())
    assert answer.result["python_socket"] is True
    assert answer.result["secrets_in_environment"] == []
    assert answer.result["own_session"] is True
    assert answer.result["oom_score"] == "800"
    assert answer.result["native_socket"] is ("socket-filter" in answer.confinement["network"])
    assert answer.confinement["death"] == "with-parent"


def test_too_much_memory_is_named() -> None:
    with pytest.raises(MediaError) as refused:
        run("confinement", {"hold": 1500}, Limits(memory=GIB))
    assert refused.value.code == "memory"
    assert not refused.value.retryable


@pytest.mark.parametrize("limits", [Limits(cpu_seconds=1), Limits(wall_seconds=0.5)])
def test_too_much_time_is_named(limits: Limits) -> None:
    begun = time.monotonic()
    with pytest.raises(MediaError) as refused:
        run("confinement", {"spin": 60}, limits)
    assert refused.value.code == "timeout"
    assert refused.value.retryable
    assert time.monotonic() - begun < 8


def test_too_large_a_file_is_named_and_removed(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=30, size=(640, 360))
    with pytest.raises(MediaError) as refused:
        derive(clip, tmp_path / "out", probe(clip), extras=False, proxy=True, limits=Limits(file_bytes=4096))
    assert refused.value.code == "too_large"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_crash_is_named() -> None:
    with pytest.raises(MediaError) as refused:
        run("no-such-operation", {}, Limits())
    assert refused.value.code == "crashed"


def test_the_child_dies_with_its_parent() -> None:
    code = (
        "import threading, time, generations.media.child as c\n"
        "threading.Thread(target=lambda: c.run('confinement', {'spin': 60}, c.Limits()), daemon=True).start()\n"
        "time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3]) as parent:
        child = _wait_for_child(parent.pid)
        parent.kill()
        parent.wait()
    assert _gone(child), "the child outlived its parent"


def _wait_for_child(pid: int) -> int:
    for _ in range(200):
        listed = [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
        children = [int(word) for file in listed for word in file.read_text().split()]
        if children and Path(f"/proc/{children[0]}/oom_score_adj").read_text().strip() == "800":
            return children[0]
        time.sleep(0.05)
    raise AssertionError("no child was started")


def _gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return False
