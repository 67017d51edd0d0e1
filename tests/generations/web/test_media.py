"""Bytes for players: ranges, hashes as ETags, and what guests never get."""

from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from generations.models import Clip, Membership, Reference, Rendition
from generations.models.clip import ClipGrant
from generations.pipeline.ingest import ensure_guest_proxy
from sorahub.jobs.runner import drain
from sorahub.lib import storage
from tests.generations.factories import png
from tests.generations.web.conftest import Login, body, status
from tests.people import Agency

pytestmark = pytest.mark.django_db


def test_a_part_of_the_original_comes_as_206_with_its_hash_as_etag(agency: Agency, login: Login, clip: Clip) -> None:
    stored = storage.path_for(clip.storage_key, Path(settings.MEDIA_ROOT)).read_bytes()
    answer = login(agency.bob).get(f"/clips/{clip.pk}/original", headers={"Range": "bytes=10-19"})
    assert (answer.status_code, body(answer)) == (206, stored[10:20])
    assert answer.headers["Content-Range"] == f"bytes 10-19/{clip.size}"
    assert answer.headers["ETag"] == f'"{clip.sha256}"'
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_an_unchanged_file_is_not_sent_again(agency: Agency, login: Login, clip: Clip) -> None:
    answer = login(agency.bob).get(f"/clips/{clip.pk}/original", headers={"If-None-Match": f'"{clip.sha256}"'})
    assert answer.status_code == 304


def test_a_quarantined_original_is_not_played_as_if_nothing_were_wrong(
    agency: Agency, login: Login, clip: Clip
) -> None:
    Clip.objects.filter(pk=clip.pk).update(quarantined_at=timezone.now())
    answer = login(agency.bob).get(f"/clips/{clip.pk}/original")
    assert answer.status_code == 409
    assert "no longer matches its hash" in answer.content.decode()


def test_a_guest_gets_pictures_and_the_watermarked_proxy_of_granted_clips_only(
    agency: Agency, login: Login, clip: Clip
) -> None:
    Membership.objects.create(project=agency.aurora, user=agency.dora)
    ClipGrant.objects.create(clip=clip, user=agency.dora, granted_by=agency.alice)
    ensure_guest_proxy(clip)
    drain()
    Rendition.objects.create(
        clip=clip,
        kind="proxy",
        storage_key=f"renditions/{clip.pk}/x.mp4",
        sha256="0" * 64,
        size=1,
        media_type="video/mp4",
    )
    dora, carol = login(agency.dora), login(agency.carol)
    kinds = ["poster", "sprite", "guest_proxy", "proxy", "nonsense"]
    assert [status(dora, f"/clips/{clip.pk}/renditions/{kind}") for kind in kinds] == [200, 200, 200, 404, 404]
    assert dora.get(f"/clips/{clip.pk}/original").status_code == 404
    assert {status(carol, f"/clips/{clip.pk}/renditions/{kind}") for kind in kinds} == {404}
    ClipGrant.objects.update(revoked_at=timezone.now())
    assert dora.get(f"/clips/{clip.pk}/renditions/poster").status_code == 404


def test_the_poster_is_a_picture_with_its_own_hash(agency: Agency, login: Login, clip: Clip) -> None:
    row = Rendition.objects.get(clip=clip, kind="poster")
    answer = login(agency.alice).get(f"/clips/{clip.pk}/renditions/poster")
    content = body(answer)
    assert (len(content), answer.headers["ETag"], answer.headers["Content-Type"]) == (
        row.size,
        f'"{row.sha256}"',
        row.media_type,
    )


def test_a_reference_is_added_with_its_rights_and_shown_to_the_project_only(
    agency: Agency, login: Login, tmp_path: Path
) -> None:
    alice, url = login(agency.alice), f"/projects/{agency.aurora.pk}/references/"
    picture = tmp_path / "harbour.png"
    picture.write_bytes(png(1280, 720))
    with picture.open("rb") as file:
        refused = alice.post(url, {"file": file, "source": "Client archive"})
    assert "This field is required" in refused.content.decode()
    assert not Reference.objects.exists()
    with picture.open("rb") as file:
        story = {"file": file, "source": "Client archive", "rights": "Order 7"}
        answer = alice.post(f"{url}?next=//evil.example/", story)
    assert answer.headers["Location"] == url
    row = Reference.objects.get()
    assert body(alice.get(f"/references/{row.pk}/file")) == picture.read_bytes()
    assert login(agency.dora).get(f"/references/{row.pk}/file").status_code == 404
