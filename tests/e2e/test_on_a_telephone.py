"""What is wide on a desk, on a telephone of 390 pixels: nothing has to be pushed sideways to be read."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, ViewportSize, expect

from reviews.actions.deliver import grant_download
from reviews.models import ReReview
from tests.e2e.rooms import collect_static, session_of
from tests.people import Agency
from tests.reviews import world
from tests.reviews.judging import change_of, judge
from tests.reviews.web.test_changed_terms import first_and_next, signed

TELEPHONE = ViewportSize(width=390, height=844)
WIDER = """() => [...document.querySelectorAll(".table-scroll, main")]
    .filter(box => box.scrollWidth > box.clientWidth).map(box => box.className || box.tagName)"""


@pytest.fixture
def material(agency: Agency) -> ReReview:
    """A record under terms that changed, a copy of whose clip was handed over."""
    approval = signed(agency, "continuous")
    grant_download(actor=agency.dora, clip=approval.clip, **world.SCOPE)
    judge(agency.lena, change_of(*first_and_next(agency)), "material", "They train on output now.")
    return ReReview.objects.get()


@pytest.fixture(params=["light", "dark"])
def telephone(request: pytest.FixtureRequest, live_server: Any, browser: Browser, agency: Agency) -> Iterator[Page]:
    """Lena's telephone, in each theme."""
    collect_static()
    context = browser.new_context(base_url=live_server.url, viewport=TELEPHONE, color_scheme=request.param)
    key = session_of(agency.lena)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}])
    yield context.new_page()
    context.close()


def kept(page: Page, name: str) -> None:
    """Keep a picture where they are wanted: SORAHUB_SCREENSHOTS=folder."""
    folder = os.environ.get("SORAHUB_SCREENSHOTS")
    if folder:
        theme = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
        page.screenshot(path=Path(folder) / f"telephone-{name}-{theme}.png", full_page=True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.long
def test_what_changed_terms_touch_is_read_without_pushing_sideways(telephone: Page, material: ReReview) -> None:
    impact = reverse("reviews:change-impact", args=[material.change_id])
    pages = {
        "re-reviews": reverse("reviews:re-reviews"),
        "impact": impact,
        "deliveries": f"{impact}?show=deliveries",
    }
    for name, address in pages.items():
        telephone.goto(address)
        kept(telephone, name)
        assert telephone.evaluate(WIDER) == [], name
        expect(telephone.get_by_role("columnheader").first).to_be_attached()
    telephone.goto(pages["re-reviews"])
    tick = telephone.get_by_role("checkbox", name="Aurora:").bounding_box()
    heading = telephone.get_by_role("rowheader").bounding_box()
    assert tick is not None
    assert heading is not None
    assert tick["x"] + tick["width"] < heading["x"]
    assert abs(tick["y"] - heading["y"]) < 12


def test_the_keys_have_room_for_their_words(player: Page) -> None:
    player.set_viewport_size(TELEPHONE)
    player.locator("frame-player").focus()
    player.keyboard.press("?")
    dialog = player.get_by_role("dialog")
    expect(dialog).to_be_visible()
    kept(player, "keys")
    box = dialog.get_by_role("checkbox", name="Single keys act").bounding_box()
    words = dialog.locator("label").bounding_box()
    assert box is not None
    assert words is not None
    assert box["y"] < words["y"] + words["height"] / 2
    assert box["x"] - words["x"] < 12
    assert words["height"] < 60
    narrowest = dialog.evaluate(
        "dialog => Math.min(...[...dialog.querySelectorAll('.key-help__words > span')].map(one => one.parentNode.clientWidth))"
    )
    assert narrowest > 240
