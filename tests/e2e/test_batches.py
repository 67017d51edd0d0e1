"""A batch in a browser: put together over three models, watched cell by cell, two of its takes side by side, duplicated with a change."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hub import Hub, Watched
from tests.e2e.stations import look

pytestmark = pytest.mark.long
Enter = Callable[..., Watched]
RENDERED_MS = 240_000


def tick(page: Page, words: str) -> None:
    """Tick a box; wait for what the hub says about it."""
    with page.expect_response("**/batches/preview/"):
        page.get_by_role("checkbox", name=words).check()


def test_a_batch_from_its_form_to_two_takes_compared(hub: Hub, enter: Enter) -> None:
    page = enter("alice", f"/projects/{hub.facts['projects']['AURORA']}/").page
    page.goto(page.locator("a[href^='/shots/']:not([href*='new'])").first.get_attribute("href") or "")
    page.get_by_role("link", name="Launch a batch").click()
    page.wait_for_url("**/batches/new/**")
    page.get_by_label("Name").fill("Three models")
    tick(page, "Kling 3.0 (embedded service), from words")
    tick(page, "Seedance 2.0 (embedded service), from words")
    page.get_by_label("How many").fill("2")
    with page.expect_response("**/batches/preview/"):
        page.get_by_label("So many different seeds").check()
    outlook = page.locator("#outlook")
    expect(outlook).to_contain_text("4 generations")
    expect(outlook).to_contain_text("Kling 3.0 (embedded service) takes no seed")
    look(page, "batch-left-out", whole=True)
    with page.expect_response("**/batches/preview/"):
        page.get_by_text("Take the nearest that the model can do").click()
    expect(outlook).to_contain_text("6 generations")
    look(page, "batch-new", whole=True)
    page.get_by_role("button", name="Launch 6").click()
    page.wait_for_url("**/batches/*-*/")
    expect(page.locator(".batch-cell")).to_have_count(6)
    look(page, "batch-under-way")
    boxes = page.locator(".batch-cell__pick input")
    expect(boxes).to_have_count(6, timeout=RENDERED_MS)
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(page.get_by_text("2 clips are ticked.")).to_be_visible()
    look(page, "batch-done", whole=True)
    address = page.url
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/compare/**")
    expect(page.get_by_role("heading", name="What was asked and what was used")).to_be_visible()
    page.goto(address)
    page.get_by_role("link", name="Duplicate with a change").click()
    page.get_by_label("Name").fill("Three models, longer")
    with page.expect_response("**/batches/preview/"):
        page.locator("[name=seconds][value='8']").check()
    expect(page.locator("#outlook")).to_contain_text("12 generations")
    with page.expect_response("**/batches/preview/"):
        page.locator("[name=seconds][value='4']").uncheck()
    page.get_by_role("button", name="Launch 6").click()
    expect(page.get_by_text("What differs from Three models")).to_be_visible()
    look(page, "batch-duplicate")
    page.get_by_role("link", name="Batches").first.click()
    expect(page.get_by_role("link", name="Three models, longer")).to_be_visible()
    look(page, "batch-list")
