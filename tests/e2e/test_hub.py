"""The running hub in a real Chromium: the demonstration's word, everybody's home, exact frames, making clips live."""

import io
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from generations.sandbox.strip import read_strip
from tests.e2e.hub import Hub, Watched, seek, settled, submit

Enter = Callable[..., Watched]
PEOPLE = ("alice", "bob", "dora", "carol", "lena", "ada")
SEEKS = 40


def shown_frame(page: Page) -> int | None:
    """Read the number of the frame that the screen shows, from the strip that is drawn into it."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    picture = page.locator("frame-player annotation-layer").screenshot()  # it lies exactly over the picture
    return read_strip(Image.open(io.BytesIO(picture)).convert("RGB"))


def test_the_demonstration_tells_each_step_and_every_step_held(hub: Hub) -> None:
    told = [line.split(" s  ", 1)[1].split()[0] for line in hub.lines if " s  " in line]
    assert told[:3] == ["database", "agency", "services"]
    assert told[-3:] == ["evidence", "verify", "download"]
    assert "PASS" in next(line for line in hub.lines if " verify " in line)
    assert set(hub.facts["tokens"]) == set(PEOPLE)
    assert Path(hub.facts["bundle_zip"]).stat().st_size > 100_000


@pytest.mark.parametrize(
    ("key", "heading"),
    [
        ("alice", "What needs you"),
        ("bob", "Awaiting your decision"),
        ("dora", "Put before you"),
        ("carol", "Put before you"),
        ("lena", "Awaiting your signature"),
        ("ada", "How the hub is"),
    ],
)
def test_everybody_comes_home_to_a_page_of_their_own(enter: Enter, key: str, heading: str) -> None:
    page = enter(key).page
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    rights = page.get_by_label("Main").get_by_role("link", name="Rights")
    expect(rights).to_have_count(0 if key in {"dora", "carol"} else 1)


def test_forty_random_frames_are_the_frames_that_the_screen_shows(hub: Hub, enter: Enter) -> None:
    page = settled(enter("bob", f"/clips/{hub.facts['clips'][0]}/").page)
    page.set_viewport_size({"width": 1000, "height": 640})
    count = int(page.evaluate("Number(document.querySelector('frame-player').dataset.frameCount)"))
    frames = random.Random(20261122).sample(range(count), SEEKS)
    assert [(seek(page, frame), shown_frame(page)) for frame in frames] == [(frame, frame) for frame in frames]


def test_a_generation_reaches_its_end_on_the_page_without_reloading(hub: Hub, enter: Enter) -> None:
    page = enter("alice", f"/projects/{hub.facts['projects']['RIDGE']}/").page
    page.locator("a[href$='/shots/new/']").first.click()
    page.locator("[name=code]").fill("SH010")
    submit(page)
    page.locator("a[href*='/prompts/new/']").first.click()
    page.locator("[name=text]").fill("A storm on the ridge, a yellow jacket in the rain")
    submit(page)
    page.wait_for_url("**/generate/")
    expect(page.get_by_text("0.40 USD")).to_be_visible()
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url(re.compile(r"/generations/[0-9a-f-]{36}/$"))
    page.evaluate("window.neverReloaded = true")
    expect(page.locator("main")).to_contain_text("Done", timeout=60_000)
    expect(page.get_by_role("link", name="Open for review")).to_be_visible()
    assert page.evaluate("window.neverReloaded") is True


def test_a_finished_clip_that_is_uploaded_can_be_watched_frame_by_frame(uploaded: str, enter: Enter) -> None:
    page = settled(enter("bob", uploaded).page)
    assert [(seek(page, frame), shown_frame(page)) for frame in (0, 31, 47)] == [(0, 0), (31, 31), (47, 47)]
    expect(page.get_by_text("48 at 23.976 per second")).to_be_visible()
