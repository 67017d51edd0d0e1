"""Every page that tests/permissions.toml opens to anybody, as each kind of person it opens to, is sound: see tests/e2e/soundness.py.

Of a person's pages that are built as somebody else's at the same address were, the first is examined.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from generations.models import Rendition
from sorahub.accounts.models import User
from tests.e2e.hub import DESKTOP
from tests.e2e.rooms import collect_static, session_of
from tests.e2e.soundness import ALL_RULES, AXE, NARROW, every_fault, violations
from tests.permission_table import filled, path_of, table
from tests.reviews import world
from tests.two_clients import TwoClients, found_two_clients

pytestmark = [pytest.mark.django_db(transaction=True)]

WHO, TABLE = table()
ADMIN = {
    "administrator": ["/admin/", "/admin/generations/clip/", "/admin/accounts/user/add/"],
    "anonymous": ["/admin/login/", "/nowhere/"],
}
PARTS = re.compile(r"<\w+(?: class=\"[^\"]*\")?")
Built = tuple[str, frozenset[str]]


@pytest.fixture(scope="module")
def examined() -> set[Built]:
    """How the pages are built that were examined for somebody already."""
    return set()


@pytest.fixture
def example(transactional_db: None) -> TwoClients:
    """The example agency with a row of everything; what guests watch is there."""
    collect_static()
    made = found_two_clients()
    for proxy in Rendition.objects.filter(kind=Rendition.Kind.GUEST_PROXY):
        path = Path(settings.MEDIA_ROOT) / proxy.storage_key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(world.video_bytes())
        Rendition.objects.filter(pk=proxy.pk).update(size=path.stat().st_size)
    return made


@pytest.fixture
def context(live_server: Any, browser: Browser) -> Iterator[BrowserContext]:
    """A browser on a desk."""
    opened = browser.new_context(base_url=live_server.url, viewport=DESKTOP, color_scheme="dark")
    yield opened
    opened.close()


def pages_of(kind: str, example: TwoClients) -> list[tuple[str, str]]:
    """The addresses that answer this kind of person with a whole page, each with the path to it."""
    found = [(path, path) for path in ADMIN.get(kind, [])]
    for address, line in TABLE.items():
        method, _, route = address.partition(" ")
        if method == "GET" and not route.startswith("/api/") and line.own[WHO.index(kind)] == 200:
            query = Client().get("/", filled(line.query or {}, example.own)).wsgi_request.META["QUERY_STRING"]
            found.append((route, path_of(address, line, example.own) + (f"?{query}" if query else "")))
    return found


def built(browser: Client, route: str, path: str) -> Built | None:
    """How the page at an address is built: the elements and classes of its own part; None if it is no whole page."""
    answer = browser.get(path)
    if answer.streaming or not answer.headers["Content-Type"].startswith("text/html") or b"<html" not in answer.content:
        answer.close()
        return None
    return route, frozenset(PARTS.findall(answer.content.decode().partition("<main")[2]))


def settle(page: Page) -> None:
    """Wait until a player on the page, if there is one, shows its frame or says why it cannot."""
    if page.locator("frame-player").count():
        expect(page.locator("frame-player").first).to_have_js_property("settled", value=True, timeout=20_000)


def enter_as(person: User | None, context: BrowserContext, url: str) -> Client:
    """Log a person in, in Chromium and in the browser of the tests, which is returned."""
    quick = Client()
    if person is not None:
        quick.force_login(person)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(person), "url": url}])
    return quick


@pytest.mark.long
def test_the_pages_that_a_reviewer_meets_are_sound(
    example: TwoClients, context: BrowserContext, live_server: Any
) -> None:
    enter_as(example.people["reviewer"], context, live_server.url)
    page = context.new_page()
    faults: list[str] = []
    for path in ("/", f"/clips/{example.own['clip'].pk}/", "/queue/"):
        page.goto(path)
        settle(page)
        faults += [f"{path}: {fault}" for fault in every_fault(page)]
    assert not faults, "\n".join(faults)


@pytest.mark.long
@pytest.mark.parametrize("kind", WHO)
def test_every_page_of_the_table_is_sound(
    kind: str, example: TwoClients, context: BrowserContext, live_server: Any, examined: set[Built]
) -> None:
    quick, page = enter_as(example.people[kind], context, live_server.url), context.new_page()
    faults: list[str] = []
    for route, path in pages_of(kind, example):
        shape = built(quick, route, path)
        if shape is None or shape in examined:
            continue
        examined.add(shape)
        page.goto(path)
        settle(page)
        faults += [f"{route}: {fault}" for fault in every_fault(page)]
    assert not faults, "\n".join(faults)


@pytest.mark.long
def test_dialogs_hold_the_focus_and_are_sound(example: TwoClients, context: BrowserContext, live_server: Any) -> None:
    enter_as(example.people["producer"], context, live_server.url)
    page = context.new_page()
    page.goto(f"/clips/{example.own['clip'].pk}/")
    settle(page)
    page.locator("frame-player").focus()
    page.keyboard.press("?")
    assert_sound_dialog(page)
    page.goto(f"/reviews/{example.own['review'].pk}/")
    page.get_by_role("button", name="Revoke").click()
    assert_sound_dialog(page)


def assert_sound_dialog(page: Page) -> None:
    """The open dialog has the focus and keeps it, fits into 320 px, and closes by Escape."""
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.evaluate(AXE)
    for size in (DESKTOP, NARROW):
        page.set_viewport_size(size)
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            assert violations(page, ALL_RULES) == [], f"{size['width']} px, {theme}"
        box = dialog.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert dialog.evaluate("node => node.scrollWidth <= node.clientWidth")
    for _ in range(3):
        assert dialog.evaluate(
            "node => node.contains(document.activeElement) || document.activeElement === document.body"
        )
        page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.set_viewport_size(DESKTOP)


@pytest.mark.long
def test_takes_play_where_one_rests_but_not_for_who_asked_for_no_motion(
    example: TwoClients, context: BrowserContext, live_server: Any
) -> None:
    enter_as(example.people["reviewer"], context, live_server.url)
    page = context.new_page()
    page.goto(f"/projects/{example.own['project'].pk}/takes/")
    card = page.locator(".take-card[data-src]").first
    for still, videos in ((True, 0), (False, 1)):
        page.emulate_media(reduced_motion="reduce" if still else "no-preference")
        card.locator(".take-card__picture").hover()
        page.keyboard.press("Tab")
        card.locator(".take-card__title").focus()
        page.wait_for_timeout(1_000)  # three times as long as one rests before it plays
        expect(card.locator("video")).to_have_count(videos)
