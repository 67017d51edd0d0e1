"""Each special word does what the page says, as often as it says."""

import time
from typing import cast

import httpx
import openai
import pytest
from openai import OpenAI

from generations.sandbox.words import SpecialWord
from tests.generations.sandbox.conftest import Rendered, Subscriber
from tests.generations.sandbox.process import RunningSandbox


def prompt_with(word: SpecialWord) -> str:
    return f"a boat, {word.value.upper()} please"


def jobs_of(client: OpenAI, prompt: str) -> list[str]:
    return [video.id for video in client.videos.list(limit=100) if video.prompt == prompt]


def creates(sandbox: RunningSandbox, prompt: str) -> int:
    counts = httpx.get(f"{sandbox.url}/_control/creates").json()
    assert counts["total"] == sum(counts["by_prompt"].values())
    return cast("int", counts["by_prompt"].get(prompt, 0))


def test_moderation_before_rendering(idle_client: OpenAI, idle_sandbox: RunningSandbox) -> None:
    prompt = prompt_with(SpecialWord.MODERATED_INPUT)
    for _ in range(2):
        with pytest.raises(openai.BadRequestError) as refusal:
            idle_client.videos.create(prompt=prompt)
        assert (refusal.value.code, refusal.value.param) == ("moderation_blocked", "prompt")
    assert jobs_of(idle_client, prompt) == []
    assert creates(idle_sandbox, prompt) == 2


def test_moderation_after_rendering(client: OpenAI, rendered: Rendered, subscriber: Subscriber) -> None:
    video = rendered.moderated
    assert video.status == "failed"
    assert video.error is not None
    assert video.error.code == "moderation_blocked"
    assert b'"video.failed"' in subscriber.calls_about(video.id, 1)[0].body
    with pytest.raises(openai.NotFoundError, match="failed"):
        client.videos.download_content(video.id)


def test_a_server_error_happens_once_and_makes_no_job(idle_client: OpenAI, idle_sandbox: RunningSandbox) -> None:
    prompt = prompt_with(SpecialWord.SERVER_ERROR)
    with pytest.raises(openai.InternalServerError) as failure:
        idle_client.videos.create(prompt=prompt)
    assert (failure.value.status_code, jobs_of(idle_client, prompt)) == (500, [])
    accepted = idle_client.videos.create(prompt=prompt)
    assert jobs_of(idle_client, prompt) == [accepted.id]
    assert creates(idle_sandbox, prompt) == 2


def test_the_rate_limit_ends_when_it_says(idle_client: OpenAI) -> None:
    prompt = prompt_with(SpecialWord.RATE_LIMIT)
    with pytest.raises(openai.RateLimitError) as refusal:
        idle_client.videos.create(prompt=prompt)
    assert (refusal.value.response.headers["retry-after"], jobs_of(idle_client, prompt)) == ("2", [])
    time.sleep(2)
    assert idle_client.videos.create(prompt=prompt).status == "queued"


def test_the_first_download_breaks_off_and_the_second_is_whole(client: OpenAI, rendered: Rendered) -> None:
    video = rendered.truncated
    assert video.status == "completed"
    with client.videos.with_streaming_response.download_content(video.id) as answer:
        promised, got = int(answer.headers["content-length"]), 0
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            for piece in answer.iter_bytes():
                got += len(piece)
    assert got == promised // 2
    assert len(client.videos.download_content(video.id).read()) == promised


def test_a_dropped_connection_leaves_a_job_behind(idle_client: OpenAI, idle_sandbox: RunningSandbox) -> None:
    prompt = prompt_with(SpecialWord.DROPPED_CONNECTION)
    with pytest.raises(openai.APIConnectionError):
        idle_client.videos.create(prompt=prompt)
    assert len(jobs_of(idle_client, prompt)) == 1
    assert creates(idle_sandbox, prompt) == 1
