"""Uploads: the request takes the file over, the job makes the clip or says on the row why not."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from generations.actions.uploads import receive_upload
from generations.announcements import clip_ingested
from generations.models import Clip, Upload
from generations.pipeline.places import incoming_path
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from sorahub.lib.errors import Forbidden, InvalidInput, NotFound
from tests.generations.factories import small_mp4, upload, uploaded_clip
from tests.people import Agency

pytestmark = pytest.mark.django_db


def receive(agency: Agency, file: object, **changes: object) -> Upload:
    facts = {
        "actor": agency.alice,
        "project": agency.aurora,
        "shot": agency.shot,
        "file": file,
        "original_name": "final.mp4",
        "declared_model": "sora-2",
        "declared_route": "openai",
        "declaration": True,
        **changes,
    }
    return receive_upload(**facts)  # type: ignore[arg-type]


def test_an_uploaded_video_becomes_a_clip_with_its_declared_story(agency: Agency, tmp_path: Path) -> None:
    heard: list[Clip] = []

    def listen(sender: object, clip: Clip, **_: object) -> None:
        heard.append(clip)

    clip_ingested.connect(listen)
    try:
        clip = uploaded_clip(agency.alice, agency.aurora, small_mp4(tmp_path / "final.mp4"), shot=agency.shot)
    finally:
        clip_ingested.disconnect(listen)
    assert (clip.origin, clip.completeness, clip.declared_model) == ("upload", "declared", "sora-2")
    assert (clip.declared_by, clip.frame_count, clip.take) == (agency.alice, 12, 1)
    assert heard == [clip]
    assert sorted(clip.renditions.values_list("kind", flat=True)) == ["poster", "sprite"]
    sprite = clip.renditions.get(kind="sprite")
    assert len(sprite.layout["tiles"]) == 12
    assert (Path(settings.MEDIA_ROOT) / sprite.storage_key).stat().st_size == sprite.size
    assert clip.provenance.c2pa_state == "absent"
    assert not incoming_path(Upload.objects.get()).exists()
    kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["upload.received", "clip.ingested"]


def test_a_requests_temporary_file_is_renamed_not_copied(agency: Agency, tmp_path: Path) -> None:
    content = small_mp4(tmp_path / "final.mp4").read_bytes()
    file = TemporaryUploadedFile("final.mp4", "video/mp4", len(content), None)
    file.write(content)
    file.flush()
    node = Path(file.temporary_file_path()).stat().st_ino
    received = receive(agency, file)
    assert incoming_path(received).stat().st_ino == node
    assert not Path(file.temporary_file_path()).exists()


def test_the_same_bytes_again_are_the_same_clip_marked_as_duplicate(agency: Agency, tmp_path: Path) -> None:
    file = small_mp4(tmp_path / "final.mp4")
    first = uploaded_clip(agency.alice, agency.aurora, file)
    second = upload(agency.alice, agency.aurora, file)
    drain()
    second.refresh_from_db()
    assert (second.clip, second.duplicate, second.state) == (first, True, "ingested")
    assert Clip.objects.count() == 1


def test_takes_are_numbered(agency: Agency, tmp_path: Path) -> None:
    takes = [
        uploaded_clip(
            agency.alice, agency.aurora, small_mp4(tmp_path / f"{colour}.mp4", colour=colour), shot=agency.shot
        )
        for colour in ("red", "green")
    ]
    assert [clip.take for clip in takes] == [1, 2]


def test_what_only_looks_like_a_video_is_refused_on_its_row(agency: Agency) -> None:
    received = receive(agency, SimpleUploadedFile("final.mp4", b"\0\0\0\x18ftypisom" + b"\0" * 500))
    drain()
    received.refresh_from_db()
    assert received.state == "refused"
    assert received.error_code
    assert received.error_message
    assert not incoming_path(received).exists()
    assert not Clip.objects.exists()
    assert Event.objects.filter(kind="upload.refused").count() == 1


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "empty"), (b"#EXTM3U\nhttp://example.com", "not-a-video"), (b"PK\3\4", "not-a-video")]
)
def test_what_plainly_is_no_video_is_refused_in_the_request(agency: Agency, content: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        receive(agency, SimpleUploadedFile("final.mp4", content))
    assert refused.value.code == code
    assert not Upload.objects.exists()


def test_nothing_is_kept_of_a_refused_upload(agency: Agency, tmp_path: Path, settings: object) -> None:
    file = small_mp4(tmp_path / "final.mp4")
    incoming = incoming_path(Upload()).parent
    before = sorted(incoming.glob("*"))
    for changes in ({"declaration": False}, {"declared_model": " "}, {"shot": None, "declared_route": ""}):
        with pytest.raises(InvalidInput):
            receive(agency, file, **changes)
    settings.UPLOAD_MAX_BYTES = 100  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput) as refused:
        receive(agency, file)
    assert refused.value.code == "too-large"
    with pytest.raises(Forbidden):
        receive(agency, file, actor=agency.bob)
    with pytest.raises(NotFound):
        receive(agency, file, project=agency.borealis, shot=None)
    assert not Upload.objects.exists()
    assert not Event.objects.exists()
    assert sorted(incoming.glob("*")) == before
    assert file.exists()
