"""A list costs the same number of queries for ten rows as for two hundred."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Clip, Generation, Prompt, Rendition, Shot, SpendEntry
from reviews.models import Annotation
from sorahub.jobs.models import Job
from tests.admin.conftest import Worlds, logged_in

pytestmark = pytest.mark.django_db


def shots(worlds: Worlds, numbers: range) -> None:
    """More shots, each with a selected take."""
    mine = {"project": worlds.agency.aurora, "created_by": worlds.agency.alice, "selected_clip": worlds.clip}
    Shot.objects.bulk_create([Shot(code=f"X{number}", **mine) for number in numbers])


def prompts(worlds: Worlds, numbers: range) -> None:
    """More versions of the words."""
    mine = {"shot": worlds.agency.shot, "created_by": worlds.agency.alice, "text": "Words"}
    Prompt.objects.bulk_create([Prompt(version=number + 2, **mine) for number in numbers])


def generations(worlds: Worlds, numbers: range) -> None:
    """More generations with clips, posters and money."""
    mine = {
        "project": worlds.agency.aurora, "prompt": worlds.agency.prompt, "account": worlds.generation.account, "model": "m",
        "capability_version": "1", "estimate_micro": 1, "created_by": worlds.agency.alice, "state": "succeeded",
        "clip": worlds.clip,
    }  # fmt: skip
    made = Generation.objects.bulk_create([Generation(remote_id=f"r{number}", **mine) for number in numbers])
    SpendEntry.objects.bulk_create(
        [SpendEntry(generation=each, kind="settled", amount_micro=1, currency="USD", basis="x") for each in made]
    )


def clips(worlds: Worlds, numbers: range) -> None:
    """More takes of the shot, each with its poster."""
    columns = [field.attname for field in Clip._meta.concrete_fields if field.name not in {"id", "sha256", "take"}]
    same = {name: getattr(worlds.clip, name) for name in columns}
    made = Clip.objects.bulk_create([Clip(sha256=f"{number:064}", take=number + 2, **same) for number in numbers])
    poster = {"kind": "poster", "storage_key": "x", "sha256": "0" * 64, "size": 1, "media_type": "image/jpeg"}
    Rendition.objects.bulk_create([Rendition(clip=clip, **poster) for clip in made])


def notes(worlds: Worlds, numbers: range) -> None:
    """More notes on the clip."""
    mine = {"clip": worlds.clip, "clip_sha256": worlds.clip.sha256, "author": worlds.agency.bob, "body": "Note"}
    Annotation.objects.bulk_create([Annotation(frame_in=1, frame_out=2, **mine) for _ in numbers])


def jobs(worlds: Worlds, numbers: range) -> None:
    """More jobs."""
    Job.objects.bulk_create([Job(kind="x", key=f"x{number}", run_at=timezone.now()) for number in numbers])


CASES: dict[str, Callable[[Worlds, range], None]] = {
    "/admin/generations/shot/": shots,
    "/admin/generations/prompt/": prompts,
    "/admin/generations/generation/": generations,
    "/admin/generations/spendentry/": generations,
    "/admin/generations/clip/": clips,
    "/admin/generations/rendition/": clips,
    "/admin/reviews/annotation/": notes,
    "/admin/jobs/job/": jobs,
    "/admin/": generations,
}


@pytest.mark.parametrize("address", CASES)
def test_a_list_costs_the_same_for_ten_rows_and_two_hundred(worlds: Worlds, address: str) -> None:
    browser = logged_in(worlds.agency.ada if "jobs" in address else worlds.agency.alice)
    CASES[address](worlds, range(10))
    browser.get(address)
    few = _queries(browser, address)
    CASES[address](worlds, range(10, 200))
    assert _queries(browser, address) == few
    assert few <= 25


def _queries(browser: object, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(address)  # type: ignore[attr-defined]  # a test client
    assert answer.status_code == 200
    return len(asked)
