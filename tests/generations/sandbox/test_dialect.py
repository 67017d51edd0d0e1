"""The official client, unchanged, finds everything where the dialect says it is."""

import base64
import io
import json

import av
import httpx
import openai
import pytest
from openai import OpenAI
from openai.types import Video
from PIL import Image
from standardwebhooks import Webhook

from generations.sandbox.strip import read_strip
from tests.generations.sandbox.conftest import SECRET, Rendered, Subscriber
from tests.generations.sandbox.process import RunningSandbox
from tests.generations.sandbox.test_render import picture_of


@pytest.fixture
def finished(rendered: Rendered) -> Video:
    return rendered.plain


def test_a_finished_video_says_what_was_ordered(finished: Video) -> None:
    assert (finished.status, finished.progress, finished.error) == ("completed", 100, None)
    assert (finished.model, finished.seconds, finished.size) == ("sora-2", "4", "1280x720")
    assert finished.prompt == "a fox crosses a snowy field at dawn"
    assert finished.completed_at is not None
    assert finished.expires_at == finished.completed_at + 3600


def test_the_video_opens_on_the_reference_image(client: OpenAI, finished: Video) -> None:
    answer = client.videos.download_content(finished.id)
    assert answer.response.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(answer.read()), "r") as file:
        first = picture_of(next(file.decode(video=0)))
        assert (file.streams.video[0].frames, first.size, read_strip(first)) == (96, (1280, 720), 0)
    assert first.getpixel((1200, 300)) == pytest.approx((200, 30, 40), abs=6)


def test_thumbnail_and_spritesheet_are_pictures(client: OpenAI, finished: Video) -> None:
    for variant, form, size in (("thumbnail", "WEBP", (1280, 720)), ("spritesheet", "JPEG", (1280, 720))):
        answer = client.videos.download_content(finished.id, variant=variant)  # type: ignore[arg-type]
        with Image.open(io.BytesIO(answer.read())) as picture:
            assert (picture.format, picture.size) == (form, size)


def test_a_part_of_the_video_can_be_asked_for(client: OpenAI, finished: Video) -> None:
    whole = client.videos.download_content(finished.id).read()
    answer = client.videos.download_content(finished.id, extra_headers={"range": "bytes=100-199"})
    assert (answer.response.status_code, answer.read()) == (206, whole[100:200])


def test_the_webhook_is_signed_and_repeated_until_it_is_taken(finished: Video, subscriber: Subscriber) -> None:
    refused, taken = subscriber.calls_about(finished.id, 2)
    assert (refused.answered, taken.answered) == (500, 204)
    assert refused.headers["webhook-id"] == taken.headers["webhook-id"]
    event = json.loads(taken.body)
    Webhook(SECRET).verify(taken.body.decode(), taken.headers)
    assert (event["type"], event["data"]) == ("video.completed", {"id": finished.id})
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(taken.body.decode().replace("completed", "failed"), taken.headers)


@pytest.mark.long
def test_a_remix_keeps_the_scene_and_is_a_new_video_that_can_be_deleted(client: OpenAI, finished: Video) -> None:
    remix = client.videos.remix(finished.id, prompt="the same field, now at night")
    assert (remix.status, remix.remixed_from_video_id, remix.size) == ("queued", finished.id, finished.size)
    with pytest.raises(openai.ConflictError, match="completed or failed"):
        client.videos.delete(remix.id)
    seen = [client.videos.retrieve(remix.id)]
    while seen[-1].status not in ("completed", "failed"):
        seen.append(client.videos.retrieve(remix.id))
    assert [video.progress for video in seen] == sorted(video.progress for video in seen)
    assert any(video.status == "in_progress" and 0 < video.progress < 100 for video in seen)
    assert client.videos.delete(remix.id).to_dict() == {"id": remix.id, "object": "video.deleted", "deleted": True}
    with pytest.raises(openai.NotFoundError):
        client.videos.retrieve(remix.id)


def test_a_waiting_video_says_when_to_ask_again_and_has_no_content(idle_client: OpenAI) -> None:
    waiting = idle_client.videos.create(prompt="a calm lake")
    answer = idle_client.videos.with_raw_response.retrieve(waiting.id)
    assert answer.headers["openai-poll-after-ms"] == "300"
    assert (waiting.size, waiting.seconds) == ("720x1280", "4")
    with pytest.raises(openai.NotFoundError, match="not ready"):
        idle_client.videos.download_content(waiting.id)


@pytest.mark.parametrize(
    ("values", "param", "code"),
    [
        ({}, "prompt", "missing_required_parameter"),
        ({"prompt": ""}, "prompt", "invalid_value"),
        ({"prompt": "x" * 32_001}, "prompt", "invalid_value"),
        ({"prompt": 7}, "prompt", "invalid_type"),
        ({"prompt": "x", "model": "sora-3"}, "model", "invalid_value"),
        ({"prompt": "x", "seconds": 4}, "seconds", "invalid_type"),
        ({"prompt": "x", "seconds": "10"}, "seconds", "invalid_value"),
        ({"prompt": "x", "size": "1920x1080"}, "size", "invalid_value"),
        ({"prompt": "x", "seed": "-1"}, "seed", "invalid_type"),
        ({"prompt": "x", "metadata": {}}, "metadata", "unknown_parameter"),
        ({"prompt": "x", "input_reference": "a.png"}, "input_reference", "invalid_type"),
        ({"prompt": "x", "size": None}, "size", "invalid_type"),
        ({"prompt": "x", "input_reference": {"file_id": "file-1"}}, "input_reference.file_id", "invalid_value"),
        ({"prompt": "x", "input_reference": {"file_id": "f", "image_url": "u"}}, "input_reference", "invalid_value"),
        ({"prompt": "x", "characters": "char_1"}, "characters", "invalid_value"),
        (
            {"prompt": "x", "input_reference": {"image_url": "https://localhost/a.png"}},
            "input_reference",
            "invalid_value",
        ),
    ],
)
def test_a_wrong_order_names_its_parameter(idle_client: OpenAI, values: object, param: str, code: str) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        idle_client.post("/videos", body=values, cast_to=Video)
    assert (refusal.value.param, refusal.value.code) == (param, code)


def test_half_a_character_is_refused(idle_sandbox: RunningSandbox) -> None:
    headers = {"authorization": "Bearer alice", "content-type": "application/json"}
    answer = httpx.post(f"{idle_sandbox.url}/v1/videos", content=b'{"prompt": "\\ud800"}', headers=headers)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "prompt")


def test_a_reference_of_another_size_is_refused(idle_client: OpenAI) -> None:
    image = io.BytesIO()
    Image.new("RGB", (64, 64)).save(image, "PNG")
    with pytest.raises(openai.BadRequestError, match="must match the requested width and height"):
        idle_client.videos.create(prompt="x", input_reference=("a.png", image.getvalue(), "image/png"))


def test_a_data_url_is_a_reference_like_a_file(idle_client: OpenAI) -> None:
    image = io.BytesIO()
    Image.new("RGB", (720, 1280)).save(image, "WEBP")
    url = f"data:image/webp;base64,{base64.b64encode(image.getvalue()).decode()}"
    body = {"prompt": "x", "input_reference": {"image_url": url}}
    assert idle_client.post("/videos", body=body, cast_to=Video).status == "queued"


def test_every_method_that_is_served_is_named_in_a_refusal(idle_sandbox: RunningSandbox) -> None:
    headers = {"authorization": "Bearer alice"}
    for path, methods in (("videos", {"POST", "GET", "HEAD"}), ("videos/video_1", {"GET", "HEAD", "DELETE"})):
        answer = httpx.put(f"{idle_sandbox.url}/v1/{path}", headers=headers)
        assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, methods)


@pytest.mark.parametrize("header", [None, "Basic YTpi", "Bearer"])
def test_a_key_is_asked_for(idle_sandbox: RunningSandbox, header: str | None) -> None:
    headers = {"authorization": header} if header else {}
    answer = httpx.post(f"{idle_sandbox.url}/v1/videos", json={"prompt": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


def test_unknown_things_are_not_found(idle_client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        idle_client.videos.retrieve("video_none")
    assert (missing.value.code, missing.value.param) == ("not_found", "video_id")
    with pytest.raises(openai.NotFoundError) as sourceless:
        idle_client.post("/videos/edits", body={"prompt": "x", "video": {"id": "video_none"}}, cast_to=Video)
    assert (sourceless.value.code, sourceless.value.param) == ("not_found", "video_id")
    with pytest.raises(openai.APIStatusError) as unserved:
        idle_client.post("/videos/video_none/cancel", body={}, cast_to=Video)
    assert (unserved.value.status_code, unserved.value.body["code"]) == (404, "unknown_url")  # type: ignore[index]
