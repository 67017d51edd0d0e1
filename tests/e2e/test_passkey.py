"""A passkey in a real Chromium, whose authenticator is a virtual one: set up, asked for at log-in, and used to sign a record.

With SORAHUB_SCREENSHOTS=folder each page is kept as pictures (see tests/e2e/stations.py).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Browser, CDPSession, Page, expect

from reviews.actions import presence
from reviews.models import SignOff
from tests.e2e.hub import DESKTOP, PATIENCE_MS, Watched
from tests.e2e.rooms import collect_static
from tests.e2e.soundness import every_fault
from tests.e2e.stations import look
from tests.people import PASSWORD, Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def lena(live_server: Any, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Lena's browser; it may complain of nothing."""
    cache.clear()
    collect_static()
    monkeypatch.setattr(settings, "EVENTS_URL", "")
    context = browser.new_context(base_url=live_server.url, viewport=DESKTOP, color_scheme="light")
    context.set_default_timeout(PATIENCE_MS)
    watched = Watched(context.new_page())
    yield watched.page
    context.close()
    assert watched.complaints == []


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """Give the browser an authenticator that verifies its person, as a phone does."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def log_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("lena@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def press(page: Page, name: str) -> None:
    """Reach a button by keyboard and press it."""
    button = page.get_by_role("button", name=name, exact=True)
    button.focus()
    page.keyboard.press("Enter")


def test_a_passkey_is_set_up_and_signs_a_record(agency: Agency, lena: Page) -> None:
    version = world.ready_to_sign(agency, world.add_clip(agency.aurora, agency.alice, shot=agency.shot))
    session, device = authenticator(lena)
    log_in(lena)
    lena.goto("/account/")
    lena.get_by_role("link", name="Set up a second factor").click()
    look(lena, "passkey-1-second-factor")
    lena.get_by_role("link", name="Add a passkey").click()
    lena.get_by_label("Password").fill(PASSWORD)
    lena.get_by_role("button", name="Go on").click()
    look(lena, "passkey-2-add")
    lena.get_by_label("Name").fill("Lena’s phone")
    press(lena, "Add the passkey")
    expect(lena.get_by_role("heading", name="Recovery codes")).to_be_visible()
    look(lena, "passkey-3-recovery-codes")
    assert Authenticator.objects.get(type="webauthn").data["name"] == "Lena’s phone"

    lena.goto(reverse("reviews:sign", args=[version.pk]))
    look(lena, "passkey-4-sign")
    press(lena, "Sign exactly this version with a passkey")
    expect(lena.get_by_role("alert").filter(has_text="Choose what you sign first.")).to_be_visible()
    lena.get_by_label("Approved for commercial use within scope").check()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    press(lena, "Sign exactly this version with a passkey")
    expect(lena.get_by_role("alert").filter(has_text="No passkey was used")).to_be_visible()
    assert not SignOff.objects.exists()
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    press(lena, "Sign exactly this version with a passkey")
    expect(lena.get_by_text("signed with a passkey")).to_be_visible()
    look(lena, "passkey-5-receipt")
    signed = SignOff.objects.get()
    assert presence.proof_behind(signed).verified is True

    lena.context.clear_cookies()
    log_in(lena)
    expect(lena.get_by_role("heading", name="One more step")).to_be_visible()
    look(lena, "passkey-6-log-in")
    press(lena, "Use a passkey")
    lena.wait_for_url("**/")
    expect(lena.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize("path", ["", "totp/activate/", "webauthn/add/"])
def test_the_pages_of_the_second_factor_are_sound(agency: Agency, lena: Page, path: str) -> None:
    log_in(lena)
    lena.goto("/accounts/reauthenticate/?next=/account/")
    lena.get_by_label("Password").fill(PASSWORD)
    lena.get_by_role("button", name="Go on").click()
    lena.wait_for_url("**/account/")
    lena.goto(f"/accounts/second-factor/{path}")
    assert every_fault(lena) == []
