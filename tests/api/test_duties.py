"""Checklists and duties of disclosure by program: listed, made, edited, ended, with the same refusals as on the pages."""

from typing import Any

import pytest

from reviews.models import ChecklistTemplate, DisclosureRule
from tests.api.conftest import Program, post
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.core]
CHECKLIST: dict[str, Any] = {"title": "Broadcast", "questions": [{"question": "Is it ours?", "clears_with": ["yes"]}]}
DUTY: dict[str, Any] = {
    "title": "Label", "territories": ["fr"], "duty": "Say so.", "source": "A law", "sourced_on": "2026-01-01",
}  # fmt: skip


def test_a_checklist_goes_through_its_versions(agency: Agency, program: Program) -> None:
    lena = program(agency.lena)
    made = post(lena, "checklists/", {**CHECKLIST, "client": str(agency.north.pk)})
    assert made.status_code == 201
    first = made.json()
    assert (first["key"], first["version"], first["client"]) == ("broadcast", 1, str(agency.north.pk))
    assert first["questions"] == [
        {"key": "is-it-ours", "question": "Is it ours?", "help": "", "required": True, "clears_with": ["yes"]}
    ]
    second = post(lena, f"checklists/{first['id']}/revise/", {**CHECKLIST, "market": "FR"})
    assert (second.status_code, second.json()["version"], second.json()["client"]) == (201, 2, str(agency.north.pk))
    stale = post(lena, f"checklists/{first['id']}/revise/", {**CHECKLIST, "market": "DE"})
    assert (stale.status_code, stale.json()["code"]) == (409, "newer-version")
    gone = post(lena, f"checklists/{second.json()['id']}/retire/", {})
    assert (gone.status_code, gone.json()["retired"]) == (201, True)
    listed = program(agency.bob).get("/api/v1/checklists/", {"newest": "true", "key": "broadcast"}).json()
    assert [(row["version"], row["retired"]) for row in listed["results"]] == [(3, True)]
    assert len(program(agency.bob).get("/api/v1/checklists/").json()["results"]) == 3


def test_what_is_wrong_with_a_question_is_named(agency: Agency, program: Program) -> None:
    wrong = {**CHECKLIST, "questions": [{"question": "Ours?", "clears_with": ["unknown"]}]}
    answer = post(program(agency.lena), "checklists/", wrong)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["questions.0.clears_with"])
    assert ChecklistTemplate.objects.count() == 0


def test_a_duty_goes_through_its_versions(agency: Agency, program: Program) -> None:
    lena = program(agency.lena)
    first = post(lena, "disclosure-rules/", DUTY).json()
    assert (first["key"], first["territories"], first["status"], first["uses"]) == ("label", ["FR"], "reported", [])
    second = post(lena, f"disclosure-rules/{first['id']}/revise/", {**DUTY, "status": "confirmed"}).json()
    gone = post(lena, f"disclosure-rules/{second['id']}/retire/", {})
    assert (gone.status_code, gone.json()["status"], gone.json()["version"]) == (201, "retired", 3)
    again = post(lena, f"disclosure-rules/{gone.json()['id']}/retire/", {})
    assert (again.status_code, again.json()["code"]) == (409, "retired")
    rows = program(agency.bob).get("/api/v1/disclosure-rules/", {"newest": "true"}).json()["results"]
    assert [row["version"] for row in rows] == [3]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"territories": ["EU"]}, "territories"),
        ({"applies_from": "2026-02-01", "applies_until": "2026-01-01"}, "applies_until"),
        ({"status": "retired"}, "status"),
        ({"address": "no address"}, "address"),
    ],
)
def test_a_duty_that_is_wrong_is_refused(agency: Agency, program: Program, said: dict[str, Any], field: str) -> None:
    answer = post(program(agency.lena), "disclosure-rules/", {**DUTY, **said})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert DisclosureRule.objects.count() == 0
