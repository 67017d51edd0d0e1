"""The admin site in a real Chromium, under the hub's strict Content-Security-Policy: it works, and the console is silent."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Browser, expect

from generations.models import Clip, Generation, Prompt
from tests.e2e.hub import Watched
from tests.people import PASSWORD, Agency, provider_account
from tests.reviews.world import add_clip, add_generation

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def static_files() -> None:
    """The style sheets and scripts that the server of the tests serves."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture
def clip(agency: Agency) -> Clip:
    """A clip that came from a generation."""
    made = add_clip(agency.aurora, agency.alice, shot=agency.shot)
    add_generation(made, agency, launcher=agency.alice)
    return made


def entered(browser: Browser, url: str, email: str, **options: Any) -> Watched:
    """A page of a person who opened the admin and logged in on the hub's own page."""
    watched = Watched(browser.new_context(base_url=url, **options).new_page())
    watched.page.set_default_timeout(15_000)
    watched.page.goto("/admin/")
    watched.page.locator("#id_login").fill(email)
    watched.page.locator("#id_password").fill(PASSWORD)
    watched.page.locator("main form button[type=submit]").first.click()
    watched.page.wait_for_url(f"{url}/admin/")
    return watched


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.long
def test_pages_keep_to_the_policy_and_to_the_screen(
    static_files: None, live_server: Any, browser: Browser, agency: Agency, clip: Clip, viewport: Any, scheme: Any
) -> None:
    watched = entered(browser, live_server.url, agency.alice.email, viewport=viewport, color_scheme=scheme)
    generation = Generation.objects.get()
    for address in (
        "/admin/",
        "/admin/generations/generation/",
        f"/admin/generations/generation/{generation.pk}/change/",
        f"/admin/generations/clip/{clip.pk}/change/",
        f"/admin/generations/prompt/{agency.prompt.pk}/launch/",
        "/admin/generations/generation/add/",
        "/admin/generations/upload/add/",
    ):
        answer = watched.page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address
    assert watched.complaints == []


@pytest.mark.django_db(transaction=True)
def test_a_producer_launches_from_the_admin(
    static_files: None, live_server: Any, browser: Browser, agency: Agency
) -> None:
    provider_account()
    watched = entered(browser, live_server.url, agency.alice.email, viewport=DESKTOP)
    page = watched.page
    page.get_by_role("link", name="Launch a generation").click()
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").last.fill("lighthouse")
    page.locator(".select2-results__option", has_text="lighthouse").click()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("This can be launched")).to_be_visible()
    assert Generation.objects.count() == 0
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_text("Waiting to be sent").first).to_be_visible()
    made = Generation.objects.get()
    assert (made.prompt, made.created_by) == (Prompt.objects.get(), agency.alice)
    assert watched.complaints == []
