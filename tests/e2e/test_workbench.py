"""The prompt workbench in a real Chromium: the check beside the draft, kept words put in by key and button, the lineage."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, expect

from generations.actions.composing import Draft, compose_prompt
from generations.actions.kept_words import Words, keep_words
from generations.models import Prompt
from tests.e2e.hub import DESKTOP
from tests.e2e.rooms import EXPECTED, collect_static, session_of
from tests.e2e.soundness import every_fault
from tests.people import Agency, provider_account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
LEFT = "dispatchEvent(new Event('beforeunload', { cancelable: true }))"
SHOTS = os.environ.get("SORAHUB_TEST_SCREENSHOTS", "")


@pytest.fixture
def page(live_server: Any, browser: Browser, agency: Agency) -> Iterator[Page]:
    """Alice's browser."""
    collect_static()
    context = browser.new_context(base_url=live_server.url, viewport=DESKTOP, color_scheme="dark")
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(agency.alice), "url": live_server.url}]
    )
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert [each for each in complaints if not any(usual in each for usual in (*EXPECTED, "htmx:"))] == []


def _looked_at(page: Page, name: str) -> list[str]:
    """The page's faults; its pictures, where somebody wants to see them."""
    if SHOTS:
        for scheme in ("light", "dark"):
            for width in (1440, 390):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(DESKTOP)
    return [f"{name}: {fault}" for fault in every_fault(page)]


def _says_that_a_price_is_old(page: Page) -> None:
    """What did not come is said in its place, and nothing is launched from it."""
    outlook, launch = page.locator("#outlook"), page.get_by_role("button", name="Launch", exact=True)
    seconds = page.locator("[name=seconds]:not(:checked)").first
    page.route("**/generate/preview/", lambda route: route.abort("connectionfailed"))
    seconds.check()
    expect(outlook).to_contain_text("This may be old: the hub did not answer.")
    expect(launch).to_be_disabled()
    expect(page.locator(".toast")).to_have_count(0)
    page.unroute("**/generate/preview/")
    outlook.get_by_role("button", name="Ask again").click()
    expect(launch).to_be_enabled()
    expect(outlook).not_to_have_attribute("data-stale", re.compile("."))


def _outlives_its_session(page: Page, agency: Agency) -> None:
    """Nothing that was typed goes; who logs in beside the page goes on in it."""
    field, said = page.locator("#id_text"), page.locator(".toast")
    words = field.input_value()
    Session.objects.all().delete()
    field.fill(f"{words} and more")
    expect(said.get_by_role("link", name="Log in")).to_have_attribute("target", "_blank")
    expect(page.locator("#check")).to_contain_text("Shot 1 (4 s): Otto")
    expect(page.locator("#id_login")).to_have_count(0)
    page.route("**/check/", lambda route: route.abort("connectionfailed"))
    field.press("End")
    field.type("!")
    expect(said.get_by_text("Not done: the hub could not be reached.")).to_be_visible()
    page.unroute("**/check/")
    field.fill(words)
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session_of(agency.alice), "url": urljoin(page.url, "/")}]
    )
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(said).to_have_count(0)


def test_a_prompt_is_written_with_the_check_beside_it_and_its_lineage_is_walked(page: Page, agency: Agency) -> None:
    provider_account()
    provider_account(route="sandbox-kling")
    alice, north = agency.alice, agency.north
    golden = Words("low sun, {{haze}}", defaults={"haze": "thin haze"})
    keep_words(actor=alice, client=north, sort="snippet", kind="light", name="golden-light", words=golden)
    sheet = Words("Otto, a young sea otter with a notch in his left ear")
    keep_words(actor=alice, client=north, sort="sheet", kind="character", name="otto", title="Otto", words=sheet)
    spot = Words("{{subject}} at {{time|dawn}}, {{snippet:golden-light}}", defaults={"subject": "A pier"})
    kept = keep_words(actor=alice, client=north, sort="template", name="spot", title="Spot", words=spot)
    for text in ("A lighthouse at dusk, gulls", "A lighthouse at noon"):
        compose_prompt(actor=alice, shot=agency.shot, draft=Draft(text), parent=agency.prompt)
    newest = Prompt.objects.get(version=3)
    page.goto(f"/shots/{agency.shot.pk}/prompts/new/?parent={newest.pk}")
    field = page.locator("#id_text")
    field.fill("A child meets {{who}}, ")
    expect(page.locator("#check")).to_contain_text("Give who a value")
    expect(page.locator("#check")).to_contain_text("Somebody under 18 is depicted")
    page.locator("[name='value-who']").fill("Tom Hanks")
    expect(page.locator("#check .sent")).to_contain_text("A child meets Tom Hanks")
    expect(page.locator("#check .problems")).to_have_count(0)
    expect(page.locator("#check")).to_contain_text("“Tom Hanks” looks like a name")
    field.focus()
    page.get_by_text("Insert kept words").click()
    page.get_by_role("button", name="golden-light").click()
    expect(field).to_have_value("A child meets {{who}}, {{snippet:golden-light}}")
    expect(page.locator("#check .sent")).to_contain_text("low sun, thin haze")
    expect(page.locator("[name='value-haze']")).to_have_attribute("placeholder", "thin haze")
    page.get_by_text("Split it into shots").click()
    page.locator("[name=shots-0-words]").fill("{{sheet:otto}} dives")
    page.locator("[name=shots-0-seconds]").fill("4")
    expect(page.locator("[data-sum]")).to_have_text("4 s together")
    expect(page.locator("#check .sent")).to_contain_text("Shot 1 (4 s): Otto, a young sea otter")
    faults = _looked_at(page, "write")
    page.set_viewport_size(DESKTOP)
    _outlives_its_session(page, agency)
    assert page.evaluate(LEFT) is False  # the browser asks first
    field.press("Control+Enter")
    page.wait_for_url("**/generate/")
    assert page.evaluate(LEFT) is True
    _says_that_a_price_is_old(page)
    assert Prompt.objects.get(version=4).source["values"] == {"who": "Tom Hanks", "haze": "thin haze"}
    faults += _looked_at(page, "launch")
    page.goto(f"/shots/{agency.shot.pk}/prompts/?from=1&to=4")
    page.get_by_role("link", name="Version 2, 0 takes, from version 1").click()
    expect(page).to_have_url(re.compile("#v2$"))
    faults += _looked_at(page, "versions")
    for name, path in {
        "list": "/kept-words/", "new": "/kept-words/new/template/", "template": f"/kept-words/{kept.pk}/",
        "start": f"/kept-words/{kept.pk}/start/{agency.aurora.pk}/", "names": f"/clients/{north.pk}/names/",
        "shot": f"/shots/{agency.shot.pk}/",
    }.items():  # fmt: skip
        page.set_viewport_size(DESKTOP)
        page.goto(path)
        faults += _looked_at(page, name)
    assert faults == []
