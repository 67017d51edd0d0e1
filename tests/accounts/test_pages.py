"""One's own account and everybody's accounts."""

import re

import pytest
from django.test import Client as Browser

from sorahub.accounts.models import ApiToken, User
from sorahub.ledger.models import Event
from tests.people import Agency

pytestmark = pytest.mark.django_db

NEW = {"name": "Erik Legal", "email": "Erik@Example.com", "kind": "legal", "time_zone": "Europe/Oslo", "password": ""}


def login(user: User) -> Browser:
    """Log somebody in and return their browser."""
    browser = Browser()
    browser.force_login(user)
    return browser


def test_a_tokens_secret_is_shown_once_and_works_until_it_is_revoked(agency: Agency) -> None:
    browser = login(agency.bob)
    answer = browser.post("/account/tokens/", {"name": "Edit suite", "scope": "read", "days": "30"})
    secret = re.search(r"sora_[A-Za-z0-9_-]{43}", answer.content.decode())
    assert secret is not None
    assert "no-store" in answer.headers["Cache-Control"]
    assert secret[0] not in browser.get("/account/").content.decode()
    token = ApiToken.objects.get()
    assert (token.user, token.scope, token.name) == (agency.bob, "read", "Edit suite")

    assert login(agency.alice).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
    browser.post(f"/account/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_token_without_a_purpose_is_refused_beside_its_field(agency: Agency) -> None:
    answer = login(agency.bob).post("/account/tokens/", {"name": " ", "scope": "read", "days": "30"})
    assert "This field is required" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_people_change_their_own_name_and_zone(agency: Agency) -> None:
    browser = login(agency.bob)
    browser.post("/account/", {"name": "Bob Byrne", "time_zone": "Europe/Dublin"})
    bob = User.objects.get(pk=agency.bob.pk)
    assert (bob.person.name, bob.time_zone) == ("Bob Byrne", "Europe/Dublin")
    assert "Times are shown in Europe/Dublin" in browser.get("/account/").content.decode()
    assert Event.objects.get(kind="person.changed").actor == bob.pk
    assert "Bob Byrne" not in str(Event.objects.get(kind="person.changed").body)
    refused = browser.post("/account/", {"name": "Bob", "time_zone": "Mars/Olympus"})
    assert "Select a valid choice" in refused.content.decode()


def test_an_administrator_adds_and_closes_accounts(agency: Agency) -> None:
    browser = login(agency.ada)
    browser.post("/people/", NEW)
    erik = User.objects.get(email="erik@example.com")
    assert (erik.kind, erik.time_zone, erik.has_usable_password()) == ("legal", "Europe/Oslo", False)
    assert "Already in use." in browser.post("/people/", NEW).content.decode()
    browser.post(f"/people/{erik.pk}/deactivate/")
    erik.refresh_from_db()
    assert not erik.is_active
    page = browser.post(f"/people/{agency.ada.pk}/deactivate/", follow=True).content.decode()
    assert "You cannot close your own account" in page


def test_a_second_account_belongs_to_the_same_person(agency: Agency) -> None:
    login(agency.ada).post("/people/", {**NEW, "name": "", "person": agency.bob.person_id})
    second = User.objects.get(email="erik@example.com")
    assert (second.person, second.get_full_name()) == (agency.bob.person, "Bob")


def test_nobody_else_adds_or_closes_accounts(agency: Agency) -> None:
    for person in (agency.alice, agency.bob, agency.lena, agency.dora):
        assert login(person).get("/people/").status_code == 403
        assert login(person).post("/people/", NEW).status_code == 403
    assert login(agency.alice).post(f"/people/{agency.bob.pk}/deactivate/").status_code == 403
    assert not User.objects.filter(email="erik@example.com").exists()
    assert User.objects.get(pk=agency.bob.pk).is_active


def test_a_page_that_may_not_be_opened_says_why_and_leads_on(agency: Agency) -> None:
    page = login(agency.bob).get("/people/", headers={"Referer": "http://testserver/projects/"}).content.decode()
    assert "Creative reviewer accounts may not: add people, clients and provider accounts." in page
    assert 'href="http://testserver/projects/"' in page
