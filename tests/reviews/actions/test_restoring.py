"""A clip in quarantine comes back when its own bytes do; and the scrub passes over what is known to be bad."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.utils import timezone

from generations.models import Clip
from reviews.actions import incidents, restoring, verification
from reviews.actions.restoring import restore_clip
from reviews.actions.scrub import due, scrub
from reviews.models import Incident, SignOff
from sorahub.jobs import queue, runner
from sorahub.jobs.models import Job, JobState
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, Forbidden, NotFound
from tests.people import Agency
from tests.reviews import world
from tests.reviews.actions.test_recalls import against, aged

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def hashed(clip: Clip, *, days_ago: int, matches: bool = True) -> None:
    """Write down that a job hashed the file."""
    at = timezone.now() - timedelta(days=days_ago)
    job = queue.enqueue(verification.KIND, key=f"{clip.pk}:{days_ago}", payload={}, subject_id=clip.pk)
    Job.objects.filter(pk=job.pk).update(state=JobState.SUCCEEDED, started_at=at, result={"matches": matches})


def test_a_restored_original_ends_the_quarantine_and_its_incident_can_be_closed(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    with world.damaged(clip):
        verification.quarantine(clip)
        with pytest.raises(Conflict) as caught:
            restore_clip(actor=agency.lena, clip=clip)
        assert caught.value.code == "still-changed"
        assert against(clip) == ["quarantined", "incident"]
    incident = Incident.objects.get()
    with pytest.raises(Conflict):
        incidents.close_incident(actor=agency.lena, incident=incident, outcome="Restored")
    for somebody in (agency.alice, agency.bob, agency.ada):
        with pytest.raises(Forbidden):
            restore_clip(actor=somebody, clip=clip)
    assert "clip.restored" not in world.kinds_of_events()
    assert restore_clip(actor=agency.lena, clip=clip)
    assert clip.quarantined_at is None
    assert world.kinds_of_events().count("clip.restored") == 1
    assert against(clip) == ["incident"]
    incidents.close_incident(actor=agency.lena, incident=Incident.objects.get(), outcome="Restored from a backup")
    assert against(clip) == []
    with pytest.raises(Conflict) as caught:
        restore_clip(actor=agency.lena, clip=clip)
    assert caught.value.code == "not-quarantined"


def test_a_missing_original_is_not_restored(agency: Agency, clip: Clip) -> None:
    verification.quarantine(clip)
    path = storage.path_for(clip.storage_key, settings.MEDIA_ROOT)
    aside = path.rename(path.with_suffix(".aside"))
    try:
        with pytest.raises(NotFound):
            restore_clip(actor=agency.lena, clip=clip)
    finally:
        aside.rename(path)
    assert Clip.objects.get(pk=clip.pk).quarantined_at is not None


def test_a_large_original_is_hashed_by_one_job_that_says_how_it_went(
    agency: Agency, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "INLINE_BYTES", 1)
    assert restoring.standing(clip) == ""
    with world.damaged(clip):
        verification.quarantine(clip)
        assert not restore_clip(actor=agency.lena, clip=clip)
        assert not restore_clip(actor=agency.lena, clip=clip)
        assert restoring.standing(clip) == "The file is being hashed anew."
        runner.run_one(Job.objects.get(kind=restoring.KIND).pk)
    assert "still not the clip's" in restoring.standing(clip)
    assert Clip.objects.get(pk=clip.pk).quarantined_at is not None
    restore_clip(actor=agency.lena, clip=clip)
    assert runner.run_one(Job.objects.filter(kind=restoring.KIND).latest("created_at").pk) == "succeeded"
    assert Clip.objects.get(pk=clip.pk).quarantined_at is None
    assert world.kinds_of_events().count("clip.restored") == 1


def test_a_missing_original_is_looked_at_once_and_starves_nobody(agency: Agency, clip: Clip) -> None:
    other = world.add_clip(agency.aurora, agency.alice, grey=120)
    for each in (clip, other):
        aged(each)
    path = storage.path_for(clip.storage_key, settings.MEDIA_ROOT)
    aside = path.rename(path.with_suffix(".aside"))
    try:
        found = [scrub(1), scrub(1), scrub(1)]
    finally:
        aside.rename(path)
    assert found == [{"asked": 0, "missing": 1}, {"asked": 1, "missing": 0}, {"asked": 0, "missing": 0}]
    incidents.close_incident(actor=agency.lena, incident=Incident.objects.get(), outcome="Restored")
    assert [each.pk for each in due()] == [clip.pk]


def test_those_go_first_whose_last_sound_hash_is_oldest(agency: Agency, clip: Clip) -> None:
    clips = [clip, *(world.add_clip(agency.aurora, agency.alice, grey=100 + 20 * each) for each in range(3))]
    for each in clips:
        aged(each)
    hashed(clips[0], days_ago=9)
    hashed(clips[1], days_ago=20)
    hashed(clips[2], days_ago=30)
    hashed(clips[2], days_ago=8)
    expected: list[UUID] = [clips[3].pk, clips[1].pk, clips[0].pk, clips[2].pk]
    assert [each.pk for each in due()] == expected
