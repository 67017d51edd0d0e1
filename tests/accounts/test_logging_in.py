"""Logging in: whose address counts, and what limits guessing, from behind a proxy too."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.cache.backends.db import DatabaseCache
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from sorahub.accounts.models import User
from sorahub.accounts.tasks import forget_sessions
from sorahub.settings import base
from tests.people import PASSWORD, Agency

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """Begin without anybody's wrong entries."""
    cache.clear()


def enter(email: str, password: str, forwarded: str = "") -> int:
    """Log in from a browser of its own; return the status."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return Browser().post("/accounts/login/", {"login": email, "password": password}, headers=headers).status_code


def test_nobody_changes_the_address_that_names_them_in_signatures(agency: Agency) -> None:
    browser = Browser()
    browser.force_login(agency.carol)
    assert browser.get("/accounts/email/").status_code == 404
    for verb in ("add", "primary"):
        answer = browser.post("/accounts/email/", {f"action_{verb}": "", "email": "lena.the.lawyer@example.com"})
        assert answer.status_code == 404
    assert not EmailAddress.objects.filter(email__startswith="lena").exists()
    assert User.objects.get(pk=agency.carol.pk).email == "carol@example.com"
    assert mail.outbox == []


def test_one_guesser_behind_the_proxy_does_not_lock_out_everybody_else(agency: Agency, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for guess in range(12):
        enter(f"guess{guess}@example.com", "guessed", "203.0.113.9")
    assert enter("alice@example.com", PASSWORD, "203.0.113.9") == 200
    assert enter("bob@example.com", PASSWORD, "198.51.100.7") == 302


def test_a_forged_header_does_not_help_the_guesser(agency: Agency, settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for guess in range(12):
        enter(f"guess{guess}@example.com", "guessed", f"192.0.2.{guess}, 203.0.113.9")
    assert enter("alice@example.com", PASSWORD, "192.0.2.99, 203.0.113.9") == 200


def test_a_flood_of_guesses_does_not_wash_the_counters_away(agency: Agency) -> None:
    options: dict[str, Any] = base.CACHES["default"]
    call_command("createcachetable", options["LOCATION"], verbosity=0)
    counters = DatabaseCache(options["LOCATION"], options)
    counters.set("wrong-entries-of-one-person", 5)
    for number in range(400):
        counters.set(f"wrong-entries-of-guess-{number}", 1)
    assert counters.get("wrong-entries-of-one-person") == 5


def test_a_guest_logs_in_by_a_code_that_dies_after_three_wrong_entries(agency: Agency) -> None:
    browser = Browser()
    browser.post("/accounts/login/code/", {"email": "carol@example.com"})
    assert mail.outbox[0].to == ["carol@example.com"]
    for _ in range(3):
        answer = browser.post("/accounts/login/code/confirm/", {"code": "WRNG-CODE"})
    assert answer.headers["Location"] == "/accounts/login/code/"
    code = next(line for line in mail.outbox[0].body.splitlines() if len(line) == 9 and line[4] == "-")
    browser.post("/accounts/login/code/confirm/", {"code": code})
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize(
    "onwards",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "http:///evil.example", "javascript:alert(1)"],
)
def test_a_link_to_the_log_in_page_leads_nowhere_else(agency: Agency, onwards: str) -> None:
    answer = Browser().post("/accounts/login/", {"login": "bob@example.com", "password": PASSWORD, "next": onwards})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_sessions_that_ended_are_forgotten(db: None) -> None:
    now = timezone.now()
    for key, hours in (("ended", -1), ("going", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=hours))
    assert forget_sessions() == {"ended": 1}
    assert [each.session_key for each in Session.objects.all()] == ["going"]


def test_a_piece_of_a_page_that_outlives_its_session_is_not_answered_with_the_log_in_page(agency: Agency) -> None:
    browser = Browser()
    for path in ("/notices/count/", f"/shots/{agency.shot.pk}/live/"):
        answer = browser.get(path, headers={"HX-Request": "true"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["HX-Trigger"] == '{"loggedOut": {"login": "/accounts/login/"}}'
        assert browser.get(path).headers["Location"].startswith("/accounts/login/?next=")
