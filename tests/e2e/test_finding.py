"""Searching in a real Chromium: the key from anywhere, facets, a kept view, tags on what is ticked; sound in both themes, on a telephone too."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from generations.models import Prompt, Shot
from reviews.actions.annotate import write_annotation
from reviews.actions.custom_fields import define_field, set_values
from reviews.actions.tagging import rename_tag, tag_things
from reviews.models import SavedView, Tag
from sorahub.lib.ids import uuid7
from tests.e2e.rooms import EXPECTED, collect_static
from tests.e2e.soundness import ALL_RULES, AXE, violations
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long, pytest.mark.browser]
SHOTS = os.environ.get("FINDING_SHOTS", "")
WIDTHS = {"1440": (1440, 900), "390": (390, 844)}


def _entered(browser: Browser, url: str, agency: Agency, size: tuple[int, int], theme: str) -> Page:
    session = Client()
    session.force_login(agency.alice)
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=theme)  # type: ignore[arg-type]
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": session.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": url,
            }
        ]
    )
    return context.new_page()


def _fill(agency: Agency) -> Any:
    words = [
        "A lighthouse at dawn, gulls over the harbour in the golden hour",
        "The harbour at night, neon <b>signs</b> on wet stone",
    ]
    for number, text in enumerate(words):
        Prompt.objects.create(shot=agency.shot, version=number + 2, text=text, created_by=agency.alice)
    Shot.objects.create(project=agency.aurora, code="SC020-SH010", title="Harbour wide", created_by=agency.alice)
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    for body in (
        "The harbour lights flicker; hold them steady, please.",
        "Warmer harbour",
        "海辺の夕日をもっとゆっくり harbour",
    ):
        write_annotation(actor=agency.bob, clip=clip, id=uuid7(), frame_in=3, frame_out=7, body=body)
    world.capture(agency.lena, text="You may show a harbour in advertising. " * 30)
    tag_things(actor=agency.alice, name="Hero shot", targets=[("clip", clip.pk), ("shot", agency.shot.pk)])
    rename_tag(actor=agency.ada, tag=Tag.objects.get(), name="Hero shot", look="star")
    field = define_field(
        actor=agency.ada, client=agency.north, on="clip", name="Flight", sort="choice", choices=["Spring", "Autumn"]
    )
    set_values(actor=agency.alice, kind="clip", pk=clip.pk, values={field.pk: "Spring"})
    return clip


def _picture(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def test_from_the_key_to_a_kept_view_and_a_tag(live_server: Any, browser: Browser, agency: Agency) -> None:
    collect_static()
    clip = _fill(agency)
    page = _entered(browser, live_server.url, agency, WIDTHS["1440"], "dark")
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{live_server.url}/projects/")
    page.keyboard.press("/")
    page.keyboard.type("harbour")
    page.keyboard.press("Enter")
    expect(page.locator(".hit")).not_to_have_count(0)
    expect(page.locator(".hit mark").first).to_have_text("harbour", ignore_case=True)
    assert page.locator(".hit b").count() == 0
    page.get_by_role("link", name="Notes 3").click()
    expect(page.locator(".hit")).to_have_count(3)
    page.get_by_text("Keep this view").click()
    page.get_by_label("Name").fill("Harbour notes")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".views__list")).to_contain_text("Harbour notes")
    assert SavedView.objects.get().query == "q=harbour&kind=note"
    page.get_by_role("link", name="Everything").click()
    expect(page.locator(".hit__tick")).not_to_have_count(0)
    for box in page.locator(".hit__tick").all():
        box.check()
    page.get_by_label("Tag what is ticked").fill("Seaside")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(page.locator(".hit .tag", has_text="Seaside")).not_to_have_count(0)
    page.goto(f"{live_server.url}/clips/{clip.pk}/")
    expect(page.locator(".labels")).to_contain_text("Seaside")
    assert [each for each in complaints if not any(usual in each for usual in EXPECTED)] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", list(WIDTHS))
def test_the_pages_are_sound(live_server: Any, browser: Browser, agency: Agency, width: str, theme: str) -> None:
    collect_static()
    clip = _fill(agency)
    page = _entered(browser, live_server.url, agency, WIDTHS[width], theme)
    places = {
        "begin": "/search/",
        "found": "/search/?q=harbour",
        "narrowed": f"/search/?q=harbour&kind=clip&tag={Tag.objects.get().pk}",
        "none": "/search/?q=nowhere",
        "wrong": "/search/?q=%22harbour",
        "client": f"/clients/{agency.north.pk}/labels/",
        "shot": f"/shots/{agency.shot.pk}/",
        "takes": f"/projects/{agency.aurora.pk}/takes/",
        "clip": f"/clips/{clip.pk}/",
    }
    for name, path in places.items():
        page.goto(f"{live_server.url}{path}")
        page.wait_for_load_state("networkidle")
        _picture(page, f"{name}-{width}-{theme}")
        if name not in {"shot", "takes", "clip"}:
            page.evaluate(AXE)
            assert violations(page, ALL_RULES) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
