"""An import that is stopped and goes on while a batch is in hand: what the first job still holds is dropped, and counted by nobody."""

from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from generations.actions.imports import resume_import, stop_import
from generations.models import Clip, ImportRow, ImportRun, Shot
from generations.pipeline import import_run
from sorahub.jobs.models import Job
from sorahub.jobs.runner import run_one
from sorahub.ledger.models import Event
from tests.generations.importing.parcels import STORY, hand_over, send, states, table, work
from tests.people import Agency

pytestmark = pytest.mark.django_db


def before_first(monkeypatch: pytest.MonkeyPatch, name: str, happens: Any) -> None:
    """Let something happen right before the first call of a step."""
    step, calls = getattr(import_run, name), []

    def once(*args: Any) -> Any:
        calls.append(name)
        if len(calls) == 1:
            happens()
        return step(*args)

    monkeypatch.setattr(import_run, name, once)


def begun(alice: APIClient, run: ImportRun) -> Job:
    assert alice.post(f"/api/v1/imports/{run.pk}/start/", {"declaration": True}, format="json").status_code == 202
    run.refresh_from_db()
    return Job.objects.get(kind="import.run")


def test_a_batch_is_dropped_when_another_job_has_gone_on(
    agency: Agency, alice: APIClient, clips: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = hand_over(alice, agency.aurora, {path.name: path.read_bytes() for path in clips[:2]})

    def again() -> None:
        stop_import(actor=agency.alice, run=run)
        resume_import(actor=agency.alice, run=run)

    before_first(monkeypatch, "_write", again)
    assert run_one(begun(alice, run).pk) == "skipped"
    run.refresh_from_db()
    assert (run.state, run.position, run.bytes_done, Clip.objects.count()) == ("running", 0, 0, 0)
    assert states(run) == [("new", "")] * 2
    work()
    run.refresh_from_db()
    assert (run.state, run.counts, run.bytes_done) == ("done", {"imported": 2}, run.bytes_total)


def test_one_that_is_stopped_at_its_end_is_not_finished(
    agency: Agency, alice: APIClient, clips: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = clips[0].read_bytes()
    run = hand_over(alice, agency.aurora, {"a.mp4": body, "b.mp4": body})
    before_first(monkeypatch, "_finish", lambda: stop_import(actor=agency.alice, run=run))
    run_one(begun(alice, run).pk)
    run.refresh_from_db()
    assert (run.state, states(run)[1]) == ("stopped", ("repeat", "file-twice"))
    assert not Event.objects.filter(kind="import.finished").exists()
    resume_import(actor=agency.alice, run=run)
    work()
    run.refresh_from_db()
    assert (run.state, run.counts) == ("done", {"imported": 1, "same": 1})
    assert Event.objects.filter(kind="import.finished").count() == 1


def test_shots_that_an_import_makes_change_the_board(agency: Agency, alice: APIClient, clips: list[Path]) -> None:
    before = agency.aurora.shots_version
    rows = [{"file": path.name, "shot": f"SC9{number}"} for number, path in enumerate(clips[:2])]
    files = {path.name: path.read_bytes() for path in clips[:2]}
    run = hand_over(alice, agency.aurora, {**files, "l.csv": table(rows)}, options={**STORY, "shots": "make"})
    run_one(begun(alice, run).pk)
    agency.aurora.refresh_from_db()
    assert agency.aurora.shots_version == before + 1
    places = list(Shot.objects.filter(project=agency.aurora).order_by("position").values_list("position", flat=True))
    assert places == [0, 1, 2]


def test_no_row_names_another_project(agency: Agency, alice: APIClient, clips: list[Path]) -> None:
    """What one person sees elsewhere is not told to everybody in the project."""
    body = clips[0].read_bytes()
    agency.alice.memberships.create(project=agency.borealis)
    run_one(begun(alice, hand_over(alice, agency.borealis, {"a.mp4": body})).pk)
    assert Clip.objects.get().project == agency.borealis
    run = hand_over(alice, agency.aurora, {"a.mp4": body})
    assert ImportRow.objects.get(run=run).words == "A new clip without a shot."


def test_transfers_are_looked_up_at_once_and_each_is_taken_once(
    agency: Agency, alice: APIClient, clips: list[Path], django_assert_max_num_queries: Any
) -> None:
    ids = [send(alice, agency.aurora, f"{number}.mp4", bytes([number])) for number in range(1, 41)]
    asked = {"project": str(agency.aurora.pk), "transfers": [*ids, *ids], "options": STORY}
    with django_assert_max_num_queries(40):
        made = alice.post("/api/v1/imports/", asked, format="json")
    assert ImportRun.objects.get(pk=made.json()["id"]).inputs == [{"transfer": pk} for pk in ids]
    strange = str(agency.aurora.pk)
    refused = alice.post("/api/v1/imports/", asked | {"transfers": [strange]}, format="json")
    assert (refused.status_code, "or you may not see it" in refused.content.decode()) == (400, True)
