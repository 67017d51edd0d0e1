"""A project's references and characters, as a producer keeps them."""

import wave
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations import catalog
from generations.actions.references import LARGEST, LARGEST_IN_PIECES
from generations.models import Character, ProviderAccount, Reference
from generations.web.slot_picker import Place
from sorahub.jobs.models import Job
from tests.generations.factories import png, small_mp4
from tests.generations.web.conftest import Login
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
STORY = {"source": "Client archive", "rights": "Order 7"}


def sound(path: Path, seconds: int = 2) -> Path:
    """Write a real WAV."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8_000)
        out.writeframes(bytes(2 * 8_000 * seconds))
    return path


def video(agency: Agency) -> Reference:
    """A reference video's row."""
    return Reference.objects.create(
        project=agency.aurora, kind="video", sha256="a" * 64, size=1, media_type="video/mp4", storage_key="a",
        duration_ms=3_000, original_name="moss.mp4", source="Own", rights="Own", created_by=agency.alice,
    )  # fmt: skip


def test_images_videos_and_sounds_are_kept_with_what_was_measured(agency: Agency, login: Login, tmp_path: Path) -> None:
    browser, url = login(agency.alice), f"/projects/{agency.aurora.pk}/references/"
    assert "No references yet" in browser.get(url).content.decode()
    picture = tmp_path / "frame.png"
    picture.write_bytes(png(1280, 720))
    for path in (picture, small_mp4(tmp_path / "walk.mp4", frames=24), sound(tmp_path / "waves.wav")):
        with path.open("rb") as file:
            assert browser.post(url, {**STORY, "file": file}).status_code == 302
    page = browser.get(url).content.decode()
    for words in ("1280 × 720 · PNG", "160 × 90 · 1.0 s · 24 fps · MP4", "2.0 s · ", "Not used yet", "Order 7"):
        assert words in page
    only = browser.get(url, {"kind": "audio"}).content.decode()
    assert "waves.wav" in only
    assert "walk.mp4" not in only


def test_a_place_promises_no_more_than_this_hub_takes() -> None:
    """Kling takes 200 MB of video, and so does the hub, in pieces; it would take larger images."""
    row = catalog.capability("kling", "kling-3.0-omni", "reference_to_video")
    image, film = (Place(slot).words for slot in row.slots)
    assert "at most 50 MB ·" in image
    assert "at most 200 MB ·" in film
    large = Place(replace(row.slots[1], max_bytes=300_000_000)).words
    assert "at most 200 MiB, which this hub takes (the provider would take 300 MB)" in large
    assert (LARGEST["video"], LARGEST_IN_PIECES["video"]) == (64 * 1024**2, 200 * 1024**2)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("frame.png", b"this is no picture", "file"), ("frame.gif", b"GIF89a" + bytes(100), "file")],
)
def test_what_cannot_be_read_is_refused_in_plain_words_beside_the_file(
    agency: Agency, login: Login, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with path.open("rb") as file:
        answer = login(agency.alice).post(f"/projects/{agency.aurora.pk}/references/", {**STORY, "file": file})
    assert answer.status_code == 200
    assert answer.context["form"].errors[words]
    assert not Reference.objects.exists()


def test_a_list_of_references_costs_the_same_queries_however_long(agency: Agency, login: Login) -> None:
    browser, url, counts = login(agency.alice), f"/projects/{agency.aurora.pk}/references/", []
    for much in (3, 300):
        Reference.objects.bulk_create(
            Reference(
                project=agency.aurora, kind="image", sha256=f"{much:03}{n:061}", size=1, media_type="image/png",
                storage_key="x", source="x", rights="x", created_by=agency.alice,
            )
            for n in range(much)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(url).content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert 'rel="next"' in page


def test_a_character_is_asked_for_once_and_settled_by_who_looked(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    browser, url = login(agency.alice), f"/projects/{agency.aurora.pk}/characters/"
    assert "there is none yet" in browser.get(url).content.decode()
    moss = video(agency)
    order = {"name": "Mossy", "reference": str(moss.pk), "account": str(account.pk)}
    assert browser.post(url, order).status_code == 302
    assert Job.objects.filter(kind="character.create").count() == 1
    assert "There is a character called Mossy at this account already." in browser.post(url, order).content.decode()
    Character.objects.update(state=Character.State.UNKNOWN)
    made = Character.objects.get()
    assert "Whether the provider made it is not known." in browser.get(f"{url}live/").content.decode()
    browser.post(f"/characters/{made.pk}/settle/", {"remote_id": "char_7"})
    made.refresh_from_db()
    assert (made.state, made.remote_id) == (Character.State.READY, "char_7")
    again = browser.post(f"/characters/{made.pk}/settle/", {"remote_id": ""}, follow=True).content.decode()
    assert "Nothing is missing about this character." in again


def test_where_no_account_makes_characters_the_page_says_so(agency: Agency, login: Login) -> None:
    kling = provider_account(route="kling")
    kling.dialect = "kling"
    kling.save()
    video(agency)
    browser, url = login(agency.alice), f"/projects/{agency.aurora.pk}/characters/"
    assert "No account that is switched on offers a way to make characters" in browser.get(url).content.decode()
    order = {"name": "Mossy", "reference": str(Reference.objects.get().pk), "account": str(kling.pk)}
    assert browser.post(url, order).status_code == 200
    assert not Character.objects.exists()


def test_the_same_file_again_says_whose_story_stands(agency: Agency, login: Login) -> None:
    browser, address = login(agency.alice), f"/projects/{agency.aurora.pk}/references/"
    for source in ("Client archive", "A stock library"):
        file = SimpleUploadedFile("cup.png", png())
        answer = browser.post(address, {"file": file, "source": source, "rights": "Order 7"}, follow=True)
    assert "its source and rights stay as they were first given" in answer.content.decode()
    assert Reference.objects.get().source == "Client archive"
