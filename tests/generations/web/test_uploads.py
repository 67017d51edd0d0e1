"""Bringing a finished clip in through the page."""

from pathlib import Path

import pytest

from generations.models import Clip, Upload
from sorahub.jobs.runner import drain
from tests.generations.factories import small_mp4
from tests.generations.web.conftest import Login
from tests.people import Agency

pytestmark = pytest.mark.django_db

STORY = {"declared_model": "sora-2", "declared_route": "Vofy", "declaration": "on"}


def test_a_video_with_its_story_becomes_a_take(agency: Agency, login: Login, tmp_path: Path) -> None:
    browser = login(agency.alice)
    with small_mp4(tmp_path / "take.mp4").open("rb") as file:
        sent = browser.post(
            f"/projects/{agency.aurora.pk}/upload/", {**STORY, "file": file, "shot": str(agency.shot.pk)}
        )
    upload = Upload.objects.get()
    assert sent.headers["Location"] == f"/uploads/{upload.pk}/"
    assert "Checking and hashing" in browser.get(sent.headers["Location"]).content.decode()
    drain()
    clip = Clip.objects.get()
    page = browser.get(sent.headers["Location"]).content.decode()
    assert "In the project" in page
    assert f"/clips/{clip.pk}/renditions/poster" in page
    assert (clip.shot, clip.declared_route, clip.declared_by) == (agency.shot, "Vofy", agency.alice)
    assert f"/clips/{clip.pk}/renditions/sprite" in browser.get(f"/shots/{agency.shot.pk}/").content.decode()


@pytest.mark.parametrize(
    ("story", "words"),
    [
        ({}, "not an MP4, MOV, MKV or WebM"),
        ({"declaration": ""}, "This field is required"),
        ({"declared_route": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_taken_is_said_beside_its_field(
    agency: Agency, login: Login, tmp_path: Path, story: dict[str, str], words: str
) -> None:
    wrong = tmp_path / "take.mp4"
    wrong.write_bytes(b"this is no video at all")
    with wrong.open("rb") as file:
        answer = login(agency.alice).post(f"/projects/{agency.aurora.pk}/upload/", {**STORY, **story, "file": file})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Upload.objects.exists()


def test_a_file_that_only_looks_like_a_video_is_refused_with_its_reason(
    agency: Agency, login: Login, tmp_path: Path
) -> None:
    wrong = tmp_path / "take.mp4"
    wrong.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(500))
    browser = login(agency.alice)
    with wrong.open("rb") as file:
        sent = browser.post(f"/projects/{agency.aurora.pk}/upload/", {**STORY, "file": file})
    drain()
    upload = Upload.objects.get()
    assert upload.state == Upload.State.REFUSED
    page = browser.get(sent.headers["Location"]).content.decode()
    assert upload.error_message in page.replace("&#x27;", "'").replace("&amp;", "&")
    assert "Upload another" in page
