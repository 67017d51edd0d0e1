"""Importing in a real browser: files in pieces with a lost connection, the preview, a corrected mapping, the run, the report."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Browser, Page, Route, expect

from generations.models import Clip, Transfer
from generations.pipeline.places import transfer_path
from sorahub.jobs.runner import drain
from tests.e2e.rooms import collect_static, session_of
from tests.e2e.soundness import every_fault
from tests.generations.importing.parcels import table, videos
from tests.people import Agency

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
WIDTHS = ((1440, 900), (390, 844))


@pytest.fixture
def page(live_server: Any, browser: Browser, agency: Agency) -> Any:
    collect_static()
    cache.clear()
    context = browser.new_context(base_url=live_server.url)
    session = {"name": settings.SESSION_COOKIE_NAME, "value": session_of(agency.alice), "url": live_server.url}
    context.add_cookies([session])  # type: ignore[list-item]  # a dict of these keys
    opened = context.new_page()
    yield opened
    context.close()


def look_at(page: Page, name: str) -> None:
    """No fault at any width or theme; where SORAHUB_SHOTS names a folder, pictures are left there."""
    if folder := os.environ.get("SORAHUB_SHOTS"):
        for width, height in WIDTHS:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme="dark" if width == WIDTHS[1][0] else "light")
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": 1440, "height": 900})
        page.screenshot(path=f"{folder}/{name}-1440-dark.png", full_page=True)
    page.evaluate("scrollTo(0, 0)")  # the bar at the top lies on what scrolls beneath it
    assert every_fault(page) == [], name
    page.set_viewport_size({"width": 1440, "height": 900})


def test_footage_is_sent_looked_at_and_imported(agency: Agency, page: Page, tmp_path: Path) -> None:
    files = videos(tmp_path / "reel", 3)
    manifest = tmp_path / "list.csv"
    manifest.write_bytes(table([
        {"Clip": "clip0.mp4", "Words": "A lighthouse at dawn", "Scene": "SC010-SH010"},
        {"Clip": "clip1.mp4", "Words": "A storm", "Scene": "SC999"},
        {"Clip": "lost.mp4", "Words": "Nothing", "Scene": ""},
    ]))  # fmt: skip
    page.goto(f"/projects/{agency.aurora.pk}/imports/")
    look_at(page, "imports-empty")
    page.get_by_role("link", name="Import footage").first.click()
    lost: list[str] = []

    def lose_two(route: Route) -> None:
        if len(lost) < 2:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/chunk/**", lose_two)
    page.locator("#files").set_input_files([*files, manifest])
    expect(page.locator("[data-part=words]")).to_have_text("4 of 4 files are here", timeout=60_000)
    assert len(lost) == 2
    page.get_by_label("Made with").fill("sora-2")
    page.get_by_label("Through").fill("OpenAI")
    look_at(page, "import-new")
    page.get_by_role("button", name="Show what would happen").click()
    expect(page.get_by_text("Being looked at")).to_be_visible()
    drain()
    expect(page.get_by_role("heading", name="1 new clip")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("1 row names a shot that the project does not have")).to_be_visible()
    look_at(page, "import-preview")
    page.get_by_text("Columns and filing").click()
    page.get_by_label("Prompt", exact=True).select_option("Words")
    page.get_by_label("Shots").select_option("make")
    look_at(page, "import-mapping")
    page.get_by_role("button", name="Look again").click()
    drain()
    expect(page.get_by_role("heading", name="2 new clips")).to_be_visible(timeout=30_000)
    page.get_by_label("I vouch for what is said about these clips").check()
    page.get_by_role("button", name="Import 2 clips").click()
    drain()
    expect(page.get_by_role("link", name="Report of 1 row to mend")).to_be_visible(timeout=30_000)
    look_at(page, "import-done")
    clips = {clip.original_name: clip for clip in Clip.objects.select_related("shot")}
    assert {name: clip.declared_prompt for name, clip in clips.items()} == {
        "clip0.mp4": "A lighthouse at dawn",
        "clip1.mp4": "A storm",
    }
    assert clips["clip1.mp4"].shot is not None
    assert clips["clip1.mp4"].shot.code == "SC999"


def test_a_large_file_goes_on_after_a_reload_without_what_is_here(agency: Agency, page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    large.write_bytes(os.urandom(21 * 1024**2))
    pieces: list[str] = []
    page.on("request", lambda asked: pieces.append(asked.url) if "/chunk/" in asked.url else None)
    page.goto(f"/projects/{agency.aurora.pk}/imports/new/")
    page.route("**/chunk/?offset=12582912*", lambda route: route.abort())
    page.locator("#files").set_input_files(large)
    expect(page.locator(".list--files")).to_contain_text("12.6 MB of 22.0 MB", timeout=60_000)
    page.unroute("**/chunk/?offset=12582912*")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    sent = len([url for url in pieces if "offset=12582912" not in url])
    page.locator("#files").set_input_files(large)
    expect(page.locator("[data-part=words]")).to_have_text("1 of 1 files are here", timeout=60_000)
    transfer = Transfer.objects.get()
    assert transfer.found_sha256 == hashlib.sha256(large.read_bytes()).hexdigest()
    assert transfer_path(transfer).stat().st_size == large.stat().st_size
    again = [url for url in pieces if "offset=12582912" not in url][sent:]
    assert len({url.partition("offset=")[2] for url in again}) == 2  # the last two pieces alone
