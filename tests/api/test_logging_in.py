"""How programs and pages log in to the API, and what a token may not do."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from generations.models import Shot
from sorahub.accounts.models import ApiToken
from tests.api.conftest import Program, post
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_nobody_is_answered_with_a_challenge(agency: Agency) -> None:
    answer = APIClient().get("/api/v1/projects/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="SoraHub"'
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not-authenticated"


def test_a_token_acts_as_its_person(agency: Agency, program: Program) -> None:
    me = program(agency.alice).get("/api/v1/me/").json()
    assert (me["name"], me["kind"]) == ("Alice", "producer")
    assert "generate" in me["permissions"]
    assert "sign" not in me["permissions"]


def test_a_reading_token_changes_nothing(agency: Agency, program: Program) -> None:
    client = program(agency.alice, scope="read")
    answer = post(client, "shots/", {"project": str(agency.aurora.pk), "code": "SC020"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission-denied")
    assert not Shot.objects.filter(code="SC020").exists()
    assert client.get("/api/v1/shots/").json()["results"][0]["code"] == "SC010-SH010"


@pytest.mark.parametrize(
    "spoilt", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}]
)
def test_a_revoked_or_expired_token_is_nobody(agency: Agency, program: Program, spoilt: dict[str, object]) -> None:
    client = program(agency.alice)
    ApiToken.objects.update(**spoilt)
    assert client.get("/api/v1/me/").status_code == 401


def test_a_closed_account_has_no_tokens(agency: Agency, program: Program) -> None:
    client = program(agency.alice)
    agency.alice.is_active = False
    agency.alice.save()
    assert client.get("/api/v1/me/").status_code == 401


def test_a_token_makes_no_tokens(agency: Agency, program: Program) -> None:
    answer = post(program(agency.alice), "tokens/", {"name": "for ever"})
    assert answer.status_code == 403
    assert list(ApiToken.objects.values_list("name", flat=True)) == ["test"]


def test_a_session_makes_a_token_whose_secret_is_shown_once(agency: Agency) -> None:
    browser = APIClient()
    browser.force_login(agency.alice)
    made = post(browser, "tokens/", {"name": "ci", "scope": "write", "days": 3}).json()
    listed = browser.get(f"/api/v1/tokens/{made['id']}/").json()
    assert made["secret"].startswith(listed["prefix"])
    assert "secret" not in listed
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {made['secret']}")
    assert program.get("/api/v1/me/").json()["email"] == "alice@example.com"


def test_a_session_needs_the_csrf_token_to_write(agency: Agency) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(agency.alice)
    answer = post(browser, "shots/", {"project": str(agency.aurora.pk), "code": "SC020"})
    assert answer.status_code == 403
    assert not Shot.objects.filter(code="SC020").exists()
