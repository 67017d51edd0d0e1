"""Videos made from videos: edits and extensions, of finished jobs and of uploads; and characters."""

import asyncio
import io
from fractions import Fraction
from pathlib import Path

import av
import openai
import pytest
from openai import OpenAI
from openai.types import Video
from PIL import Image

from generations.sandbox.encode import Encoder
from generations.sandbox.errors import ApiError
from generations.sandbox.jobs import Order
from generations.sandbox.sources import extension_order
from generations.sandbox.store import JobStore
from generations.sandbox.strip import read_strip
from tests.generations.sandbox.conftest import Rendered
from tests.generations.sandbox.test_render import picture_of, time_of

pytestmark = pytest.mark.long

MOSS = (60, 140, 50)


@pytest.fixture
def finished(rendered: Rendered) -> Video:
    return rendered.plain


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An MP4 of two seconds, 320 by 180, all in one green."""
    return green_film(tmp_path_factory.mktemp("film"), 2)


def green_film(folder: Path, seconds: int) -> bytes:
    with Encoder(folder / "film.mp4", 320, 180, Fraction(24), seconds) as film:
        for _ in range(24 * seconds):
            film.add(Image.new("RGB", (320, 180), MOSS))
    return (folder / "film.mp4").read_bytes()


def test_an_extension_opens_with_its_source_and_goes_on_without_a_gap(client: OpenAI, finished: Video) -> None:
    body = {"prompt": "the fox looks up", "seconds": "4", "video": {"id": finished.id}}
    extension = client.post("/videos/extensions", body=body, cast_to=Video)
    assert (extension.seconds, extension.size, extension.remixed_from_video_id) == ("8", "1280x720", None)
    assert client.videos.poll(extension.id, poll_interval_ms=100).status == "completed"
    longer = client.videos.download_content(extension.id).read()
    with av.open(io.BytesIO(longer), "r") as file:
        frames = [(time_of(frame), read_strip(picture_of(frame))) for frame in file.decode(video=0)]
        assert file.duration == 8_000_000
    assert frames == [(Fraction(number, 24), number) for number in range(192)]
    with av.open(io.BytesIO(longer), "r") as file:
        first = picture_of(next(file.decode(video=0)))
    assert first.getpixel((1200, 300)) == pytest.approx((200, 30, 40), abs=6)


def test_an_edit_keeps_the_world_and_is_no_remix(idle_client: OpenAI, client: OpenAI, finished: Video) -> None:
    body = {"prompt": "the same field, in rain", "video": {"id": finished.id}}
    edit = client.post("/videos/edits", body=body, cast_to=Video)
    assert (edit.status, edit.size, edit.seconds) == ("queued", "1280x720", "4")
    assert (edit.id != finished.id, edit.remixed_from_video_id) == (True, None)
    waiting = idle_client.videos.create(prompt="a calm lake")
    for path, more in (("edits", {}), ("extensions", {"seconds": "4"})):
        with pytest.raises(openai.ConflictError, match="Only a completed video"):
            idle_client.post(
                f"/videos/{path}", body={"prompt": "x", "video": {"id": waiting.id}, **more}, cast_to=Video
            )


def test_the_official_client_edits_and_extends_an_upload_that_names_its_model(
    client: OpenAI, idle_client: OpenAI, finished: Video
) -> None:
    whole = client.videos.download_content(finished.id).read()
    upload = ("take.mp4", whole, "video/mp4")
    with pytest.raises(openai.BadRequestError) as refusal:
        idle_client.videos.edit(prompt="in rain", video=upload)
    assert (refusal.value.param, refusal.value.code) == ("model", "missing_required_parameter")
    edit = idle_client.videos.edit(prompt="in rain", video=upload, extra_body={"model": "sora-2-pro"})
    assert (edit.model, edit.size, edit.seconds) == ("sora-2-pro", "1280x720", "4")
    longer = idle_client.videos.extend(prompt="on", video=upload, seconds="8", extra_body={"model": "sora-2"})
    assert (longer.model, longer.seconds) == ("sora-2", "12")


def test_an_upload_that_is_no_video_of_a_known_size_is_refused(idle_client: OpenAI, film: bytes) -> None:
    for name, data, reason in (("a.txt", b"no film", "not a whole MP4"), ("small.mp4", film, "one of the sizes")):
        with pytest.raises(openai.BadRequestError, match=reason) as refusal:
            idle_client.videos.edit(prompt="x", video=(name, data), extra_body={"model": "sora-2"})
        assert (refusal.value.param, refusal.value.code) == ("video", "invalid_video")


@pytest.mark.parametrize(
    ("done", "lasting", "seconds", "code"),
    [(6, 28, "4", "too_many_extensions"), (5, 104, "20", "video_too_long"), (0, 4, "5", "invalid_value")],
)
def test_a_video_can_be_extended_six_times_to_two_minutes(
    tmp_path: Path, done: int, lasting: int, seconds: str, code: str
) -> None:
    store = JobStore(tmp_path)
    order = Order(
        prompt="x", model="sora-2", seconds=lasting, width=1280, height=720, seed=1, facts={"extensions": done}
    )
    job = store.add(order)
    store.completed(job.id)
    with pytest.raises(ApiError) as refusal:
        asyncio.run(extension_order({"prompt": "on", "seconds": seconds, "video": {"id": job.id}}, store))
    assert refusal.value.body["error"]["code"] == code
    store.close()


def test_the_last_second_of_two_minutes_can_be_had(tmp_path: Path) -> None:
    store = JobStore(tmp_path)
    order = Order(prompt="x", model="sora-2", seconds=100, width=1280, height=720, seed=1, facts={"extensions": 5})
    job = store.add(order)
    store.completed(job.id)
    longer = asyncio.run(extension_order({"prompt": "on", "seconds": "20", "video": {"id": job.id}}, store))
    assert (longer.seconds, longer.lead_seconds, longer.facts) == (120, 100, {"extensions": 6})
    store.close()


def test_a_character_appears_where_the_prompt_names_it(client: OpenAI, film: bytes) -> None:
    moss = client.videos.create_character(name="Mossy", video=("moss.mp4", film, "video/mp4"))
    assert moss.id is not None
    assert client.videos.get_character(moss.id).to_dict() == moss.to_dict()
    extra = {"characters": [moss.id]}
    video = client.videos.create_and_poll(prompt="mossy rolls", size="1280x720", extra_body=extra, poll_interval_ms=100)
    answer = client.videos.download_content(video.id, variant="thumbnail")
    with Image.open(io.BytesIO(answer.read())) as picture:
        assert picture.convert("RGB").getpixel((1120, 180)) == pytest.approx(MOSS, abs=8)


def test_characters_are_checked(idle_client: OpenAI, film: bytes, tmp_path: Path) -> None:
    long = green_film(tmp_path, 5)
    for name, data, reason in (
        ("x" * 81, film, "'name' must have 1 to 80"),
        ("Mossy", b"no film", "not a whole MP4"),
        ("Mossy", long, "must last 2 to 4 seconds; this one lasts 5.00"),
    ):
        with pytest.raises(openai.BadRequestError, match=reason):
            idle_client.videos.create_character(name=name, video=("moss.mp4", data, "video/mp4"))
    moss = idle_client.videos.create_character(name="Mossy", video=("moss.mp4", film, "video/mp4"))
    for prompt, listed, reason in (
        ("a stone rolls", [moss.id], "'Mossy' must appear in the prompt"),
        ("Mossy, Mossy, Mossy", [moss.id] * 3, "at most 2"),
    ):
        with pytest.raises(openai.BadRequestError, match=reason):
            idle_client.videos.create(prompt=prompt, extra_body={"characters": listed})
    with pytest.raises(openai.NotFoundError, match="char_none"):
        idle_client.videos.create(prompt="Mossy", extra_body={"characters": ["char_none"]})
    with pytest.raises(openai.NotFoundError, match="char_none"):
        idle_client.videos.get_character("char_none")
