"""Bytes to look at by program: whole, in ranges, and by whom."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from generations.models import Clip
from tests.api.conftest import Program
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def clip(agency: Agency) -> Clip:
    """A clip of alice's that dora was asked to look at."""
    made = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    stages = world.staged(agency)
    world.approve(made, stages["Creative"], agency.bob)
    world.approve(made, stages["Client"], agency.dora)
    return made


def test_the_agencys_people_watch_the_clips_own_bytes(agency: Agency, clip: Clip, program: Program) -> None:
    whole = (Path(settings.MEDIA_ROOT) / clip.storage_key).read_bytes()
    bob = program(agency.bob)
    answer: Any = bob.get(f"/api/v1/clips/{clip.pk}/original/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "video/mp4")
    assert b"".join(answer.streaming_content) == whole
    part: Any = bob.get(f"/api/v1/clips/{clip.pk}/original/", headers={"Range": "bytes=1-3"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, whole[1:4])


def test_a_range_outside_the_file_is_a_problem_that_tells_its_size(
    agency: Agency, clip: Clip, program: Program
) -> None:
    size = (Path(settings.MEDIA_ROOT) / clip.storage_key).stat().st_size
    headers = {"Range": f"bytes={size}-"}
    answer = program(agency.bob).get(f"/api/v1/clips/{clip.pk}/original/", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (416, "range-outside")
    assert answer.headers["Content-Range"] == f"bytes */{size}"


def test_for_guests_originals_do_not_exist(agency: Agency, clip: Clip, program: Program) -> None:
    assert program(agency.dora).get(f"/api/v1/clips/{clip.pk}/").status_code == 200
    assert program(agency.dora).get(f"/api/v1/clips/{clip.pk}/original/").status_code == 404


def test_bytes_that_are_not_the_clips_any_more_are_not_shown(agency: Agency, clip: Clip, program: Program) -> None:
    Clip.objects.filter(pk=clip.pk).update(quarantined_at=timezone.now())
    answer = program(agency.bob).get(f"/api/v1/clips/{clip.pk}/original/")
    assert (answer.status_code, answer.json()["code"]) == (409, "quarantined")
