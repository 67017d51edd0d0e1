"""Single sign-on, against a small issuer on loopback: logging in by it, and signing on afresh to prove presence for a signature."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from reviews.models import LicenceRecordVersion, Reauthentication, SignOff
from sorahub.accounts.models import User
from sorahub.settings import sso
from tests import oidc
from tests.people import Agency
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.long]
WORDS = "Rejected: the song is not ours"


@pytest.fixture
def issuer(settings: Settings) -> Iterator[oidc.Provider]:
    """The issuer, set up in the hub."""
    cache.clear()
    with oidc.provider() as running:
        settings.SIGN_ON = running.issuer
        settings.SOCIALACCOUNT_PROVIDERS = sso.providers(running.issuer)
        yield running


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def at_the_issuer(address: str) -> str:
    """Go to the issuer as a browser does; return the path and query that it leads back to."""
    try:
        urllib.request.build_opener(NoRedirect).open(address)
    except urllib.error.HTTPError as answer:
        back = urlsplit(answer.headers["Location"])
        answer.close()
        return f"{back.path}?{back.query}"
    raise AssertionError("the issuer led nowhere")


def sign_on(browser: Browser, version: LicenceRecordVersion, meaning: str = "rejected") -> Any:
    """Press "Sign in again"; return the answer, which leads to the issuer."""
    page = reverse("reviews:sign", args=[version.pk])
    address = f"{reverse('reviews:sign-on', args=[version.pk])}?next={page}"
    return browser.post(address, {"meaning": meaning, "reason": WORDS})


def send(browser: Browser, version: LicenceRecordVersion, meaning: str = "rejected") -> Any:
    said = {"shown_sha256": version.sha256, "meaning": meaning, "reason": WORDS}
    return browser.post(reverse("reviews:sign", args=[version.pk]), said)


def test_lena_signs_on_again_and_finds_what_she_typed(
    agency: Agency, version: LicenceRecordVersion, issuer: oidc.Provider
) -> None:
    browser = logged_in(agency.lena)
    page = reverse("reviews:sign", args=[version.pk])
    assert "Sign in again at Agency log-in" in browser.get(page).text
    answer = sign_on(browser, version)
    back = at_the_issuer(answer.headers["Location"])
    asked = issuer.asked[0]
    assert (asked["prompt"], asked["max_age"], asked["code_challenge_method"]) == ("login", "0", "S256")
    assert browser.get(back).headers["Location"] == page
    shown = browser.get(page).text
    assert WORDS in shown
    assert re.search(r'value="rejected"[^>]*checked', shown)
    assert "You have signed in again" in shown
    assert 'name="password"' not in shown
    assert send(browser, version).status_code == 302
    proof = SignOff.objects.get().reauthentication
    assert (proof.method, proof.evidence["key"]["kty"]) == ("single-sign-on", "RSA")
    assert "a fresh single sign-on" in browser.get(reverse("reviews:sign-off", args=[SignOff.objects.get().pk])).text


@pytest.mark.parametrize(
    ("bent", "words"),
    [
        ({"seconds_ago": 30}, "no fresh sign-on of yours"),
        ({"seconds_ago": None}, "no fresh sign-on of yours"),
        ({"email": "bob@example.com"}, "no fresh sign-on of yours"),
        ({"verified": False}, "no fresh sign-on of yours"),
        ({"bent": {"nonce": "0" * 64}}, "The sign-on was not accepted"),
        ({"bent": {"aud": "another-hub"}}, "The sign-on was not accepted"),
        ({"bent": {"exp": 1}}, "The sign-on was not accepted"),
    ],
)
def test_case_11_a_sign_on_that_is_not_fresh_or_not_hers_is_refused(
    agency: Agency, version: LicenceRecordVersion, issuer: oidc.Provider, bent: dict[str, Any], words: str
) -> None:
    browser = logged_in(agency.lena)
    for name, value in bent.items():
        setattr(issuer, name, value)
    back = at_the_issuer(sign_on(browser, version).headers["Location"])
    page = browser.get(back, follow=True).text
    assert words in page
    assert WORDS in page
    assert send(browser, version).status_code == 422
    assert (SignOff.objects.count(), Reauthentication.objects.count()) == (0, 0)


def test_case_11_a_sign_on_is_good_once_for_what_it_was_made_for_and_five_minutes(
    agency: Agency, version: LicenceRecordVersion, issuer: oidc.Provider
) -> None:
    browser = logged_in(agency.lena)
    back = at_the_issuer(sign_on(browser, version).headers["Location"])
    assert "no fresh" not in browser.get(back, follow=True).text
    assert "was answered before" in browser.get(back, follow=True).text
    assert logged_in(agency.bob).get(back, follow=True).status_code == 200
    assert Reauthentication.objects.count() == 1
    assert send(browser, version, meaning="approved").status_code == 422
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        assert send(browser, version).status_code == 422
    assert SignOff.objects.count() == 0
    assert send(browser, version).status_code == 302


def test_case_11_the_answer_to_a_question_of_somebody_else_or_long_ago_is_none(
    agency: Agency, version: LicenceRecordVersion, issuer: oidc.Provider
) -> None:
    back = at_the_issuer(sign_on(logged_in(agency.lena), version).headers["Location"])
    assert "was answered before" in logged_in(agency.bob).get(back, follow=True).text
    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1)):
        assert "was answered before" in logged_in(agency.lena).get(back, follow=True).text
    assert Reauthentication.objects.count() == 0


def log_in(browser: Browser, process: str = "login") -> Any:
    answer = browser.post(f"/accounts/oidc/sso/login/?process={process}")
    return browser.get(at_the_issuer(answer.headers["Location"]))


def test_people_log_in_by_a_verified_address_and_nobody_signs_up(agency: Agency, issuer: oidc.Provider) -> None:
    assert "Log in with Agency log-in" in Browser().get("/accounts/login/").text
    before = User.objects.count()
    browser = Browser()
    assert log_in(browser).headers["Location"] == "/"
    assert browser.session["_auth_user_id"] == str(agency.lena.pk)
    assert SocialAccount.objects.get().user == agency.lena
    for email, verified in (("stranger@example.com", True), ("bob@example.com", False), ("bob@example.com", "false")):
        issuer.email, issuer.verified = email, verified  # type: ignore[assignment]  # some issuers send words
        stranger = Browser()
        answer = log_in(stranger)
        assert (answer.status_code, "Nobody here has this address" in answer.text) == (403, True)
        assert "_auth_user_id" not in stranger.session
    assert (User.objects.count(), SocialAccount.objects.count()) == (before, 1)


def test_nobody_ties_another_identity_to_an_account(agency: Agency, issuer: oidc.Provider) -> None:
    browser = logged_in(agency.bob)
    assert log_in(browser, "connect").status_code == 403
    assert not SocialAccount.objects.exists()
    assert browser.get("/accounts/sign-on/").status_code == 404


def test_only_the_issuer_is_asked(
    agency: Agency, version: LicenceRecordVersion, issuer: oidc.Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document that names another host's address is not followed, whoever asks."""
    elsewhere = {
        **issuer.document(),
        "token_endpoint": "http://localhost:9/token",
        "userinfo_endpoint": "http://localhost:9/",
    }
    monkeypatch.setattr(oidc.Provider, "document", lambda _: elsewhere)
    browser = logged_in(agency.lena)
    back = at_the_issuer(sign_on(browser, version).headers["Location"])
    assert "The sign-on was not accepted" in browser.get(back, follow=True).text
    assert "That did not work" in log_in(Browser()).text
    assert not Reauthentication.objects.exists()


def test_without_an_issuer_there_is_no_sign_on(agency: Agency, version: LicenceRecordVersion) -> None:
    browser = logged_in(agency.lena)
    assert "Sign in again" not in browser.get(reverse("reviews:sign", args=[version.pk])).text
    assert sign_on(browser, version).status_code == 403
    assert Browser().get("/accounts/oidc/sso/login/").status_code == 404
