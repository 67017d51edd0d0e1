"""Each special word does what the page says, as often as it says."""

import json
import time
from typing import cast

import httpx
import openai
import pytest
from openai import OpenAI
from openai.types import Video

from generations.sandbox.words import SpecialWord, late_seconds, words_in
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


def test_an_empty_purse_is_no_rate_limit(idle_client: OpenAI) -> None:
    prompt = prompt_with(SpecialWord.QUOTA)
    for _ in range(2):
        with pytest.raises(openai.RateLimitError) as refusal:
            idle_client.videos.create(prompt=prompt)
        assert (refusal.value.code, refusal.value.type) == ("insufficient_quota", "insufficient_quota")
        assert "retry-after" not in refusal.value.response.headers
    assert jobs_of(idle_client, prompt) == []


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


def test_every_word_is_told_apart_and_explained() -> None:
    for word in SpecialWord:
        assert words_in(prompt_with(word)) == {word}
        assert word.effect.endswith(".")
    assert (late_seconds("sandbox:late"), late_seconds("a boat, Sandbox:Late=90")) == (5, 90)


def ended(client: OpenAI, word: SpecialWord, more: str = "") -> Video:
    """Order a video with a word and wait, past states that the client does not know, until it ends."""
    video = client.videos.create(prompt=prompt_with(word) + more)
    while video.status not in ("completed", "failed"):
        time.sleep(0.1)
        video = client.videos.retrieve(video.id)
    return video


def test_a_render_fails_without_a_file(quick_client: OpenAI) -> None:
    video = ended(quick_client, SpecialWord.FAILED_RENDER)
    assert video.error is not None
    assert (video.status, video.error.code) == ("failed", "internal_error")
    with pytest.raises(openai.NotFoundError, match="failed"):
        quick_client.videos.download_content(video.id)


@pytest.mark.long
def test_a_completed_video_may_contradict_itself(quick_client: OpenAI) -> None:
    video = ended(quick_client, SpecialWord.CONTRADICTORY)
    assert video.error is not None
    assert (video.status, video.error.code) == ("completed", "internal_error")
    assert video.completed_at is not None
    assert video.expires_at == video.completed_at + 90
    assert quick_client.videos.download_content(video.id).read()[4:8] == b"ftyp"


def test_files_expire_at_once(quick_client: OpenAI) -> None:
    video = ended(quick_client, SpecialWord.EXPIRED)
    assert video.expires_at == video.completed_at
    with pytest.raises(openai.NotFoundError) as refusal:
        quick_client.videos.download_content(video.id)
    assert refusal.value.code == "video_expired"


def test_a_word_that_nobody_knows_comes_before_the_end(quick_client: OpenAI) -> None:
    video = quick_client.videos.create(prompt=prompt_with(SpecialWord.UNKNOWN_WORD))
    seen: list[str] = []
    while "completed" not in seen:
        seen.append(quick_client.videos.retrieve(video.id).status)
        time.sleep(0.1)
    assert list(dict.fromkeys(seen))[-2:] == ["pondering", "completed"]


@pytest.mark.long
def test_a_late_video_takes_its_time_and_another_never_ends(quick_client: OpenAI) -> None:
    stuck = quick_client.videos.create(prompt=prompt_with(SpecialWord.NEVER_FINISHES))
    begun = time.monotonic()
    video = ended(quick_client, SpecialWord.LATE, "=3")
    assert video.status == "completed"
    assert time.monotonic() - begun > 3
    still = quick_client.videos.retrieve(stuck.id)
    assert (still.status, still.progress) == ("in_progress", 37)


def test_the_first_answer_breaks_off_and_the_second_is_whole(idle_client: OpenAI) -> None:
    video = idle_client.videos.create(prompt=prompt_with(SpecialWord.MALFORMED_JSON))
    answer = idle_client.videos.with_raw_response.retrieve(video.id)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)
    assert idle_client.videos.retrieve(video.id).id == video.id


def test_the_key_is_refused_once(idle_client: OpenAI) -> None:
    video = idle_client.videos.create(prompt=prompt_with(SpecialWord.AUTH_LOST))
    with pytest.raises(openai.AuthenticationError, match="Incorrect API key"):
        idle_client.videos.retrieve(video.id)
    assert idle_client.videos.retrieve(video.id).id == video.id


def test_a_service_with_a_key_of_its_own_refuses_all_others(quick_sandbox: RunningSandbox) -> None:
    with (
        OpenAI(base_url=f"{quick_sandbox.url}/v1", api_key="carol", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError, match="Incorrect API key"),
    ):
        stranger.videos.list()


def test_a_page_comes_in_place_of_the_video_once(quick_client: OpenAI) -> None:
    video = ended(quick_client, SpecialWord.WRONG_CONTENT_TYPE)
    answer = quick_client.videos.download_content(video.id)
    assert answer.response.headers["content-type"].startswith("text/html")
    assert quick_client.videos.download_content(video.id).response.headers["content-type"] == "video/mp4"


def test_wrong_bytes_look_like_a_video_from_outside(quick_client: OpenAI) -> None:
    video = ended(quick_client, SpecialWord.WRONG_BYTES)
    answer = quick_client.videos.download_content(video.id)
    assert answer.response.headers["content-type"] == "video/mp4"
    assert answer.read().startswith(b"These bytes are no video.")


def test_a_tebibyte_is_promised_once(quick_client: OpenAI) -> None:
    video = ended(quick_client, SpecialWord.OVERSIZED)
    with quick_client.videos.with_streaming_response.download_content(video.id) as answer:
        assert answer.headers["content-length"] == str(2**40)
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            for _ in answer.iter_bytes():
                pass
    assert len(quick_client.videos.download_content(video.id).read()) < 2**30


def test_a_slow_video_drips_once(quick_client: OpenAI) -> None:
    video = ended(quick_client, SpecialWord.SLOW_DRIP)
    begun = time.monotonic()
    with quick_client.videos.with_streaming_response.download_content(video.id) as answer:
        got = 0
        for piece in answer.iter_bytes():
            got += len(piece)
            if got >= 3 * 1024:
                break
    assert time.monotonic() - begun >= 1
    assert int(answer.headers["content-length"]) == len(quick_client.videos.download_content(video.id).read())
