"""Handing over bytes: only cleared, only the very bytes, each one written down."""

import json
import os
import time
from collections.abc import Callable

import pytest
from django.conf import settings

from generations.models import Clip
from generations.models.clip import ClipGrant
from reviews.actions import verification
from reviews.actions.deliver import grant_download
from reviews.actions.holds import place_hold
from reviews.actions.sign import blocks
from reviews.models import Delivery, SignOff
from sorahub.accounts.models import User
from sorahub.jobs import runner
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib import storage
from sorahub.lib.errors import DomainError, Forbidden, InvalidInput, NotFound, Refused, Unavailable
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def refused(error: type[DomainError], attempt: Callable[[], object]) -> DomainError:
    """Run the attempt, expect the error, and prove that nothing left."""
    before = Event.objects.filter(kind="clip.downloaded").count()
    with pytest.raises(error) as caught:
        attempt()
    assert not Delivery.objects.exists()
    assert Event.objects.filter(kind="clip.downloaded").count() == before
    return caught.value


def take(actor: User, clip: Clip, use: str = "social_media", territory: str = "DE") -> object:
    scope = {**world.SCOPE, "use": use, "territory": territory}
    return grant_download(actor=actor, clip=Clip.objects.get(pk=clip.pk), **scope)


def test_a_cleared_clip_leaves_with_its_hash_on_record(agency: Agency, clip: Clip, signed: SignOff) -> None:
    grant = grant_download(actor=agency.alice, clip=clip, **{**world.SCOPE, "territory": "de"})
    assert storage.sha256_of(grant.path) == grant.sha256 == clip.sha256
    assert grant.filename == f"AURORA_SC010-SH010_take1_{clip.sha256[:8]}.mp4"
    delivery = Delivery.objects.get()
    assert (delivery.sign_off, delivery.manner, delivery.territory) == (signed, "download", "DE")
    assert (delivery.use, delivery.purpose) == ("social_media", "advertising")
    event = Event.objects.get(kind="clip.downloaded")
    assert json.loads(event.body)["sha256"] == clip.sha256
    assert (event.actor, event.subject_id) == (agency.alice.pk, delivery.pk)


def test_a_guest_downloads_what_was_put_before_them_in_scope(agency: Agency, clip: Clip, signed: SignOff) -> None:
    assert take(agency.dora, clip)
    with pytest.raises(Refused) as caught:
        take(agency.dora, clip, use="cinema")
    assert caught.value.reasons == []  # the agency's reasons are not a guest's business
    ClipGrant.objects.filter(user=agency.dora).delete()
    with pytest.raises(NotFound):
        take(agency.dora, clip)
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("name", ["alice", "bob", "ada"])
def test_nobody_but_counsel_takes_what_is_not_cleared(agency: Agency, clip: Clip, name: str) -> None:
    world.staged(agency)
    error = refused(Refused, lambda: take(getattr(agency, name), clip))
    assert [one["code"] for one in error.reasons] == ["stage-not-passed", "stage-not-passed", "no-record"]


def test_counsel_may_and_it_says_so(agency: Agency, clip: Clip) -> None:
    take(agency.lena, clip)
    delivery = Delivery.objects.get()
    assert (delivery.manner, delivery.sign_off) == ("counsel", None)
    assert json.loads(Event.objects.get(kind="clip.downloaded").body)["manner"] == "counsel"


def test_a_hold_stops_a_cleared_clip(agency: Agency, clip: Clip, signed: SignOff) -> None:
    place_hold(actor=agency.lena, clip=clip, reason="Claim")
    error = refused(Refused, lambda: take(agency.alice, clip))
    assert [one["code"] for one in error.reasons] == ["hold"]


def test_strangers_find_nothing_and_nonsense_is_refused(agency: Agency, clip: Clip, signed: SignOff) -> None:
    refused(NotFound, lambda: take(agency.carol, clip))
    refused(InvalidInput, lambda: take(agency.alice, clip, use="posters"))
    agency.alice.is_active = False
    refused(Forbidden, lambda: take(agency.alice, clip))


def test_replaced_bytes_never_leave_not_even_to_counsel(agency: Agency, clip: Clip, signed: SignOff) -> None:
    path = storage.path_for(clip.storage_key, settings.MEDIA_ROOT)
    with world.damaged(clip):
        later = time.time() + 3600
        os.utime(path, (later, later))
        assert refused(Refused, lambda: take(agency.alice, clip)).code == "quarantined"
        refused(Refused, lambda: take(agency.lena, clip))
    clip.refresh_from_db()
    assert clip.quarantined_at is not None
    assert world.kinds_of_events().count("clip.quarantined") == 1


def test_bytes_of_another_length_never_leave(agency: Agency, clip: Clip, signed: SignOff) -> None:
    path = storage.path_for(clip.storage_key, settings.MEDIA_ROOT)
    with world.damaged(clip):
        path.write_bytes(path.read_bytes() + b"more")
        assert refused(Refused, lambda: take(agency.alice, clip)).code == "quarantined"


def test_a_touched_file_with_the_right_bytes_leaves(agency: Agency, clip: Clip, signed: SignOff) -> None:
    later = time.time() + 3600
    os.utime(storage.path_for(clip.storage_key, settings.MEDIA_ROOT), (later, later))
    assert take(agency.alice, clip)


def test_a_missing_file_is_told(agency: Agency, clip: Clip, signed: SignOff) -> None:
    path = storage.path_for(clip.storage_key, settings.MEDIA_ROOT)
    aside = path.rename(path.with_suffix(".aside"))
    try:
        assert refused(NotFound, lambda: take(agency.alice, clip)).code == "original-missing"
    finally:
        aside.rename(path)


def test_a_large_file_is_hashed_by_a_job_before_it_is_signed(
    agency: Agency, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "INLINE_BYTES", 100)
    version = world.ready_to_sign(agency, clip)
    with pytest.raises(Unavailable) as caught:
        world.sign(agency.lena, version)
    assert caught.value.code == "bytes-not-verified"
    assert not SignOff.objects.exists()
    job = Job.objects.get(kind="clip.verify")
    assert runner.run_one(job.pk) == "succeeded"
    assert Job.objects.get(pk=job.pk).result == {"matches": True}
    assert world.sign(agency.lena, version).meaning == "approved"


def test_a_job_that_finds_other_bytes_quarantines(agency: Agency, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "INLINE_BYTES", 100)
    version = world.ready_to_sign(agency, clip)
    job = verification.request_verification(clip)
    with world.damaged(clip):
        runner.run_one(job.pk)
    with pytest.raises(DomainError):
        world.sign(agency.lena, version)
    clip.refresh_from_db()
    assert clip.quarantined_at is not None
    assert not SignOff.objects.exists()


def test_bytes_replaced_with_their_old_date_put_back_never_leave(agency: Agency, clip: Clip, signed: SignOff) -> None:
    path = storage.path_for(clip.storage_key, settings.MEDIA_ROOT)
    before = path.stat()
    with world.damaged(clip):
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert refused(Refused, lambda: take(agency.alice, clip)).code == "quarantined"


def test_a_large_file_changed_after_it_was_hashed_is_neither_signed_nor_handed_out(
    agency: Agency, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "INLINE_BYTES", 100)
    version = world.ready_to_sign(agency, clip)
    runner.run_one(verification.request_verification(clip).pk)
    with world.damaged(clip):
        assert [one.code for one in blocks(actor=agency.lena, record_version=version)] == ["bytes-not-verified"]
        with pytest.raises(Unavailable):
            world.sign(agency.lena, version)
        with pytest.raises(Unavailable):
            take(agency.lena, clip)
        again = Job.objects.filter(kind="clip.verify").latest("created_at")
        runner.run_one(again.pk)
        assert refused(Refused, lambda: take(agency.lena, clip)).code == "not-cleared"
    assert Job.objects.filter(kind="clip.verify").count() == 2
