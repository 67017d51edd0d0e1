"""Every kind of page that links lead to: no dead link, no complaint, no accessibility violation, nothing too wide for a phone.

Each person's pages are found by following links from home; of pages that differ only in an id, the first is visited.
"""

import re
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.e2e.hub import DESKTOP, PHONE, Hub, Watched, settled
from tests.e2e.soundness import ALL_RULES, AXE, COLOURS, violations

Enter = Callable[..., Watched]
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=^/models/)[^/]+/[^/]+(?=/$)")
NOT_PAGES = re.compile(
    r"^/(admin|api|accounts/logout|\.well-known)/|/(original|download|raw|file|receipt|renditions/\w+|[a-z]+\.csv)$"
)
EXPECTED = {
    "alice": {
        "/", "/projects/", "/projects/new/", "/projects/*/", "/projects/*/people/", "/projects/*/references/", "/projects/*/stages/",
        "/projects/*/characters/",
        "/projects/*/shots/new/", "/projects/*/upload/", "/projects/*/reviews/new/", "/shots/*/", "/shots/*/prompts/new/",
        "/prompts/*/generate/", "/generations/*/", "/provider-accounts/", "/clients/", "/clips/*/", "/reviews/", "/reviews/*/",
        "/rights/", "/rights/re-reviews/", "/clips/*/rights/", "/clips/*/rights/draft/", "/terms/", "/account/", "/accounts/password/change/",
        "/engine/", "/alarms/", "/models/", "/models/*/", "/budgets/", "/projects/*/journal/", "/provider-accounts/*/pause/",
        "/provider-accounts/*/", "/provider-accounts/*/plans/",
        "/reviews/*/add/", "/reviews/*/terms/",
    },
    "lena": {
        "/", "/rights/", "/clips/*/rights/", "/sign-offs/*/", "/terms/", "/terms/sources/new/", "/terms/sources/*/",
        "/terms/sources/*/capture/", "/terms/versions/*/", "/terms/governing-sets/", "/terms/governing-sets/*/",
        "/terms/governing-sets/new/",
    },
    "ada": {"/", "/people/", "/ledger/", "/provider-accounts/new/", "/provider-accounts/*/", "/budgets/new/", "/agency/"},
    "bob": {"/", "/clips/*/", "/reviews/*/"},
    "dora": {"/", "/clips/*/", "/reviews/", "/reviews/*/", "/clips/*/rights/"},
    "carol": {"/", "/reviews/", "/account/"},
}  # fmt: skip
DIFFER_BY_PERSON = {
    "/", "/clips/*/", "/clips/*/rights/", "/reviews/", "/reviews/*/", "/provider-accounts/", "/terms/", "/terms/sources/*/",
    "/terms/governing-sets/", "/engine/", "/provider-accounts/*/",
}  # fmt: skip


@pytest.fixture(scope="module")
def looked_at() -> set[str]:
    """The kinds of pages that were examined for somebody already and look the same for everybody."""
    return set()


@pytest.mark.long
@pytest.mark.parametrize("key", list(EXPECTED))
def test_every_page_that_links_lead_to_is_sound(hub: Hub, enter: Enter, looked_at: set[str], key: str) -> None:
    visit = enter(key)
    faults: list[str] = []
    waiting, known = deque(["/"]), {"/"}
    while waiting:
        path = waiting.popleft()
        shape = ID.sub("*", path)
        examine = shape in DIFFER_BY_PERSON or shape not in looked_at
        answer = visit.page.goto(path) if examine else visit.page.request.get(path)
        if answer is None or answer.status != 200:
            faults.append(f"{path} answers {answer and answer.status}")
        if not examine:
            continue
        looked_at.add(shape)
        faults += examined(visit.page, path)
        for kind, link in links(visit.page, hub):
            if kind not in known:
                known.add(kind)
                waiting.append(link)
    assert faults == []
    assert EXPECTED[key] - known == set()


def links(page: Page, hub: Hub) -> list[tuple[str, str]]:
    """The pages of the hub that this page links to, as (shape, path)."""
    hrefs = page.eval_on_selector_all(
        "a[href]",
        "nodes => nodes.map(node => node.href.baseVal === undefined ? node.href : new URL(node.href.baseVal, location).href)",
    )
    paths = [urlsplit(href).path for href in hrefs if href.startswith(hub.url)]
    return [(ID.sub("*", path), path) for path in paths if not NOT_PAGES.search(path)]


def examined(page: Page, path: str) -> list[str]:
    """What is wrong with a page: in the dark and in the light theme, on a desk and on a phone."""
    if page.locator("frame-player").count():
        settled(page)
    page.evaluate(AXE)
    faults = [f"{path} dark: {fault}" for fault in violations(page, ALL_RULES)]
    page.emulate_media(color_scheme="light")
    faults += [f"{path} light: {fault}" for fault in violations(page, COLOURS)]
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["width"]:
        faults.append(f"{path} is {width} px wide on a phone")
    page.set_viewport_size(DESKTOP)
    return faults


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/nowhere/"])
def test_pages_for_nobody_in_particular_are_sound_too(hub: Hub, browser: Any, path: str) -> None:
    context = browser.new_context(base_url=hub.url, viewport=DESKTOP, color_scheme="dark")
    page = context.new_page()
    page.goto(path)
    assert examined(page, path) == []
    context.close()
