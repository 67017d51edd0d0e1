"""What a producer does by program to have clips made: files in roles, sources, budgets, brakes, and the story of it all."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from generations.models import Alarm, Character, Generation, Reference, State
from generations.pipeline.alarms import raise_alarm
from generations.pipeline.endings import Ending, end
from tests.api.conftest import Program, post
from tests.api.test_document import document, promised
from tests.generations.factories import png, small_mp4
from tests.people import Agency, provider_account

__all__ = ["document"]  # the fixture of the committed document
pytestmark = [pytest.mark.django_db, pytest.mark.core]
FIVE = {"seconds": 5, "size": "1280x720"}
FOUR = {"seconds": 4, "size": "1280x720"}


@pytest.fixture
def alice(agency: Agency, program: Program) -> APIClient:
    """A program of alice's."""
    return program(agency.alice)


def kept(alice: APIClient, agency: Agency, name: str, content: bytes) -> dict[str, Any]:
    body = {"project": str(agency.aurora.pk), "source": "Our studio", "rights": "Ours"}
    answer: Any = alice.post(
        "/api/v1/references/", {**body, "file": SimpleUploadedFile(name, content)}, format="multipart"
    )
    return {"status": answer.status_code, **answer.json()}


def order(agency: Agency, account: object, model: str = "sora-2", **changes: object) -> dict[str, Any]:
    return {"prompt": str(agency.prompt.pk), "account": str(account), "model": model, "params": FOUR, **changes}


def test_files_of_every_kind_are_kept_with_what_was_measured(agency: Agency, alice: APIClient, tmp_path: Path) -> None:
    clip = kept(alice, agency, "a.mp4", small_mp4(tmp_path / "a.mp4").read_bytes())
    assert (clip["status"], clip["kind"], clip["duration_ms"], clip["rate_num"]) == (201, "video", 500, 24)
    picture = kept(alice, agency, "a.png", png(640, 360))
    assert (picture["kind"], picture["width"], picture["height"], picture["duration_ms"]) == ("image", 640, 360, None)
    lie = kept(alice, agency, "a.jpg", png())
    assert (lie["status"], lie["code"], set(lie["errors"])) == (400, "kind-mismatch", {"file"})
    assert Reference.objects.count() == 2


def test_references_are_given_in_roles(agency: Agency, alice: APIClient) -> None:
    first, last = (kept(alice, agency, f"{n}.png", png(1280, 720 + n)) for n in (2, 4))
    account = provider_account(route="sandbox-kling")
    given = {"references": [last["id"], first["id"]], "mode": "image_to_video", "params": FIVE}
    body = order(agency, account.pk, "kling-3.0", **given, roles=["last_frame"])
    made = post(alice, "generations/", body).json()
    roles = [(each["reference"], each["role"]) for each in made["given"]]
    assert roles == [(last["id"], "last_frame"), (first["id"], "first_frame")]
    assert made["references"] == [last["id"], first["id"]]
    too_many = post(alice, "generations/", {**body, "roles": ["last_frame"] * 3})
    assert (too_many.status_code, set(too_many.json()["errors"])) == (400, {"roles"})


def test_a_retired_model_names_what_could_serve(agency: Agency, alice: APIClient, document: dict[str, Any]) -> None:
    seen = post(alice, "generations/preview/", order(agency, provider_account(route="openai").pk)).json()
    assert seen["refusals"][0]["code"] == "retired"
    assert seen["alternatives"][0]["title"] in seen["refusals"][0]["message"]
    promised(document, "generations/preview/", "post", "200").validate(seen)
    launched = post(alice, "generations/", order(agency, provider_account(route="openai").pk))
    assert (launched.status_code, launched.json()["code"]) == (422, "retired")


def test_the_models_are_listed_with_limits_and_prices(alice: APIClient, document: dict[str, Any]) -> None:
    rows = alice.get("/api/v1/models/", {"route": "sandbox-ark"}).json()
    promised(document, "models/", "get", "200").validate(rows)
    row = next(each for each in rows if (each["model"], each["mode"]) == ("seedance-2.0", "reference_to_video"))
    slots = {(each["kind"], each["role"]): each["at_most"] for each in row["slots"]}
    assert slots == {("image", "reference"): 9, ("video", "reference"): 3, ("audio", "reference"): 3}
    assert (row["pricing"]["kind"], row["audio_choices"]) == ("tokens", ["on", "off"])


def test_a_generations_story_is_told_to_its_project(agency: Agency, alice: APIClient, program: Program) -> None:
    made = post(alice, "generations/", order(agency, provider_account().pk)).json()
    story = alice.get(f"/api/v1/generations/{made['id']}/timeline/").json()
    assert [each["kind"] for each in story] == ["person"]
    assert "set aside" in story[0]["words"]
    assert program(agency.carol).get(f"/api/v1/generations/{made['id']}/timeline/").status_code == 404


def test_a_hard_budget_refuses_and_the_journal_tells_why(agency: Agency, alice: APIClient, program: Program) -> None:
    ada, account = program(agency.ada), provider_account()
    limit = {"name": "Spring", "project": str(agency.aurora.pk), "hard_micro": 500_000}
    budget = post(ada, "budgets/", limit).json()
    assert post(alice, "generations/", order(agency, account.pk)).status_code == 201
    refused = post(alice, "generations/", order(agency, account.pk))
    assert (refused.status_code, refused.json()["code"]) == (422, "over-budget")
    assert ada.get(f"/api/v1/budgets/{budget['id']}/").json()["periods"][0]["bound_micro"] == 400_000
    entry = alice.get("/api/v1/spend-entries/").json()["results"][0]
    assert (entry["kind"], sum(each["amount_micro"] for each in entry["lines"])) == ("reserved", 0)
    raised = ada.put(f"/api/v1/budgets/{budget['id']}/", {"name": "Spring", "hard_micro": 800_000})
    assert (raised.status_code, raised.json()["soft_micro"]) == (200, None)
    assert post(alice, "generations/", order(agency, account.pk)).status_code == 201
    assert post(ada, f"budgets/{budget['id']}/end/", {}).json()["ended_at"]
    assert post(alice, "generations/", order(agency, account.pk)).status_code == 201


def test_a_lost_generation_is_settled_by_the_bill(agency: Agency, alice: APIClient) -> None:
    made = post(alice, "generations/", order(agency, provider_account().pk)).json()
    path, bill = f"generations/{made['id']}/settle/", {"total_micro": 250_000, "reason": "Bill of May"}
    assert post(alice, path, bill).json()["code"] == "under-way"
    row = Generation.objects.get(pk=made["id"])
    Generation.objects.filter(pk=row.pk).update(state=State.SUBMIT_UNKNOWN)
    end(row, State.LOST, Ending(None, "lost", "Nobody knows.", charged=None))
    settled = post(alice, path, bill).json()
    assert (settled["settled_micro"], settled["state"]) == (250_000, "lost")


def test_an_account_is_paused_by_those_who_launch_and_limited_by_who_keeps_it(
    agency: Agency, alice: APIClient, program: Program
) -> None:
    account = provider_account()
    paused = post(alice, f"provider-accounts/{account.pk}/pause/", {"reason": "The bill looks wrong"}).json()
    assert (paused["pause_reason"], paused["paused_at"] is None) == ("The bill looks wrong", False)
    assert post(alice, "generations/", order(agency, account.pk)).json()["state"] == "reserved"
    assert post(alice, f"provider-accounts/{account.pk}/resume/", {}).json()["paused_at"] is None
    limit = {"model": "sora-2", "max_in_flight": 2}
    assert alice.put(f"/api/v1/provider-accounts/{account.pk}/limit/", limit).status_code == 403
    limited = program(agency.ada).put(f"/api/v1/provider-accounts/{account.pk}/limit/", limit).json()
    assert limited["limits"] == [{"model": "sora-2", "max_in_flight": 2, "creates_per_minute": None}]


def test_alarms_are_seen_narrowed_and_looked_after(agency: Agency, alice: APIClient) -> None:
    raise_alarm(Alarm.Kind.KEY, "key of x", message="The key is refused.", mend="Enter a new key.")
    listed = alice.get("/api/v1/alarms/", {"open": "true", "kind": "key"}).json()["results"]
    assert [each["mend"] for each in listed] == ["Enter a new key."]
    seen = post(alice, f"alarms/{listed[0]['id']}/acknowledge/", {}).json()
    assert seen["acknowledged_by"] == str(agency.alice.pk)
    assert alice.get("/api/v1/alarms/", {"open": "false"}).json()["results"] == []


def test_a_character_is_asked_for_once_by_its_name(agency: Agency, alice: APIClient, tmp_path: Path) -> None:
    clip = kept(alice, agency, "otto.mp4", small_mp4(tmp_path / "otto.mp4", frames=72).read_bytes())
    body = {"project": str(agency.aurora.pk), "account": str(provider_account().pk), "reference": clip["id"]}
    asked = post(alice, "characters/", {**body, "name": "Otto"})
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    again = post(alice, "characters/", {**body, "name": "Otto"})
    assert (again.status_code, again.json()["code"]) == (409, "taken")
    Character.objects.update(state=Character.State.UNKNOWN)
    settled = post(alice, f"characters/{asked.json()['id']}/settle/", {"remote_id": "char_7"})
    assert settled.json()["state"] == "ready"


def test_a_waiting_one_is_let_go_sooner(agency: Agency, alice: APIClient) -> None:
    made = post(alice, "generations/", order(agency, provider_account().pk)).json()
    assert post(alice, f"generations/{made['id']}/priority/", {"priority": 7}).json()["priority"] == 7
    answer = post(alice, f"generations/{made['id']}/priority/", {"priority": 101})
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"priority"})
    Generation.objects.filter(pk=made["id"]).update(state=State.SUBMITTING)
    assert post(alice, f"generations/{made['id']}/priority/", {"priority": 1}).json()["code"] == "sent"
