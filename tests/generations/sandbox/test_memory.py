"""What the service remembers survives a kill, a full disk and a renderer that the kernel ends."""

import json
import os
import resource
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from openai import OpenAI

from generations.sandbox.creates import CreateLog
from generations.sandbox.downloads import is_gone
from generations.sandbox.jobs import Order
from generations.sandbox.store import JobStore
from tests.generations.sandbox.process import RunningSandbox, running_sandbox

pytestmark = pytest.mark.long

ORDER = Order(prompt="a kite", model="sora-2", seconds=4, width=720, height=1280, seed=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore]:
    opened = JobStore(tmp_path / "state")
    yield opened
    opened.close()


def test_half_a_line_at_the_end_costs_that_line_only(tmp_path: Path) -> None:
    log = CreateLog(tmp_path)
    assert [log.add("a kite"), log.add("a kite"), log.add("a kite", "kling")] == [0, 1, 0]
    with (tmp_path / "creates.jsonl").open("ab") as file:
        file.write(b'{"prompt": "a bo')
    again = CreateLog(tmp_path)
    assert again.add("a boat") == 0
    assert CreateLog(tmp_path).counts() == {"a kite": 3, "a boat": 1}
    assert CreateLog(tmp_path).counts("kling") == {"a kite": 1}


def test_a_disk_that_fills_up_in_the_middle_of_a_line_does_not_spoil_the_next(tmp_path: Path) -> None:
    log = CreateLog(tmp_path)
    log.add("a kite")
    room = (tmp_path / "creates.jsonl").stat().st_size + 20
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(OSError, match="could not be written whole"):
            log.add("a boat that nobody hears of")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    log.add("a fox")
    assert CreateLog(tmp_path).counts() == {"a kite": 1, "a fox": 1}


def test_a_job_of_the_first_version_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    (folder / "jobs").mkdir(parents=True)
    old = {
        "id": "video_1",
        "model": "sora-2",
        "prompt": "a kite at night",
        "seconds": 4,
        "width": 720,
        "height": 1280,
        "seed": 1,
        "created_at": 1_700_000_000,
        "status": "completed",
        "progress": 100,
        "completed_at": 1_700_000_003,
        "remixed_from": "video_0",
        "told": True,
        "truncated": False,
    }
    (folder / "jobs" / "video_1.json").write_text(json.dumps(old))
    store = JobStore(folder)
    job = store.get("video_1", "openai")
    assert job is not None
    assert (job.created_at, job.completed_at, job.expires_at) == (1_700_000_000, 1_700_000_003, 1_700_003_603)
    assert (job.kind, job.source, job.told, list(store.untold())) == ("remix", "video_0", True, [])
    store.close()


def test_a_job_is_found_by_the_name_that_its_caller_chose_in_its_own_dialect_only(store: JobStore) -> None:
    named = Order(**{**ORDER.wish(), "dialect": "kling", "client_id": "shot-7"})  # type: ignore[arg-type]
    job = store.add(named, job_id="800")
    plain = store.add(ORDER)
    assert store.by_client_id("kling", "shot-7") == job
    assert (store.by_client_id("openai", "shot-7"), store.by_client_id("openai", "")) == (None, None)
    assert (store.newest_first("openai"), store.newest_first()) == ([plain], [plain, job])
    assert store.get("800", "openai") is None


def test_files_stay_as_long_as_the_dialect_or_else_the_service_says(store: JobStore, tmp_path: Path) -> None:
    for seconds, opened in ((86_400, store), (2, JobStore(tmp_path / "other", asset_seconds=2))):
        job = opened.add(Order(**{**ORDER.wish(), "asset_seconds": 86_400}))  # type: ignore[arg-type]
        assert job.expires_at is None
        opened.completed(job.id)
        ended = opened.get(job.id)
        assert ended is not None
        assert ended.completed_at is not None
        assert (ended.expires_at, is_gone(ended)) == (ended.completed_at + seconds, False)
        assert is_gone(replace(ended, completed_ms=(ended.completed_at - seconds) * 1000))
        opened.close()


def test_only_what_waits_can_be_cancelled_and_an_end_is_an_end(store: JobStore) -> None:
    waiting, running = store.add(ORDER), store.add(ORDER)
    assert store.progressed(running.id, 10)
    assert (store.cancel(waiting.id), store.cancel(running.id)) == (True, False)
    assert (store.progressed(waiting.id, 20), store.expire(waiting.id), store.cancel(waiting.id)) == (False,) * 3
    ended = store.get(waiting.id)
    assert ended is not None
    assert (ended.status, ended.finished) == ("cancelled", True)
    assert store.cancel(running.id, running=True)


def test_a_renderer_that_the_kernel_ends_is_started_once_more(tmp_path: Path) -> None:
    with (
        running_sandbox(tmp_path / "state", "--speed", "0", "--renders", "1") as running,
        OpenAI(base_url=f"{running.url}/v1", api_key="alice", max_retries=0) as client,
    ):
        unlucky = client.videos.create(prompt="a boat")
        killed = kill_renderer(running, 0)
        kill_renderer(running, killed)
        failed = client.videos.poll(unlucky.id, poll_interval_ms=50)
        assert failed.error is not None
        assert (failed.status, failed.error.code) == ("failed", "internal_error")
        lucky = client.videos.create(prompt="a kite")
        kill_renderer(running, 0)
        assert client.videos.poll(lucky.id, poll_interval_ms=50).status == "completed"


def kill_renderer(running: RunningSandbox, known: int) -> int:
    """Wait for a renderer other than a known one, end it as the kernel would, and return its id."""
    children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for child in map(int, children.read_text().split()):
            if child != known:
                os.kill(child, signal.SIGKILL)
                return child
        time.sleep(0.02)
    raise AssertionError("No renderer was started.")
