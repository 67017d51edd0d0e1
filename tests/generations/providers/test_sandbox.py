"""The adapter against the embedded service: a real server of the dialect, with its faults."""

import asyncio
import datetime as dt
import io
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image

from generations.providers.base import (
    AccountFacts,
    CreateRequest,
    ErrorClass,
    ProviderError,
    ReferenceFile,
    RemoteState,
    RemoteTask,
    Variant,
)
from generations.providers.openai_videos import OpenAIVideos
from sorahub.lib import http
from tests.generations.sandbox.process import running_sandbox

pytestmark = pytest.mark.slow
FOX = CreateRequest("sora-2", "A fox in the snow", 4, 1280, 720, seed=7)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAIVideos]:
    program = ("-m", "tests.generations.quick_sandbox")
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), "--speed", "0.1", program=program) as sandbox:
        address = f"{sandbox.url.rstrip('/')}/v1"
        loopback = ("127.0.0.0/8", "::1/128")
        yield OpenAIVideos(AccountFacts("openai_videos", address, "any-key", allowed_networks=loopback))


def finished(account: OpenAIVideos, remote_id: str) -> RemoteTask:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        task = account.get(remote_id)
        if task.state not in {RemoteState.QUEUED, RemoteState.RUNNING}:
            return task
        time.sleep(min(task.poll_after or 0.2, 0.3))
    raise AssertionError("the sandbox did not finish in time")


def test_a_generation_goes_from_order_to_file(account: OpenAIVideos) -> None:
    created = account.create(FOX)
    assert created.state is RemoteState.QUEUED
    task = finished(account, created.remote_id)
    assert (task.state, task.progress, task.alarm) == (RemoteState.FETCHING, 100, "")
    actual = task.actual
    assert (actual.model, actual.seconds, actual.width, actual.height) == ("sora-2", 4, 1280, 720)
    with account.download(created.remote_id) as stream:
        content = stream.read()
    assert (content[4:8], len(content)) == (b"ftyp", stream.length)
    with account.download(created.remote_id, Variant.THUMBNAIL) as stream:
        assert Image.open(io.BytesIO(stream.read())).format == "WEBP"
    assert account.delete(created.remote_id) is True
    assert account.get(created.remote_id).state is RemoteState.LOST
    assert account.delete(created.remote_id) is False


def test_an_order_whose_answer_was_lost_is_found_and_only_that_one(account: OpenAIVideos) -> None:
    dropped = replace(FOX, prompt=f"sandbox:dropped-connection {uuid.uuid4()}")
    since = dt.datetime.now(dt.UTC)
    with pytest.raises(ProviderError) as caught:
        account.create(dropped)
    assert (caught.value.error_class, caught.value.safe_to_resubmit) == (ErrorClass.AMBIGUOUS_SUBMIT, False)
    (found,) = account.find(dropped, since)
    assert found.prompt_matches is True
    assert account.find(replace(dropped, seconds=8), since) == []
    assert account.find(dropped, since + dt.timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("moderated-input", ErrorClass.MODERATION_INPUT),
        ("server-error", ErrorClass.AMBIGUOUS_SUBMIT),
        ("rate-limit", ErrorClass.RATE_LIMITED),
    ],
)
def test_a_refused_order_makes_no_task(account: OpenAIVideos, word: str, kind: ErrorClass) -> None:
    order = replace(FOX, prompt=f"sandbox:{word} {uuid.uuid4()}")
    with pytest.raises(ProviderError) as caught:
        account.create(order)
    assert caught.value.error_class is kind
    assert (caught.value.retry_after is not None) is (word == "rate-limit")
    assert account.find(order, dt.datetime.now(dt.UTC)) == []


def test_a_clip_rejected_after_rendering_is_a_failure_of_its_output(account: OpenAIVideos) -> None:
    created = account.create(replace(FOX, prompt="sandbox:moderated-output"))
    task = finished(account, created.remote_id)
    assert (task.state, task.error and task.error.error_class) == (
        RemoteState.FAILED, ErrorClass.MODERATION_OUTPUT,
    )  # fmt: skip


def test_a_truncated_download_is_noticed_and_the_next_one_is_whole(account: OpenAIVideos) -> None:
    created = account.create(replace(FOX, prompt="sandbox:truncated-download"))
    finished(account, created.remote_id)
    with account.download(created.remote_id) as stream, pytest.raises(http.IncompleteBody) as caught:
        stream.read()
    assert caught.value.retryable
    with account.download(created.remote_id) as stream:
        assert len(stream.read()) == stream.length


def test_a_reference_of_the_wrong_size_is_an_invalid_request(account: OpenAIVideos) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(picture, "PNG")
    frame = ReferenceFile("frame.png", "image/png", picture.getvalue())
    with pytest.raises(ProviderError) as caught:
        account.create(replace(FOX, references=(frame,)))
    assert (caught.value.error_class, caught.value.charged) == (ErrorClass.INVALID_REQUEST, False)


def test_the_tracker_asks_about_several_at_once(account: OpenAIVideos) -> None:
    ids = [account.create(replace(FOX, prompt=f"tracked {number}")).remote_id for number in range(2)]

    async def story() -> list[RemoteTask]:
        tasks = await asyncio.gather(*(account.aget(remote_id) for remote_id in ids))
        await account.aclose()
        return list(tasks)

    tasks = asyncio.run(story())
    assert [task.remote_id for task in tasks] == ids
    assert all(task.poll_after is not None for task in tasks)


@pytest.mark.long
def test_a_clip_is_remixed_edited_and_extended(account: OpenAIVideos) -> None:
    source = account.create(FOX).remote_id
    finished(account, source)
    since = dt.datetime.now(dt.UTC)
    orders = {
        mode: replace(FOX, mode=mode, prompt=f"{mode} {uuid.uuid4()}", source_remote_id=source)
        for mode in ("remix", "edit", "extend")
    }
    made = {mode: account.create(order).remote_id for mode, order in orders.items()}
    for mode, order in orders.items():
        task = finished(account, made[mode])
        assert (task.state, task.actual.seconds) == (RemoteState.FETCHING, 8 if mode == "extend" else 4)
        assert [found.remote_id for found in account.find(order, since)] == [made[mode]]


def test_an_order_from_a_clip_that_is_not_there_is_refused(account: OpenAIVideos) -> None:
    with pytest.raises(ProviderError) as caught:
        account.create(replace(FOX, mode="extend", source_remote_id="video_nowhere"))
    assert (caught.value.error_class, caught.value.charged) == (ErrorClass.PROVIDER_PERMANENT, False)


def test_a_character_made_of_a_clip_appears_in_another(account: OpenAIVideos) -> None:
    source = account.create(FOX).remote_id
    finished(account, source)
    with account.download(source) as stream:
        footage = ReferenceFile("rusty.mp4", "video/mp4", stream.read(), kind="video", role="subject")
    rusty = account.make_character("Rusty", footage)
    order = replace(FOX, prompt="Rusty sleeps", characters=(rusty,))
    assert finished(account, account.create(order).remote_id).state is RemoteState.FETCHING
    with pytest.raises(ProviderError) as caught:
        account.create(replace(order, prompt="Somebody else sleeps"))
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.INVALID_REQUEST, "character_not_named")


def test_the_same_order_may_go_as_multipart(account: OpenAIVideos) -> None:
    order = replace(FOX, prompt=f"multipart {uuid.uuid4()}", options={"multipart": True})
    since = dt.datetime.now(dt.UTC)
    created = account.create(order)
    assert [task.remote_id for task in account.find(order, since)] == [created.remote_id]


def test_the_sprites_are_a_picture(account: OpenAIVideos) -> None:
    created = account.create(FOX)
    finished(account, created.remote_id)
    with account.download(created.remote_id, Variant.SPRITESHEET) as stream:
        assert Image.open(io.BytesIO(stream.read())).format == "JPEG"


@pytest.mark.parametrize(
    ("word", "kind", "code"),
    [
        ("malformed-json", ErrorClass.PROVIDER_TRANSIENT, "unreadable"),
        ("auth-lost", ErrorClass.AUTH, "invalid_api_key"),
    ],
)
def test_a_broken_answer_says_nothing_about_the_task_and_the_next_one_does(
    account: OpenAIVideos, word: str, kind: ErrorClass, code: str
) -> None:
    created = account.create(replace(FOX, prompt=f"sandbox:{word}"))
    with pytest.raises(ProviderError) as caught:
        account.get(created.remote_id)
    assert (caught.value.error_class, caught.value.code) == (kind, code)
    assert finished(account, created.remote_id).state is RemoteState.FETCHING


def test_a_contradictory_task_is_fetched_with_an_alarm(account: OpenAIVideos) -> None:
    created = account.create(replace(FOX, prompt="sandbox:contradictory"))
    task = finished(account, created.remote_id)
    assert (task.state, task.alarm[:11]) == (RemoteState.FETCHING, "'completed'")
    with account.download(created.remote_id) as stream:
        assert stream.read()[4:8] == b"ftyp"


def test_an_unknown_word_is_passed_through_with_an_alarm(account: OpenAIVideos) -> None:
    created = account.create(replace(FOX, prompt="sandbox:unknown-word"))
    seen: set[tuple[str, str]] = set()
    deadline = time.monotonic() + 30
    while (task := account.get(created.remote_id)).state is not RemoteState.FETCHING:
        assert time.monotonic() < deadline
        seen.add((task.raw_state, task.alarm))
        time.sleep(0.2)
    assert ("pondering", "unknown state 'pondering'") in seen


def test_a_page_in_place_of_the_file_is_not_taken_and_the_next_one_is_the_file(account: OpenAIVideos) -> None:
    created = account.create(replace(FOX, prompt="sandbox:wrong-content-type"))
    finished(account, created.remote_id)
    with pytest.raises(ProviderError) as caught:
        account.download(created.remote_id)
    assert (caught.value.error_class, caught.value.retryable) == (ErrorClass.INTEGRITY, True)
    with account.download(created.remote_id) as stream:
        assert stream.read()[4:8] == b"ftyp"


def test_a_file_that_has_expired_is_gone(account: OpenAIVideos) -> None:
    created = account.create(replace(FOX, prompt="sandbox:expired"))
    assert finished(account, created.remote_id).expires_at is not None
    with pytest.raises(ProviderError) as caught:
        account.download(created.remote_id)
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.EXPIRED_ASSET, "http-404")


def test_a_file_that_promises_too_much_is_not_read(account: OpenAIVideos) -> None:
    created = account.create(replace(FOX, prompt="sandbox:oversized"))
    finished(account, created.remote_id)
    with account.download(created.remote_id) as stream, pytest.raises(http.TooLarge):
        stream.read()


def test_the_account_test_accepts_any_key_and_refuses_none(account: OpenAIVideos) -> None:
    assert account.check().ok
    keyless = OpenAIVideos(replace(account.facts, api_key=""))
    assert keyless.check().ok is False
