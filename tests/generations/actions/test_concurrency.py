"""Real threads on PostgreSQL: however many people (or fingers) are at it at the same moment, it happens once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection, transaction

from generations.actions import descent
from generations.actions.descent import MadeFrom
from generations.actions.launches import launch_generation
from generations.actions.retries import retry_generation
from generations.actions.uploads import receive_upload
from generations.models import Clip, ClipParent, ErrorClass, Generation, Membership, SpendEntry, State, Upload
from generations.pipeline.endings import fail
from generations.pipeline.moves import move
from sorahub.jobs.models import Job
from sorahub.jobs.runner import run_one
from tests.generations.factories import ORDER, small_mp4, upload
from tests.people import Agency, provider_account
from tests.reviews import world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
AT_ONCE = 6
T = TypeVar("T")


def together(act: Callable[[int], T]) -> list[T]:
    """Run ``act`` in several threads that start at the same moment."""
    start = Barrier(AT_ONCE)

    def run(number: int) -> T:
        start.wait(10)
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))


def launch(agency: Agency, key: str) -> Generation:
    account = provider_account()
    return launch_generation(
        actor=agency.alice,
        prompt=agency.prompt,
        account=account,
        model="sora-2",
        params=ORDER,
        idempotency_key=key,
    )


def test_one_key_launches_one_generation(agency: Agency) -> None:
    account = provider_account()
    facts = {"actor": agency.alice, "prompt": agency.prompt, "account": account, "model": "sora-2", "params": ORDER}
    made = together(lambda _: launch_generation(**facts, idempotency_key="click"))  # type: ignore[arg-type]
    assert len({generation.pk for generation in made}) == 1
    assert (Generation.objects.count(), SpendEntry.objects.count(), Job.objects.count()) == (1, 1, 1)


def test_many_clicks_on_retry_make_one_retry(agency: Agency) -> None:
    generation = launch(agency, "first")
    fail(generation, ErrorClass.PROVIDER_TRANSIENT, "failed", "A fault.")
    made = together(lambda _: retry_generation(actor=agency.alice, generation=Generation.objects.get(pk=generation.pk)))
    assert len({again.pk for again in made}) == 1
    assert Generation.objects.count() == 2


def test_one_of_many_claims_the_right_to_send(agency: Agency) -> None:
    generation = launch(agency, "first")

    def claim(_: int) -> bool:
        with transaction.atomic():
            return move(Generation.objects.get(pk=generation.pk), State.SUBMITTING, since=[State.RESERVED])

    assert sorted(together(claim)) == [False] * (AT_ONCE - 1) + [True]


def test_the_same_bytes_uploaded_at_once_are_one_clip(agency: Agency, tmp_path: Path) -> None:
    file = small_mp4(tmp_path / "final.mp4", frames=4)
    for _ in range(AT_ONCE):
        upload(agency.alice, agency.aurora, file, shot=agency.shot)
    jobs = list(Job.objects.filter(kind="clip.ingest_upload").values_list("pk", flat=True))
    assert together(lambda number: run_one(jobs[number])) == ["succeeded"] * AT_ONCE
    assert Clip.objects.count() == 1
    assert sorted(Upload.objects.values_list("duplicate", flat=True)) == [False] + [True] * (AT_ONCE - 1)


def test_an_upload_waits_for_whoever_declares_parents_in_the_project_of_its_parent(
    agency: Agency, tmp_path: Path
) -> None:
    """As declaring does: a chain that is being changed at its other end could lead back here."""
    Membership.objects.create(project=agency.borealis, user=agency.alice)
    parent = world.add_clip(agency.borealis, agency.ada)
    path = small_mp4(tmp_path / "cut.mp4")
    receive_upload(
        actor=agency.alice, project=agency.aurora, shot=None, file=path, original_name=path.name, declared_model="editor",
        declared_route="Vofy", declared_prompt="", declaration=True, made_from=[MadeFrom(parent, "Cut to 6 s")],
    )  # fmt: skip
    job = Job.objects.filter(kind="clip.ingest_upload").latest("created_at")

    def bring() -> str:
        try:
            return run_one(job.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            descent.lock(agency.borealis.pk, [])
            brought = pool.submit(bring)
            assert wait([brought], timeout=5).not_done
            assert not ClipParent.objects.exists()
        assert brought.result(30) == "succeeded"
    assert ClipParent.objects.get().parent == parent
