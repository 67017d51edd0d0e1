"""The OpenAPI document: valid, without warnings, the one that is committed, and true of what is answered."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from generations.models import Alarm, Budget, Character, Generation, Reference
from generations.pipeline import money
from tests.api.conftest import Program, post
from tests.people import Agency
from tests.reviews import world

SNAPSHOT = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.yaml"


def test_the_committed_document_is_the_generated_one(tmp_path: Path) -> None:
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(made), stdout=StringIO())
    if made.read_text("utf-8") != SNAPSHOT.read_text("utf-8"):
        pytest.fail("Look at the change, then: manage.py spectacular --file docs/reference/openapi.yaml")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The committed document; null is a type of its own in JSON Schema."""
    loaded: dict[str, Any] = with_null(yaml.safe_load(SNAPSHOT.read_text("utf-8")))
    return loaded


def with_null(node: Any) -> Any:
    if isinstance(node, list):
        return [with_null(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: with_null(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if node.get("nullable") is True else made


def promised(document: dict[str, Any], path: str, method: str, status: str, kind: str = "application/json") -> Any:
    schema = document["paths"][f"/api/v1/{path}"][method]["responses"][status]["content"][kind]["schema"]
    return Draft202012Validator({**schema, "components": document["components"]})


LISTS = [
    "clips/", "shots/", "prompts/", "projects/", "members/", "people/", "clients/", "stages/", "decisions/", "generations/",
    "provider-accounts/", "tokens/", "references/", "characters/", "budgets/", "spend-entries/", "alarms/",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("path", LISTS)
def test_a_list_answers_what_the_document_promises(
    path: str, agency: Agency, program: Program, document: dict[str, Any]
) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    stages = world.staged(agency)
    world.approve(clip, stages["Creative"], agency.bob)
    made = world.add_generation(clip, agency, launcher=agency.alice)
    _engine_rows(agency, made)
    answer = program(agency.alice).get(f"/api/v1/{path}").json()
    assert answer["results"] != []
    promised(document, path, "get", "200").validate(answer)


def _engine_rows(agency: Agency, made: Generation) -> None:
    """One row of each kind that the engine keeps."""
    video = Reference.objects.create(
        project=agency.aurora, kind="video", sha256="0" * 64, size=9, media_type="video/mp4", storage_key="none",
        source="Us", rights="Ours", created_by=agency.alice,
    )  # fmt: skip
    names = {"reference": video, "name": "Otto", "created_by": agency.alice}
    Character.objects.create(project=agency.aurora, account=made.account, **names)
    Budget.objects.create(name="Spring", project=agency.aurora, soft_micro=10**9, created_by=agency.ada)
    Alarm.objects.create(kind="late", key="late", project=agency.aurora, message="Late.", mend="Look.")
    money.reserve(made, "A test")


@pytest.mark.django_db
def test_guests_get_what_the_document_promises(agency: Agency, program: Program, document: dict[str, Any]) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    stages = world.staged(agency)
    world.approve(clip, stages["Creative"], agency.bob)
    world.approve(clip, stages["Client"], agency.dora)
    dora = program(agency.dora)
    seen = dora.get(f"/api/v1/clips/{clip.pk}/").json()
    assert seen["id"] == str(clip.pk)
    promised(document, "clips/{id}/", "get", "200").validate(seen)
    promised(document, "clips/{id}/stages/", "get", "200").validate(dora.get(f"/api/v1/clips/{clip.pk}/stages/").json())


@pytest.mark.django_db
def test_every_operation_promises_problems(agency: Agency, program: Program, document: dict[str, Any]) -> None:
    answer = post(program(agency.alice), "shots/", {}).json()
    assert set(answer["errors"]) == {"project", "code"}
    promised(document, "shots/", "post", "default", "application/problem+json").validate(answer)
    answers = [operation["responses"] for each in document["paths"].values() for operation in each.values()]
    assert all("default" in each for each in answers)


@pytest.mark.django_db
def test_what_is_to_be_signed_is_asked_for_by_a_known_meaning(agency: Agency, program: Program) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    version = world.draft(agency.bob, clip, world.governing(agency.lena))
    lena = program(agency.lena)
    path = f"/api/v1/licence-record-versions/{version.pk}/to-sign/"
    assert "approve" in lena.get(path).json()["statement"]
    assert "meaning" in lena.get(path, {"meaning": "approvd"}).json()["errors"]
