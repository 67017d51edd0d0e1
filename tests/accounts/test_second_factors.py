"""A second factor: set up on pages of ours, asked for at log-in, its secret sealed, its coming and going in the ledger."""

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client as Browser
from django.utils import timezone

from sorahub.ledger.models import Event
from tests.factors import code_of, give_app, secret_of
from tests.people import PASSWORD, Agency

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    """Begin without anybody's wrong entries or used codes."""
    cache.clear()


def logged_in(email: str) -> Browser:
    """A browser whose person logged in and has just entered the password once more, as setting up a factor asks for."""
    browser = Browser()
    browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def set_up(browser: Browser) -> str:
    """Set up an app on the page; return its secret."""
    page = browser.get("/accounts/second-factor/totp/activate/")
    secret: str = browser.session["mfa.totp.secret"]
    assert secret in page.text
    answer = browser.post("/accounts/second-factor/totp/activate/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/accounts/second-factor/recovery-codes/"
    return secret


def test_an_app_is_set_up_and_asked_for_at_the_next_log_in(agency: Agency) -> None:
    secret = set_up(logged_in("lena@example.com"))
    row = Authenticator.objects.get(user=agency.lena, type="totp")
    assert secret not in json.dumps(row.data)
    assert secret_of(row) == secret
    kinds = Event.objects.filter(kind="second_factor.added").values_list("body", flat=True)
    assert [json.loads(body)["type"] for body in kinds] == ["totp", "recovery_codes"]
    browser = Browser()
    answer: Any = browser.post("/accounts/login/", {"login": "lena@example.com", "password": PASSWORD})
    assert answer.headers["Location"] == "/accounts/second-factor/authenticate/"
    assert "_auth_user_id" not in browser.session
    wrong = browser.post("/accounts/second-factor/authenticate/", {"code": "000000"})
    assert "Incorrect code" in wrong.text
    assert "_auth_user_id" not in browser.session
    browser.post("/accounts/second-factor/authenticate/", {"code": code_of(secret)})
    assert browser.session["_auth_user_id"] == str(agency.lena.pk)


@pytest.mark.long
def test_guessing_codes_is_limited(agency: Agency) -> None:
    secret = set_up(logged_in("lena@example.com"))
    browser = Browser()
    browser.post("/accounts/login/", {"login": "lena@example.com", "password": PASSWORD})
    for guess in range(12):
        browser.post("/accounts/second-factor/authenticate/", {"code": f"{guess:06d}"})
    answer = browser.post("/accounts/second-factor/authenticate/", {"code": code_of(secret)})
    assert "Too many" in answer.text
    assert "_auth_user_id" not in browser.session


@pytest.mark.long
def test_every_page_of_the_second_factor_is_ours_and_runs_no_script_of_its_own(agency: Agency) -> None:
    browser = logged_in("lena@example.com")
    account = browser.get("/account/").text
    assert 'href="/accounts/second-factor/"' in account
    pages = ["", "totp/activate/", "webauthn/add/", "webauthn/"]
    shown = [browser.get(f"/accounts/second-factor/{page}").text for page in pages]
    set_up(browser)
    pages = ["totp/deactivate/", "recovery-codes/", "recovery-codes/generate/", "reauthenticate/"]
    shown += [browser.get(f"/accounts/second-factor/{page}").text for page in pages]
    for text in shown:
        assert "sorahub/css/tokens.css" in text
        assert "mfa/js/" not in text
        assert "<script>" not in text


def test_a_factor_is_set_up_only_by_who_proved_a_moment_ago_that_it_is_them(agency: Agency) -> None:
    browser = Browser()
    browser.post("/accounts/login/", {"login": "lena@example.com", "password": PASSWORD})
    answer = browser.get("/accounts/second-factor/webauthn/add/")
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    agency.lena.set_unusable_password()
    agency.lena.save()
    browser.force_login(agency.lena)
    assert browser.get("/accounts/second-factor/webauthn/add/").status_code == 200
    type(agency.lena).objects.filter(pk=agency.lena.pk).update(last_login=timezone.now() - timedelta(minutes=6))
    for page in ("webauthn/add/", "totp/activate/"):
        assert browser.get(f"/accounts/second-factor/{page}").headers["Location"] == "/accounts/second-factor/"
    assert not Authenticator.objects.exists()


def test_an_administrator_takes_away_what_somebody_lost_and_the_ledger_says_who(agency: Agency) -> None:
    give_app(agency.lena)
    reset = f"/people/{agency.lena.pk}/second-factor/reset/"
    browser = Browser()
    for person, status in ((agency.alice, 403), (agency.lena, 403)):
        browser.force_login(person)
        assert browser.post(reset).status_code == status
    assert Authenticator.objects.filter(user=agency.lena).count() == 1
    browser.force_login(agency.ada)
    assert browser.get("/people/").text.count("Remove second factor") == 2
    assert "can set up a new one" in browser.post(reset, follow=True).text
    assert not Authenticator.objects.exists()
    event = Event.objects.get(kind="second_factor.removed")
    assert (event.actor, event.subject_id) == (agency.ada.pk, agency.lena.pk)
    assert "They have no second factor." in browser.post(reset, follow=True).text
