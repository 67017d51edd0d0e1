"""What leaves: only what the person may read, as one timeline or a zip; PDFs by a job that shows the very frame."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image
from pypdf import PageObject, PdfReader

from generations.models import Clip, Membership, Rendition
from generations.models.clip import ClipGrant
from reviews.actions.admission import Admission
from reviews.actions.annotate import delete_annotation, resolve_annotation, write_annotation
from reviews.actions.export_notes import export_notes, grant_sheet, request_sheet, sheet_of
from reviews.actions.reviews import send_review
from reviews.interchange.gathering import Filters, filters_from, notes_for_export
from reviews.models import Annotation
from sorahub.accounts.models import User
from sorahub.jobs.models import Job
from sorahub.jobs.runner import run_one
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, InvalidInput, NotFound
from sorahub.lib.ids import uuid7
from tests.people import Agency
from tests.reviews import world

ARROW = {"id": str(uuid7()), "kind": "arrow", "points": [[0.1, 0.1], [0.9, 0.5]], "stroke": 0.01, "colour": "#ff5a4f"}


def write(actor: User, clip: Clip, frame: int, body: str, **more: Any) -> Annotation:
    """Let somebody write a note on one frame."""
    values = {"frame_out": frame, "visibility": "client", **more}
    return write_annotation(actor=actor, clip=clip, id=uuid7(), frame_in=frame, body=body, **values)


def grant(clip: Clip, guest: User) -> None:
    """Put a clip before a guest."""
    Membership.objects.create(project=clip.project, user=guest)
    ClipGrant.objects.create(clip=clip, user=guest, granted_by=clip.created_by)


def test_everybody_takes_away_what_they_may_read(agency: Agency, clip: Clip) -> None:
    grant(clip, agency.dora)
    write(agency.alice, clip, 0, "**For** the client")
    write(agency.alice, clip, 1, "Ours", visibility="internal")
    write(agency.lena, clip, 2, "Counsel", visibility="legal")
    told = {
        user: [note.words for note in notes_for_export(clip, user)[0].notes]
        for user in (agency.bob, agency.lena, agency.dora, agency.carol)
        if notes_for_export(clip, user)
    }
    assert told == {
        agency.bob: ["For the client", "Ours"],
        agency.lena: ["For the client", "Ours", "Counsel"],
        agency.dora: ["For the client"],
    }
    with pytest.raises(NotFound):
        export_notes(actor=agency.carol, of=clip, format="csv", filters=Filters())


def test_a_guest_who_is_shown_internal_notes_is_told_that_they_are(agency: Agency, clip: Clip) -> None:
    write(agency.alice, clip, 0, "For the client")
    write(agency.alice, clip, 1, "Ours", visibility="internal")
    send_review(
        actor=agency.alice, project=agency.aurora, stage=world.staged(agency)["Client"], title="Rough cut",
        clips=[clip], people=[agency.dora], admission=Admission(shows=["internal"]),
    )  # fmt: skip
    told = [(note.words, note.visibility) for note in notes_for_export(clip, agency.dora)[0].notes]
    assert told == [("For the client", "client"), ("Ours", "internal")]
    file = export_notes(actor=agency.dora, of=clip, format="csv", filters=filters_from({"visibility": "internal"}))
    assert (b"Ours" in file.data, b"For the client" in file.data) == (True, False)


def test_filters_choose_threads_and_replies_stay_with_them(agency: Agency, clip: Clip) -> None:
    note = write(agency.alice, clip, 0, "Louder", category="sound")
    write(agency.bob, clip, 0, "Done", parent=note)
    write(agency.alice, clip, 3, "Gone", category="picture")
    resolve_annotation(actor=agency.bob, annotation=note)
    [reel] = notes_for_export(clip, agency.alice, filters_from({"state": "resolved", "category": ["sound"]}))
    assert [(each.words, each.resolved_by) for each in reel.notes] == [("Louder", "Bob"), ("Done", "")]
    with pytest.raises(InvalidInput) as refused:
        filters_from({"state": "lost", "category": "colour"})
    assert set(refused.value.fields) == {"state", "category"}


def test_what_was_deleted_is_not_in_it_and_its_replies_are(agency: Agency, clip: Clip) -> None:
    note = write(agency.alice, clip, 0, "Oops")
    write(agency.bob, clip, 0, "First", parent=note)
    write(agency.alice, clip, 0, "Second", parent=note)
    delete_annotation(actor=agency.alice, annotation=note)
    [reel] = notes_for_export(clip, agency.alice)
    assert [[each.words for each in thread.all] for thread in reel.threads] == [["First", "Second"]]


def test_a_review_of_one_rate_is_one_timeline_and_of_several_a_zip(agency: Agency, clip: Clip) -> None:
    other = world.add_clip(agency.aurora, agency.alice, grey=140, shot=agency.shot)
    write(agency.alice, clip, 3, "One")
    write(agency.alice, other, 4, "Two")
    stage = world.staged(agency)["Client"]
    review = send_review(
        actor=agency.alice, project=agency.aurora, stage=stage, title="First/round", clips=[clip, other], people=[agency.dora]
    )  # fmt: skip
    file = export_notes(actor=agency.dora, of=review, format="edl", filters=Filters())
    assert file.name == "Notes-on-First-round.edl"
    assert b"01:00:00:03" in file.data
    assert b"01:00:00:16" in file.data  # 12 frames of the first clip, then frame 4
    only = export_notes(actor=agency.dora, of=review, format="edl", filters=Filters(), only=[other.pk], drop=True)
    assert b"01:00:00:04" in only.data
    assert b"One" not in only.data
    Clip.objects.filter(pk=other.pk).update(rate_num=25)
    zipped = export_notes(actor=agency.dora, of=review, format="otio", filters=Filters())
    assert zipped.media_type == "application/zip"
    with zipfile.ZipFile(io.BytesIO(zipped.data)) as archive:
        assert [name[:3] for name in archive.namelist()] == ["01_", "02_"]
        assert archive.testzip() is None


def test_web_annotations_tell_time_box_and_marks(agency: Agency, clip: Clip) -> None:
    note = write(agency.alice, clip, 3, "Look", shapes=[{**ARROW, "id": str(uuid7())}])
    write(agency.bob, clip, 3, "Yes", parent=note)
    file = export_notes(actor=agency.alice, of=clip, format="jsonld", filters=Filters())
    first, answer = json.loads(file.data)["first"]["items"]
    [fragment, drawn] = first["target"]["selector"]
    assert fragment["value"] == "t=0.125,0.166667&xywh=percent:10,10,80,40"
    assert first["target"]["source"]["id"] == f"urn:sha256:{clip.sha256}"
    assert drawn["value"].startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"')
    assert (answer["motivation"], answer["target"]) == ("replying", f"urn:uuid:{note.pk}")


@pytest.mark.parametrize(("start", "drop"), [("01:00:00:99", False), ("x", False), ("", True)])
def test_a_timecode_that_does_not_fit_is_refused(agency: Agency, clip: Clip, start: str, *, drop: bool) -> None:
    with pytest.raises(InvalidInput):
        export_notes(actor=agency.alice, of=clip, format="edl", filters=Filters(), start=start, drop=drop)


def made(job: Job) -> Job:
    """Run the job as a worker would."""
    run_one(job.pk)
    job.refresh_from_db()
    return job


def test_a_pdf_shows_the_frame_of_each_note(agency: Agency, clip: Clip) -> None:
    """Frame n of the clip is a grey of 90 + n."""
    write(agency.alice, clip, 7, "Zu dunkel – 暗すぎる", shapes=[{**ARROW, "id": str(uuid7())}])
    write(agency.bob, clip, 11, "The last frame", frame_out=11)
    job = request_sheet(actor=agency.bob, of=clip, filters=Filters())
    assert request_sheet(actor=agency.bob, of=clip, filters=Filters()).pk == job.pk
    assert sheet_of(actor=agency.bob, pk=job.pk).state == "making"
    with pytest.raises(Conflict):
        grant_sheet(actor=agency.bob, pk=job.pk)
    made(job)
    sheet = sheet_of(actor=agency.bob, pk=job.pk)
    assert (sheet.state, sheet.words) == ("ready", "")
    grant_ = grant_sheet(actor=agency.bob, pk=job.pk)
    event = Event.objects.get(kind="notes.exported")
    told = json.loads(event.body)
    assert (told["sha256"], told["clips"]) == (grant_.sha256, [clip.sha256])
    page = PdfReader(grant_.path).pages[0]
    text = page.extract_text()
    assert "Zu dunkel – 暗すぎる" in text
    assert "00:00:00:07 frame 7" in " ".join(text.split())
    assert [grey for grey, _ in looks(page)] == pytest.approx([97, 101], abs=2)
    assert all(marked > 0.1 for _, marked in looks(page))
    assert "For review only, not for use · Bob" in " ".join(text.split())
    assert not list(Path(settings.MEDIA_ROOT, "exports").glob(".making-*"))


def test_a_pdf_is_its_persons_own_and_ends_with_their_access(agency: Agency, clip: Clip) -> None:
    grant(clip, agency.dora)
    write(agency.alice, clip, 1, "Brighter")
    job = request_sheet(actor=agency.dora, of=clip, filters=Filters())
    for other in (agency.alice, agency.ada, agency.carol):
        with pytest.raises(NotFound):
            sheet_of(actor=other, pk=job.pk)
    made(job)
    assert "review copy" in sheet_of(actor=agency.dora, pk=job.pk).words  # no marked proxy yet, and never the original
    proxy = marked_copy(clip)
    again = made(request_sheet(actor=agency.dora, of=clip, filters=Filters()))
    page = PdfReader(grant_sheet(actor=agency.dora, pk=again.pk).path).pages[0]
    [(ground, written)] = looks(page)
    assert ground == pytest.approx(201, abs=2), proxy.kind
    assert written == 0  # its mark is in the copy already
    ClipGrant.objects.update(revoked_at=clip.created_at)
    with pytest.raises(NotFound):
        grant_sheet(actor=agency.dora, pk=again.pk)
    assert Event.objects.filter(kind="notes.exported").count() == 1


def looks(page: PageObject) -> list[tuple[int, float]]:
    """Of each picture on the page: its ground's grey, and which share of it something is written over."""
    found = []
    for image in page.images:
        assert image.image is not None
        histogram = image.image.convert("L").histogram()
        ground = histogram.index(max(histogram))
        written = sum(count for grey, count in enumerate(histogram) if abs(grey - ground) > 12)
        found.append((ground, written / sum(histogram)))
    return found


def marked_copy(clip: Clip) -> Rendition:
    """Stand in for the marked proxy with a clip that can be told from the original: its frame 1 is a grey of 201."""
    key = f"renditions/{clip.pk}/guest_proxy.mp4"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(world.video_bytes(200))
    return Rendition.objects.create(
        clip=clip, kind="guest_proxy", storage_key=key, sha256="0" * 64, size=9, media_type="video/mp4"
    )


def test_a_file_that_cannot_be_decoded_says_so(agency: Agency, clip: Clip) -> None:
    write(agency.alice, clip, 1, "Brighter")
    Clip.objects.filter(pk=clip.pk).update(frame_count=13)
    job = made(request_sheet(actor=agency.alice, of=clip, filters=Filters()))
    sheet = sheet_of(actor=agency.alice, pk=job.pk)
    assert sheet.state == "failed"
    assert "12 are in the file" in sheet.words


def test_a_pdf_that_was_cleared_away_says_so(agency: Agency, clip: Clip) -> None:
    job = made(request_sheet(actor=agency.alice, of=clip, filters=Filters()))
    grant_sheet(actor=agency.alice, pk=job.pk).path.unlink()
    assert sheet_of(actor=agency.alice, pk=job.pk).state == "gone"
    with pytest.raises(Conflict):
        grant_sheet(actor=agency.alice, pk=job.pk)


def test_pictures_are_jpegs_of_review_size(agency: Agency, clip: Clip, tmp_path: Path) -> None:
    write(agency.alice, clip, 0, "x")
    job = made(request_sheet(actor=agency.alice, of=clip, filters=Filters()))
    [image] = PdfReader(grant_sheet(actor=agency.alice, pk=job.pk).path).pages[0].images
    with Image.open(io.BytesIO(image.data)) as shown:
        assert max(shown.size) <= 1280
