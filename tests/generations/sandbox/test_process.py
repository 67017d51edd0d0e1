"""The service as a process: it keeps its jobs, pages through them, stops cleanly and says why it cannot start."""

import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import httpx
import openai
import pytest
from openai import OpenAI

from generations.sandbox.words import SpecialWord
from tests.generations.sandbox.process import ROOT, RunningSandbox, running_sandbox

pytestmark = pytest.mark.long


def official(running: RunningSandbox) -> OpenAI:
    return OpenAI(base_url=f"{running.url}/v1", api_key="alice", max_retries=0)


def test_the_list_is_paged_by_cursor_in_both_directions(idle_client: OpenAI) -> None:
    list_videos = idle_client.videos.list
    ids = [idle_client.videos.create(prompt=f"take {number}").id for number in range(5)]
    page = list_videos(limit=2)
    assert ([video.id for video in page.data], page.has_more) == ([ids[4], ids[3]], True)
    assert (page.last_id, [video.id for video in islice(page, 5)]) == (ids[3], ids[::-1])
    assert [video.id for video in list_videos(limit=2, order="asc")][-5:] == ids
    rest = list_videos(order="asc", after=ids[2])
    assert ([video.id for video in rest.data], rest.has_more) == (ids[3:], False)
    for wrong in ({"limit": 101}, {"order": "up"}):
        with pytest.raises(openai.BadRequestError):
            list_videos(extra_query=wrong)


def test_jobs_and_counts_outlive_a_kill_and_rendering_ends_with_an_interrupt(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_sandbox(state, "--speed", "600") as running, official(running) as client:
        video = client.videos.create(prompt="a kite", seconds="4", size="1280x720")
        assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    with running_sandbox(state, "--speed", "0") as running, official(running) as client:
        while (again := client.videos.retrieve(video.id)).progress < 10:
            time.sleep(0.05)
        assert (again.status, again.prompt, again.created_at) == ("in_progress", "a kite", video.created_at)
        assert httpx.get(f"{running.url}/_control/creates").json() == {"total": 1, "by_prompt": {"a kite": 1}}
        assert httpx.get(f"{running.url}/healthz").json() == {"status": "ok"}
        assert running.stop(signal.SIGINT) == 0


def test_a_port_or_a_folder_in_use_is_one_clear_line(idle_sandbox: RunningSandbox, tmp_path: Path) -> None:
    port = idle_sandbox.url.rsplit(":", 1)[1]
    on_taken_port = refused_start(port, tmp_path)
    in_taken_folder = refused_start("0", idle_sandbox.state)
    for process, number, reason in (
        (on_taken_port, port, "Address already in use"),
        (in_taken_folder, "0", "Another sandbox works in"),
    ):
        complaint = process.communicate(timeout=60)[1]
        assert (process.returncode, complaint.count("\n")) == (1, 1)
        assert complaint.startswith(f"CommandError: The sandbox cannot start on port {number}: ")
        assert reason in complaint


def refused_start(port: str, state: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "manage.py", "sandbox", "--port", port, "--state", str(state)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def test_the_page_names_the_words_escapes_prompts_and_keeps_a_strict_policy(idle_sandbox: RunningSandbox) -> None:
    with official(idle_sandbox) as client:
        client.videos.create(prompt="<script>alert(1)</script>")
    page = httpx.get(idle_sandbox.url)
    assert all(word.value in page.text for word in SpecialWord)
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>" not in page.text
    assert "style=" not in page.text
    assert "default-src 'none'; style-src 'self'" in page.headers["content-security-policy"]
    assert httpx.get(f"{idle_sandbox.url}/sandbox.css").headers["content-type"].startswith("text/css")
    assert "most significant bit first" in httpx.get(f"{idle_sandbox.url}/strip").text


def test_a_foreign_host_name_is_refused(idle_sandbox: RunningSandbox) -> None:
    assert httpx.get(idle_sandbox.url, headers={"host": "attacker.example"}).status_code == 400
