"""The pages that take notes away and bring them in, and the same over the API."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfReader
from rest_framework.test import APIClient

from generations.models import Clip
from reviews.actions.annotate import write_annotation
from sorahub.accounts.actions.tokens import issue_token
from sorahub.accounts.models import User
from sorahub.jobs.models import Job
from sorahub.jobs.runner import run_one
from sorahub.ledger.models import Event
from sorahub.lib.ids import uuid7
from tests.people import Agency
from tests.reviews.web.browsing import logged_in

CSV = b"Timecode,Comment,Commenter\n00:00:00:03,<script>x</script>,Carol\n00:00:09:00,Late,Dan\n"


@pytest.fixture
def note(agency: Agency, clip: Clip) -> None:
    """A note of alice's on the clip."""
    write_annotation(
        actor=agency.alice, clip=clip, id=uuid7(), frame_in=3, frame_out=5, body="Brighter", visibility="client"
    )


def file(data: bytes = CSV, name: str = "comments.csv") -> SimpleUploadedFile:
    """A file as a form sends it."""
    return SimpleUploadedFile(name, data)


@pytest.mark.usefixtures("note")
@pytest.mark.parametrize(
    ("kind", "media_type", "holds"),
    [
        ("csv", "text/csv; charset=utf-8", "Brighter"),
        ("edl", "text/plain; charset=utf-8", "01:00:00:03"),
        ("fcp7xml", "application/xml; charset=utf-8", "<out>6</out>"),
        ("fcpxml", "application/xml; charset=utf-8", 'start="3/24s"'),
        ("otio", "application/json", '"OTIO_SCHEMA":"Timeline.1"'),
        ("jsonld", "application/ld+json", "t=0.125,0.25"),
    ],
)
def test_each_format_is_a_file_to_keep(agency: Agency, clip: Clip, kind: str, media_type: str, holds: str) -> None:
    answer = logged_in(agency.bob).get(f"/clips/{clip.pk}/notes/export/{kind}")
    assert (answer.status_code, answer["Content-Type"]) == (200, media_type)
    assert answer["Content-Disposition"].startswith('attachment; filename="Notes-on-SC010-SH010')
    assert answer["Cache-Control"] == "no-store"
    assert holds in answer.content.decode()


def test_the_page_offers_them_and_a_wrong_wish_is_explained(agency: Agency, clip: Clip) -> None:
    browser = logged_in(agency.bob)
    page = browser.get(f"/clips/{clip.pk}/").content.decode()
    for kind in ("csv", "edl", "fcp7xml", "fcpxml", "otio", "jsonld"):
        assert f'formaction="/clips/{clip.pk}/notes/export/{kind}"' in page
    assert f'href="/clips/{clip.pk}/notes/import/"' in page
    assert browser.get(f"/clips/{clip.pk}/notes/export/mov").status_code == 404
    assert browser.get(f"/clips/{clip.pk}/notes/export/csv?state=lost").status_code == 400
    assert browser.get(f"/clips/{clip.pk}/notes/export/edl?start=99").status_code == 400
    assert "Brighter" not in browser.get(f"/clips/{clip.pk}/notes/export/csv?state=resolved").content.decode()


@pytest.mark.usefixtures("note")
def test_a_pdf_is_asked_for_waited_for_and_taken(agency: Agency, clip: Clip) -> None:
    browser = logged_in(agency.bob)
    answer = browser.post(f"/clips/{clip.pk}/notes/export/pdf/", {"state": "open"})
    waiting = browser.get(answer["Location"]).content.decode()
    assert "Being made" in waiting
    assert browser.get(f"{answer['Location']}download").status_code == 409
    run_one(Job.objects.get(kind="notes.sheet").pk)
    ready = browser.get(answer["Location"], headers={"HX-Request": "true"}).content.decode()
    assert "Download the PDF" in ready
    assert "<html" not in ready
    taken = browser.get(f"{answer['Location']}download")
    assert taken["Content-Type"] == "application/pdf"
    assert re.search(r'filename="?Notes-on-SC010-SH010', taken["Content-Disposition"])
    assert b"".join(taken).startswith(b"%PDF")
    assert Event.objects.filter(kind="notes.exported", actor=agency.bob.pk).count() == 1
    assert logged_in(agency.alice).get(answer["Location"]).status_code == 404


def preview(person: User, clip: Clip, **fields: Any) -> tuple[int, str]:
    """Send a file and return the answer."""
    answer = logged_in(person).post(f"/clips/{clip.pk}/notes/import/", {"file": file(), **fields})
    return answer.status_code, answer.content.decode()


def test_a_file_is_shown_before_anything_is_written(agency: Agency, clip: Clip) -> None:
    status, page = preview(agency.bob, clip)
    assert status == 200
    assert not clip.annotations.exists()
    assert "1 new note, 1 row that cannot be read" in page
    assert "Carol: &lt;script&gt;x&lt;/script&gt;" in page
    assert "Frame 216 is outside the clip" in page
    assert "words from “Comment”, begin from “Timecode”" in page
    [token] = re.findall(r'name="confirm" value="([^"]+)"', page)
    browser = logged_in(agency.bob)
    answer = browser.post(f"/clips/{clip.pk}/notes/import/", {"confirm": token})
    assert answer["Location"] == f"/clips/{clip.pk}/"
    assert [(each.frame_in, each.author) for each in clip.annotations.all()] == [(3, agency.bob)]
    again = browser.post(f"/clips/{clip.pk}/notes/import/", {"confirm": token}, follow=True)
    assert "no longer there" in again.content.decode()
    assert clip.annotations.count() == 1


def test_a_preview_is_confirmed_by_its_own_person_only(agency: Agency, clip: Clip) -> None:
    _, page = preview(agency.bob, clip)
    [token] = re.findall(r'name="confirm" value="([^"]+)"', page)
    for person, said in ((agency.alice, token), (agency.bob, token + "x"), (agency.bob, "x")):
        answer = logged_in(person).post(f"/clips/{clip.pk}/notes/import/", {"confirm": said})
        assert answer["Location"] == f"/clips/{clip.pk}/notes/import/"
    assert not clip.annotations.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"a,b\n1,2\n", "No column of this file"), (b"", "file is empty"), (b"x" * (5 * 1024**2 + 1), "At most 5 MB.")],
    ids=["columns", "empty", "large"],
)
def test_a_file_that_cannot_be_taken_says_why_on_the_form(agency: Agency, clip: Clip, data: bytes, words: str) -> None:
    answer = logged_in(agency.bob).post(f"/clips/{clip.pk}/notes/import/", {"file": file(data)})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not clip.annotations.exists()


@pytest.mark.usefixtures("note")
def test_programs_take_notes_away_and_bring_them_in(agency: Agency, clip: Clip) -> None:
    _, secret = issue_token(actor=agency.bob, name="test", scope="write", days=1)
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    base = f"/api/v1/clips/{clip.pk}"
    assert b"Brighter" in program.get(f"{base}/notes-file/", {"file_format": "otio"}).content
    assert program.get(f"{base}/notes-file/", {"file_format": "mov"}).status_code == 400
    told = program.post(f"{base}/notes-import/", {"file": file()}, format="multipart").json()
    assert (told["file_kind"], told["written"], told["notes"][0]["fate"]) == ("frameio", False, "new")
    assert clip.annotations.count() == 1
    done = program.post(f"{base}/notes-import/", {"file": file(), "write": "true"}, format="multipart").json()
    assert [problem["row"] for problem in done["problems"]] == [2]
    assert clip.annotations.count() == 2
    sheet = program.post(f"{base}/notes-pdf/", {"category": ["general"]}, format="json").json()
    assert (sheet["state"], sheet["url"]) == ("making", None)
    run_one(sheet["id"])
    ready = program.get(f"/api/v1/note-sheets/{sheet['id']}/").json()
    assert (ready["state"], ready["frames_done"], ready["frames"]) == ("ready", 0, 0)
    pdf: Any = program.post(ready["url"])
    assert len(PdfReader(io.BytesIO(b"".join(pdf.streaming_content))).pages) == 1
