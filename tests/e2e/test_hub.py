"""The running hub in a real Chromium, as its five kinds of people use it."""

import io
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from generations.sandbox.strip import read_strip
from tests.e2e.hub import Hub, page_of, running_hub

PEOPLE = ("alice", "bob", "dora", "carol", "lena", "ada")
SEEKS = 40


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One demonstration for all tests of this module."""
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


def shown_frame(page: Page) -> int | None:
    """Read the number of the frame that the screen shows, from the strip that the embedded service draws into it."""
    return read_strip(Image.open(io.BytesIO(page.locator("frame-player video").screenshot())))


def submit(page: Page) -> None:
    """Press the main form's own button."""
    page.locator("main form:has([name=csrfmiddlewaretoken]) button[type=submit].button--primary").first.click()


def test_the_demonstration_tells_each_step_and_every_step_held(hub: Hub) -> None:
    told = [line.split(" s  ", 1)[1].split()[0] for line in hub.lines if " s  " in line]
    assert told[:3] == ["database", "agency", "services"]
    assert told[-3:] == ["evidence", "verify", "download"]
    assert "PASS" in next(line for line in hub.lines if " verify " in line)
    assert set(hub.facts["tokens"]) == set(PEOPLE)
    assert Path(hub.facts["bundle_zip"]).stat().st_size > 100_000


@pytest.mark.parametrize("key", PEOPLE)
def test_everybody_comes_home_to_a_page_of_their_own(hub: Hub, browser: Browser, key: str) -> None:
    visit = page_of(browser, hub, key)
    expect(visit.page.locator("main h1")).to_be_visible()
    assert visit.complaints == []


def test_forty_random_frames_are_the_frames_that_the_screen_shows(hub: Hub, browser: Browser) -> None:
    visit = page_of(browser, hub, "bob")
    page = visit.page
    page.goto(f"/clips/{hub.facts['clips'][0]}/")
    page.wait_for_function("document.querySelector('frame-player')?.settled")
    count = page.evaluate("Number(document.querySelector('frame-player').dataset.frameCount)")
    frames = random.Random(20261122).sample(range(count), SEEKS)
    told = [page.evaluate("n => document.querySelector('frame-player').seek(n)", frame) for frame in frames]
    assert told == frames
    shown = []
    for frame in frames:
        page.evaluate("n => document.querySelector('frame-player').seek(n)", frame)
        shown.append(shown_frame(page))
    assert shown == frames
    assert visit.complaints == []


def test_a_generation_reaches_its_end_on_the_page_without_reloading(hub: Hub, browser: Browser) -> None:
    visit = page_of(browser, hub, "alice")
    page = visit.page
    page.goto(f"/projects/{hub.facts['projects']['RIDGE']}/")
    page.locator("a[href$='/shots/new/']").first.click()
    page.locator("[name=code]").fill("SH010")
    submit(page)
    page.locator("a[href*='/prompts/new/']").first.click()
    page.locator("[name=text]").fill("A storm on the ridge, a yellow jacket in the rain")
    submit(page)
    page.locator("a[href$='/generate/']").first.click()
    submit(page)
    page.wait_for_url(re.compile(r"/generations/[0-9a-f-]{36}/$"))
    page.evaluate("window.neverReloaded = true")
    expect(page.locator("main")).to_contain_text(re.compile("Done"), timeout=90_000)
    assert page.evaluate("window.neverReloaded") is True
    assert visit.complaints == []


def test_a_guest_sees_the_clip_with_a_watermark_and_nothing_of_how_it_was_made(hub: Hub, browser: Browser) -> None:
    visit = page_of(browser, hub, "dora")
    page = visit.page
    page.goto(f"/clips/{hub.facts['clips'][0]}/")
    page.wait_for_function("document.querySelector('frame-player')?.settled", timeout=60_000)
    assert "guest_proxy" in str(page.locator("frame-player").get_attribute("data-src"))
    assert page.request.get(f"/clips/{hub.facts['clips'][0]}/original").status == 404
    assert page.request.get(f"/generations/{hub.facts['generations'][0]}/").status == 404
    assert "harbour at dawn" not in page.content()
    assert visit.complaints == []


def test_carol_of_the_other_client_finds_nothing_of_it(hub: Hub, browser: Browser) -> None:
    visit = page_of(browser, hub, "carol")
    clip = hub.facts["clips"][0]
    for path in (
        f"/clips/{clip}/",
        f"/clips/{clip}/renditions/poster",
        f"/projects/{hub.facts['projects']['AURORA']}/",
    ):
        assert visit.page.request.get(path).status == 404
