"""The Ark dialect, judged by the vendor's own client: volcengine-ark-runtime, unchanged."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import av
import httpx
import pytest
from PIL import Image
from volcenginesdkarkruntime import Ark
from volcenginesdkarkruntime import _exceptions as errors

from generations.sandbox.ark_words import tokens
from tests.generations.sandbox.process import RunningSandbox
from tests.generations.sandbox.test_render import picture_of
from tests.generations.sandbox.wires import Listener, png, waited

FULL, FAST = "doubao-seedance-2-0-260128", "doubao-seedance-2-0-fast-260128"
SMALL: dict[str, Any] = {"resolution": "480p", "duration": 4}


def words(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def file(kind: str, url: str, role: str | None = None) -> dict[str, Any]:
    return {"type": f"{kind}_url", f"{kind}_url": {"url": url}} | ({"role": role} if role else {})


def images(count: int, role: str = "reference_image") -> list[dict[str, Any]]:
    return [file("image", f"https://cdn.example/{number}.png", role) for number in range(count)]


def videos(count: int) -> list[dict[str, Any]]:
    return [file("video", f"https://cdn.example/{number}.mp4", "reference_video") for number in range(count)]


def sounds(count: int) -> list[dict[str, Any]]:
    return [file("audio", f"https://cdn.example/{number}.mp3", "reference_audio") for number in range(count)]


def data_url(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def ark(sandbox: RunningSandbox) -> Iterator[Ark]:
    with Ark(base_url=f"{sandbox.url}/api/v3", api_key="alice", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def idle(idle_sandbox: RunningSandbox) -> Iterator[Ark]:
    with Ark(base_url=f"{idle_sandbox.url}/api/v3", api_key="alice", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def finished(ark: Ark, listener: Listener) -> Any:
    """A silent clip of four seconds that opens on a square reference image and keeps its last frame."""
    listener.files["/square.png"] = png(400, 400)
    content = [words("a boat at dawn"), file("image", f"{listener.url}/square.png", "reference_image")]
    task = ark.content_generation.tasks.create(
        model=FULL,
        content=content,
        generate_audio=False,
        return_last_frame=True,
        seed=7,
        callback_url=f"{listener.url}/ark/finished",
        **SMALL,
    )
    return ended(ark, task.id)


def ended(client: Ark, task_id: str) -> Any:
    return waited(
        lambda: client.content_generation.tasks.get(task_id=task_id),
        lambda task: task.status not in ("queued", "running"),
    )


def test_a_finished_task_says_what_was_used_and_what_it_cost(finished: Any) -> None:
    assert finished.status == "succeeded"
    assert finished.id.startswith("cgt-")
    assert (finished.ratio, finished.resolution, finished.duration, finished.seed) == ("1:1", "480p", 4, 7)
    assert (finished.framespersecond, finished.generate_audio, finished.error) == (24, False, None)
    assert finished.execution_expires_after == 172_800
    assert finished.usage.completion_tokens == finished.usage.total_tokens == 640 * 640 * 97 / 1024


@pytest.mark.parametrize(("width", "height", "bill"), [(1280, 720, 108_900), (1920, 1080, 245_025)])
def test_five_seconds_cost_what_two_real_bills_say(width: int, height: int, bill: int) -> None:
    assert tokens(width, height, 5) == bill


def test_the_clip_opens_on_the_reference_and_the_last_frame_is_its_last(finished: Any) -> None:
    with av.open(io.BytesIO(httpx.get(finished.content.video_url).read()), "r") as clip:
        frames = [picture_of(frame) for frame in clip.decode(video=0)]
        assert (len(frames), frames[0].size, len(clip.streams.audio)) == (96, (640, 640), 0)
    assert frames[0].getpixel((600, 300)) == pytest.approx((200, 30, 40), abs=6)
    last = Image.open(io.BytesIO(httpx.get(finished.content.last_frame_url).read())).convert("RGB")
    assert last.getpixel((50, 500)) == pytest.approx(frames[-1].getpixel((50, 500)), abs=3)


def test_the_callback_hears_every_state_unsigned_and_as_the_query_shows_it(
    finished: Any, listener: Listener, sandbox: RunningSandbox
) -> None:
    posts = listener.at("/ark/finished", 3)
    told = {json.loads(post.body)["status"]: json.loads(post.body) for post in posts}
    assert list(told) == ["queued", "running", "succeeded"]
    url = f"{sandbox.url}/api/v3/contents/generations/tasks/{finished.id}"
    assert told["succeeded"] == httpx.get(url, headers={"authorization": "Bearer alice"}).json()
    assert not [name for post in posts for name in post.headers if name.startswith("webhook-")]


def test_all_four_kinds_of_content_are_taken(idle: Ark) -> None:
    task = idle.content_generation.tasks.create(
        model=FULL, content=[words("a chorus"), *images(9), *videos(3), *sounds(3)]
    )
    got = idle.content_generation.tasks.get(task_id=task.id)
    assert (got.status, got.model, got.service_tier) == ("queued", FULL, "default")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param([words("x"), *images(10)], id="ten images"),
        pytest.param([words("x"), *videos(4)], id="four videos"),
        pytest.param([words("x"), *images(1), *sounds(4)], id="four sounds"),
        pytest.param([words("x"), *sounds(1)], id="audio alone"),
        pytest.param([words("x"), *images(1, "first_frame"), *images(1)], id="frame and reference"),
        pytest.param([words("x"), *images(1, "last_frame")], id="a last frame alone"),
        pytest.param([words("x"), *images(2, "first_frame")], id="two first frames"),
        pytest.param([words("x"), words("y")], id="two texts"),
        pytest.param([], id="nothing"),
        pytest.param([file("video", "data:video/mp4;base64,AAAA", "reference_video")], id="base64 video"),
        pytest.param([file("image", data_url(png(299, 400)))], id="a small image"),
        pytest.param([file("image", data_url(png(400, 1001)))], id="a narrow image"),
        pytest.param([file("image", "data:image/png;base64,AAAA")], id="no image"),
        pytest.param([words("x"), file("image", "https://cdn.example/1.png", "reference_video")], id="a wrong role"),
        pytest.param([{"type": "draft_task", "draft_task": {"id": "cgt-1"}}], id="a draft"),
    ],
)
def test_what_may_not_come_together_is_refused(idle: Ark, content: list[dict[str, Any]]) -> None:
    before = idle.content_generation.tasks.list().total
    with pytest.raises(errors.ArkBadRequestError) as refusal:
        idle.content_generation.tasks.create(model=FULL, content=content)
    assert (refusal.value.code, refusal.value.type) == ("InvalidParameter", "BadRequest")
    assert idle.content_generation.tasks.list().total == before


@pytest.mark.parametrize(
    ("model", "parameters", "named"),
    [
        (FULL, {"duration": 3}, "duration"),
        (FULL, {"duration": 16}, "duration"),
        (FULL, {"ratio": "2:1"}, "ratio"),
        (FAST, {"resolution": "1080p"}, "resolution"),
        (FULL, {"seed": 2**32}, "seed"),
        (FULL, {"execution_expires_after": 3599}, "execution_expires_after"),
        (FULL, {"execution_expires_after": 259_201}, "execution_expires_after"),
        (FULL, {"frames": 57}, "frames"),
        (FULL, {"camera_fixed": True}, "camera_fixed"),
        (FULL, {"draft": True}, "draft"),
        (FULL, {"service_tier": "flex"}, "service_tier"),
        (FULL, {"callback_url": "ftp://cdn.example/x"}, "callback_url"),
    ],
)
def test_values_outside_the_ranges_are_refused_by_name(
    idle: Ark, model: str, parameters: dict[str, Any], named: str
) -> None:
    with pytest.raises(errors.ArkBadRequestError) as refusal:
        idle.content_generation.tasks.create(model=model, content=[words("a boat")], **parameters)
    assert (refusal.value.code, refusal.value.param) == ("InvalidParameter", named)


def test_the_longer_model_takes_thirty_seconds_and_sound_alone(idle: Ark) -> None:
    task = idle.content_generation.tasks.create(
        model="dreamina-seedance-2-5-260628", content=[words("a song"), *sounds(1)], duration=30
    )
    assert idle.content_generation.tasks.get(task_id=task.id).status == "queued"


def test_an_unknown_model_and_an_unknown_task_are_not_found(idle: Ark) -> None:
    with pytest.raises(errors.ArkNotFoundError) as model:
        idle.content_generation.tasks.create(model="doubao-seedance-9", content=[words("a boat")])
    assert model.value.code == "InvalidEndpoint.NotFound"
    with pytest.raises(errors.ArkNotFoundError) as task:
        idle.content_generation.tasks.get(task_id="cgt-none")
    assert task.value.code == "ResourceNotFound"


def test_a_waiting_task_is_cancelled_and_its_callback_hears_of_it(idle: Ark, listener: Listener) -> None:
    tasks = idle.content_generation.tasks
    task = tasks.create(model=FULL, content=[words("a boat")], callback_url=f"{listener.url}/ark/cancel")
    tasks.delete(task_id=task.id)
    assert tasks.get(task_id=task.id).status == "cancelled"
    assert [json.loads(post.body)["status"] for post in listener.at("/ark/cancel", 2)] == ["queued", "cancelled"]
    assert [each.id for each in tasks.list(status="cancelled").items] == [task.id]
    tasks.delete(task_id=task.id)
    with pytest.raises(errors.ArkNotFoundError):
        tasks.get(task_id=task.id)


def test_a_running_task_cannot_be_deleted(ark: Ark) -> None:
    tasks = ark.content_generation.tasks
    task = tasks.create(model=FULL, content=[words("a boat, sandbox:never-finishes")], **SMALL)
    waited(lambda: tasks.get(task_id=task.id), lambda got: got.status == "running")
    with pytest.raises(errors.ArkConflictError) as refusal:
        tasks.delete(task_id=task.id)
    assert refusal.value.code == "InvalidAction.RunningTaskDeletion"
    assert tasks.get(task_id=task.id).status == "running"


def test_a_task_that_is_not_done_in_time_expires(ark: Ark) -> None:
    task = ark.content_generation.tasks.create(model=FULL, content=[words("a boat, sandbox:overdue")], **SMALL)
    got = ended(ark, task.id)
    assert (got.status, got.execution_expires_after, got.content) == ("expired", 2, None)


def test_the_list_has_pages_and_filters(idle: Ark) -> None:
    tasks = idle.content_generation.tasks
    ids = [tasks.create(model=FAST, content=[words(f"boat {number}")]).id for number in range(3)]
    first, second = (tasks.list(page_num=number, page_size=2, model=FAST) for number in (1, 2))
    assert (first.total, [each.id for each in first.items]) == (3, [ids[2], ids[1]])
    assert [each.id for each in second.items] == [ids[0]]
    assert {each.id for each in tasks.list(task_ids=[ids[0], ids[2]], page_size=100).items} == {ids[0], ids[2]}
    assert tasks.list(model=FAST, status="running").total == 0


REFUSALS = [
    ("moderated-input", errors.ArkBadRequestError, "InputTextSensitiveContentDetected"),
    ("arrears", errors.ArkPermissionDeniedError, "AccountOverdueError"),
    ("quota", errors.ArkRateLimitError, "QuotaExceeded"),
    ("rate-limit", errors.ArkRateLimitError, "ModelAccountRpmRateLimitExceeded"),
    ("server-error", errors.ArkInternalServerError, "InternalServiceError"),
    ("ark-ModelNotOpen", errors.ArkNotFoundError, "ModelNotOpen"),
    ("ark-serveroverloaded", errors.ArkRateLimitError, "ServerOverloaded"),
    (
        "ark-InputImageSensitiveContentDetected.PrivacyInformation",
        errors.ArkBadRequestError,
        "InputImageSensitiveContentDetected.PrivacyInformation",
    ),
]


@pytest.mark.parametrize(("word", "error", "code"), REFUSALS)
def test_a_refusing_word_gives_the_vendors_error_and_no_task(
    idle: Ark, word: str, error: type[errors.ArkAPIStatusError], code: str
) -> None:
    before = idle.content_generation.tasks.list().total
    with pytest.raises(error) as refusal:
        idle.content_generation.tasks.create(model=FULL, content=[words(f"a boat, sandbox:{word}")])
    assert refusal.value.code == code
    assert idle.content_generation.tasks.list().total == before


def test_a_key_is_needed(idle_sandbox: RunningSandbox) -> None:
    answer = httpx.get(f"{idle_sandbox.url}/api/v3/contents/generations/tasks")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AuthenticationError")


def test_a_dropped_connection_leaves_one_task_behind(idle: Ark, idle_sandbox: RunningSandbox) -> None:
    prompt = "a lost boat, sandbox:dropped-connection"
    before = idle.content_generation.tasks.list().total
    with pytest.raises(errors.ArkAPIConnectionError):
        idle.content_generation.tasks.create(model=FULL, content=[words(prompt)])
    assert idle.content_generation.tasks.list().total == before + 1
    counts = httpx.get(f"{idle_sandbox.url}/_control/creates?dialect=ark").json()
    assert counts["by_prompt"][prompt] == 1


def test_a_moderated_clip_fails_with_the_output_code_and_costs_nothing(ark: Ark) -> None:
    task = ark.content_generation.tasks.create(model=FAST, content=[words("sandbox:moderated-output")], **SMALL)
    got = ended(ark, task.id)
    assert (got.status, got.error.code) == ("failed", "OutputVideoSensitiveContentDetected")
    assert (got.usage, got.content) == (None, None)


def test_a_callback_is_tried_four_times(idle: Ark, listener: Listener) -> None:
    listener.refusals["/ark/deaf"] = 2
    idle.content_generation.tasks.create(model=FULL, content=[words("a boat")], callback_url=f"{listener.url}/ark/deaf")
    first, second, third = listener.at("/ark/deaf", 3)
    assert first.body == second.body == third.body
