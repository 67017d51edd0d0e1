"""Whatever a program sends, the answer is a problem that says what to do: never a page, a guess or a breakdown."""

from base64 import b64encode
from typing import Any

import pytest
from django.test import RequestFactory
from rest_framework.test import APIClient

from generations.models import Project
from sorahub.problems import broken
from tests.api.conftest import Program, post
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["status"], body["code"]) == (status, status, code)
    return body


@pytest.fixture
def alice(agency: Agency, program: Program) -> APIClient:
    return program(agency.alice)


@pytest.mark.parametrize("path", ["nowhere/", "shots/not-an-id/", "shots", "clips/a/b/c"])
def test_an_address_that_is_not_there_is_a_problem(alice: APIClient, path: str) -> None:
    assert "slash" in refused(alice.get(f"/api/v1/{path}"), 404, "not-found")["detail"]
    refused(post(alice, path, {}), 404, "not-found")


def test_a_stranger_learns_of_no_address(agency: Agency) -> None:
    refused(APIClient().get("/api/v1/nowhere/"), 401, "not-authenticated")


@pytest.mark.parametrize("cursor", ["%25%25%25", "abc", b64encode(b"p=abc").decode(), b64encode(b"o=1").decode()])
def test_a_made_up_cursor_is_refused(alice: APIClient, cursor: str) -> None:
    assert "cursor" in refused(alice.get(f"/api/v1/shots/?cursor={cursor}"), 400, "invalid-input")["errors"]


@pytest.mark.parametrize("size", ["0", "-1", "many"])
def test_a_page_has_a_size(alice: APIClient, size: str) -> None:
    refused(alice.get("/api/v1/shots/", {"page_size": size}), 400, "invalid-input")
    assert alice.get("/api/v1/shots/", {"page_size": "99999999999999"}).status_code == 200


@pytest.mark.parametrize("path", ["shots/?projct=x", "clients/?name=Aurora", "decisions/?user=x"])
def test_a_misspelt_filter_never_answers_everything(alice: APIClient, path: str) -> None:
    errors = refused(alice.get(f"/api/v1/{path}"), 400, "unknown-filter")["errors"]
    assert all("page_size" in message for message in errors.values())


def test_a_filter_by_true_or_false_takes_nothing_else(alice: APIClient, agency: Agency) -> None:
    refused(alice.get("/api/v1/projects/?archived=maybe"), 400, "invalid-input")
    own = Project.objects.visible_to(agency.alice).count()
    for word in ("false", "False", "0"):
        assert len(alice.get(f"/api/v1/projects/?archived={word}").json()["results"]) == own
    for word in ("true", "1"):
        assert alice.get(f"/api/v1/projects/?archived={word}").json()["results"] == []


def test_json_that_nests_too_deeply_is_the_senders_mistake(alice: APIClient) -> None:
    refused(alice.post("/api/v1/shots/", "[" * 100_000, content_type="application/json"), 400, "parse-error")


def test_a_form_of_too_many_fields_is_a_problem(alice: APIClient) -> None:
    form = {f"field{number}": "1" for number in range(1500)}
    refused(alice.post("/api/v1/terms-versions/", form, format="multipart"), 400, "malformed")


def test_a_body_that_is_too_large_says_so(alice: APIClient) -> None:
    refused(post(alice, "prompts/", {"text": "x" * 20_000_000}), 413, "too-large")


def test_an_unknown_id_says_so_in_words(alice: APIClient, agency: Agency) -> None:
    errors = post(alice, "shots/", {"project": str(agency.borealis.pk), "code": "X"}).json()["errors"]
    assert errors["project"] == f"There is nothing with the id {agency.borealis.pk}, or you may not see it."


def test_a_breakdown_is_a_problem_too_and_elsewhere_a_page() -> None:
    answer = broken(RequestFactory().get("/api/v1/shots/"))
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert broken(RequestFactory().get("/shots/")).headers["Content-Type"].startswith("text/html")
