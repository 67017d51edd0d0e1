"""A signature needs proof that it is the person, now: every way there is, and everything that is none, through the pages and the API."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from generations.models import Clip
from reviews.models import LicenceRecordVersion, Reauthentication, SignOff
from sorahub.ledger.models import Event
from tests.factors import Passkey, code_of, give_app
from tests.people import PASSWORD, Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[time_machine.Traveller]:
    """An hour of one moment, so that a code does not change under way; used codes and limits are forgotten."""
    cache.clear()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def other(agency: Agency, version: LicenceRecordVersion) -> LicenceRecordVersion:
    """Another record that lena may reject."""
    clip = world.add_clip(agency.aurora, agency.alice, grey=40)
    return world.draft(agency.bob, clip, version.governing_set)


@pytest.fixture
def passkey(agency: Agency) -> Passkey:
    """Lena's."""
    made = Passkey()
    made.give(agency.lena)
    return made


def values(version: LicenceRecordVersion, **said: Any) -> dict[str, Any]:
    """A rejection, which nothing but its proof stands in the way of."""
    return {"shown_sha256": version.sha256, "meaning": "rejected", "reason": "The song is not ours", **said}


def send(browser: Browser, version: LicenceRecordVersion, **said: Any) -> Any:
    return browser.post(reverse("reviews:sign", args=[version.pk]), values(version, **said))


def options(browser: Browser, version: LicenceRecordVersion, meaning: str = "rejected") -> dict[str, Any]:
    address = f"/api/v1/licence-record-versions/{version.pk}/presence/"
    return browser.post(address, json.dumps({"meaning": meaning}), content_type="application/json").json()  # type: ignore[no-any-return]


def assert_refused(answer: Any, words: str, signed: int = 0) -> None:
    """The page says why, and nothing was signed."""
    assert (answer.status_code, words in answer.text, SignOff.objects.count()) == (422, True, signed), answer.text


def test_a_passkey_signs_and_the_receipt_verifies_it_anew(
    agency: Agency, version: LicenceRecordVersion, passkey: Passkey
) -> None:
    browser = logged_in(agency.lena)
    page = browser.get(reverse("reviews:sign", args=[version.pk])).text
    assert "with a passkey" in page
    assert 'name="password"' not in page
    given = passkey.answer(options(browser, version))
    answer = send(browser, version, passkey=json.dumps(given))
    signed = SignOff.objects.get()
    assert answer.headers["Location"] == reverse("reviews:sign-off", args=[signed.pk])
    said = json.loads(signed.payload)["authentication"]
    assert (said["method"], said["evidence"]["signature"]) == ("passkey", given["response"]["signature"])
    receipt = browser.get(reverse("reviews:sign-off", args=[signed.pk])).text
    assert "signed with a passkey" in receipt
    assert "verified" in receipt
    evidence = {**said["evidence"], "signature": Passkey().answer(options(browser, version))["response"]["signature"]}
    Reauthentication.objects.filter(pk=signed.reauthentication_id).update(evidence=evidence)
    assert "does not verify" in browser.get(reverse("reviews:sign-off", args=[signed.pk])).text


def test_case_11_a_passkey_answer_is_good_for_one_record_one_meaning_once_and_five_minutes(
    agency: Agency, version: LicenceRecordVersion, other: LicenceRecordVersion, passkey: Passkey,
    stopped_clock: time_machine.Traveller,
) -> None:  # fmt: skip
    browser = logged_in(agency.lena)
    words = "is not what was asked for, or too old"
    for_other = passkey.answer(options(browser, other))
    assert_refused(send(browser, version, passkey=json.dumps(for_other)), words)
    for_approval = passkey.answer(options(browser, version, "approved"))
    assert_refused(send(browser, version, passkey=json.dumps(for_approval)), words)
    given = passkey.answer(options(browser, version))
    stopped_clock.shift(timedelta(minutes=5))
    assert_refused(send(browser, version, passkey=json.dumps(given)), words)
    given = passkey.answer(options(browser, version))
    assert send(browser, version, passkey=json.dumps(given)).status_code == 302
    assert_refused(send(browser, version, passkey=json.dumps(given)), words, signed=1)


def test_case_11_an_answer_that_proves_nothing_is_refused(
    agency: Agency, version: LicenceRecordVersion, passkey: Passkey
) -> None:
    browser = logged_in(agency.lena)
    strangers = Passkey()
    strangers.id = passkey.id
    bent = [
        passkey.answer(options(browser, version), verified=False),
        passkey.answer(options(browser, version), origin="http://localhost.evil.example:8000"),
        strangers.answer(options(browser, version)),
        {"id": "x"},
    ]
    for given in bent:
        assert_refused(send(browser, version, passkey=json.dumps(given)), "is not what was asked for, or too old")
    assert Event.objects.filter(kind="reauthentication.failed").count() == len(bent)


def test_case_11_a_code_signs_once_and_no_recovery_code_does(
    agency: Agency, version: LicenceRecordVersion, other: LicenceRecordVersion
) -> None:
    secret, browser = give_app(agency.lena), logged_in(agency.lena)
    assert_refused(send(browser, version, password=PASSWORD), "Enter the code from your app.")
    assert_refused(send(browser, version, password="guess", code=code_of(secret)), "or the code is not right")
    assert_refused(send(browser, version, password=PASSWORD, code="12345678"), "recovery codes let you in")
    assert send(browser, version, password=PASSWORD, code=code_of(secret)).status_code == 302
    assert SignOff.objects.get().reauthentication.method == "password+totp"
    assert_refused(send(browser, other, password=PASSWORD, code=code_of(secret)), "Each code works once", signed=1)


@pytest.mark.long
def test_case_11_wrong_tries_of_every_kind_close_the_door_together(
    agency: Agency, version: LicenceRecordVersion, passkey: Passkey, stopped_clock: time_machine.Traveller
) -> None:
    secret, browser = give_app(agency.lena), logged_in(agency.lena)
    for _ in range(3):
        send(browser, version, password=PASSWORD, code="000000")
    for _ in range(2):
        send(browser, version, passkey=json.dumps(Passkey().answer(options(browser, version))))
    assert_refused(send(browser, version, password=PASSWORD, code=code_of(secret)), "wait a quarter of an hour")
    stopped_clock.shift(timedelta(minutes=15, seconds=1))
    assert send(browser, version, password=PASSWORD, code=code_of(secret)).status_code == 302


def test_case_11_a_proof_older_than_five_minutes_or_used_before_signs_nothing(
    agency: Agency, version: LicenceRecordVersion, other: LicenceRecordVersion, stopped_clock: time_machine.Traveller
) -> None:
    """A session that proved itself long ago is worth nothing: each signature asks anew."""
    browser = logged_in(agency.lena)
    assert send(browser, version, password=PASSWORD).status_code == 302
    assert_refused(send(browser, other), "Enter your password.", signed=1)
    stopped_clock.shift(timedelta(minutes=6))
    assert_refused(send(browser, other), "Enter your password.", signed=1)


def test_case_11_without_the_csrf_token_nothing_is_signed(agency: Agency, version: LicenceRecordVersion) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(agency.lena)
    for address in (reverse("reviews:sign", args=[version.pk]), reverse("reviews:sign-on", args=[version.pk])):
        assert browser.post(address, values(version, password=PASSWORD)).status_code == 403
    said = json.dumps({**values(version, password=PASSWORD), "record_version": str(version.pk)})
    for address, body in (
        ("/api/v1/sign-offs/", said),
        (f"/api/v1/licence-record-versions/{version.pk}/presence/", "{}"),
    ):
        assert browser.post(address, body, content_type="application/json").status_code == 403
    assert (SignOff.objects.count(), Reauthentication.objects.count()) == (0, 0)


def test_where_a_second_factor_is_required_a_password_leads_to_where_it_is_set_up(
    agency: Agency, version: LicenceRecordVersion, settings: Settings
) -> None:
    settings.SIGNING_SECOND_FACTOR = "required"
    browser = logged_in(agency.lena)
    page = browser.get(reverse("reviews:sign", args=[version.pk])).text
    assert "Set up a second factor first" in page
    assert reverse("mfa_index") in page
    assert_refused(send(browser, version, password=PASSWORD), "Set up an app or a passkey first")
    assert browser.post(
        "/api/v1/sign-offs/",
        json.dumps({**values(version, password=PASSWORD), "record_version": str(version.pk)}),
        content_type="application/json",
    ).json()["code"] == "second-factor-missing"  # fmt: skip
    secret = give_app(agency.lena)
    assert send(browser, version, password=PASSWORD, code=code_of(secret)).status_code == 302


def test_who_has_a_passkey_signs_with_no_password_through_the_api_either(
    agency: Agency, version: LicenceRecordVersion, passkey: Passkey
) -> None:
    browser = logged_in(agency.lena)

    def sign(**given: Any) -> Any:
        body = json.dumps({**values(version, **given), "record_version": str(version.pk)})
        return browser.post("/api/v1/sign-offs/", body, content_type="application/json")

    assert (sign(password=PASSWORD).json()["code"], SignOff.objects.count()) == ("second-factor-needed", 0)
    assert sign(passkey=passkey.answer(options(browser, version))).status_code == 201
    assert SignOff.objects.get().reauthentication.method == "passkey"


def test_an_approval_is_revoked_with_a_passkey(agency: Agency, signed: SignOff) -> None:
    passkey, browser = Passkey(), logged_in(agency.lena)
    passkey.give(agency.lena)
    address = reverse("reviews:sign-off", args=[signed.pk])
    for_approval = passkey.answer(options(browser, signed.record_version, "approved"))
    refused = browser.post(address, {"reason": "Sued", "passkey": json.dumps(for_approval)})
    assert (refused.status_code, SignOff.objects.count()) == (422, 1)
    given = passkey.answer(options(browser, signed.record_version, "revoked"))
    assert browser.post(address, {"reason": "Sued", "passkey": json.dumps(given)}).status_code == 302
    assert SignOff.objects.get(revokes=signed).reason == "Sued"


def test_nobody_but_legal_is_asked_for_a_passkey(agency: Agency, version: LicenceRecordVersion, clip: Clip) -> None:
    Passkey().give(agency.bob)
    assert options(logged_in(agency.bob), version)["code"] == "forbidden"


def test_a_password_that_is_the_only_way_is_asked_for_and_not_called_optional(
    agency: Agency, version: LicenceRecordVersion
) -> None:
    lena = logged_in(agency.lena)
    page = lena.get(reverse("reviews:sign", args=[version.pk])).text
    (label,) = re.findall(r"<label[^>]*>(?:(?!</label>).)*Your password, once more.*?</label>", page, re.DOTALL)
    assert "optional" not in label
    refused = send(lena, version)
    assert refused.text.count("Enter your password.") == 1
    assert_refused(refused, "Enter your password.")


def test_with_a_passkey_the_password_may_stay_empty(agency: Agency, version: LicenceRecordVersion) -> None:
    give_app(agency.lena)
    Passkey().give(agency.lena)
    page = logged_in(agency.lena).get(reverse("reviews:sign", args=[version.pk])).text
    (label,) = re.findall(r"<label[^>]*>(?:(?!</label>).)*Your password, once more.*?</label>", page, re.DOTALL)
    assert "optional" in label
