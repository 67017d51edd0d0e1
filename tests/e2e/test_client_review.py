"""The whole story of a client's review, in a real Chromium with a real mail server: a producer sends it to a new address,
the client proves it by a code on a phone, watches, writes, decides, and the producer sees it and takes it back.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.hub import DESKTOP, PATIENCE_MS, PHONE, Doors, Hub, running_hub, seek, settled
from tests.e2e.soundness import ALL_RULES, AXE, violations
from tests.smtp import Post, post_office, text_of

pytestmark = pytest.mark.long
NORA = "nora@client.example"
LINK = r"(http://\S+/r/\S+/)"


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    """Where the hub of this module sends its mails."""
    with post_office() as office:
        yield office


@pytest.fixture(scope="module")
def hub(post: Post, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A demonstration that mails for real."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SORAHUB_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
        patch.setenv("SORAHUB_EMAIL_HOST", "127.0.0.1")
        patch.setenv("SORAHUB_EMAIL_PORT", str(post.port))
        with running_hub(tmp_path_factory.mktemp("mailing-hub")) as running:
            yield running


@pytest.fixture(scope="module")
def doors(hub: Hub, browser: Browser) -> Iterator[Doors]:
    """The people's browsers, at this module's hub."""
    opened = Doors(browser, hub)
    yield opened
    opened.close()


@pytest.fixture
def phone(browser: Browser, hub: Hub) -> Iterator[BrowserContext]:
    """Nora's telephone."""
    context = browser.new_context(
        base_url=hub.url, viewport=PHONE, is_mobile=True, has_touch=True, device_scale_factor=2, color_scheme="light"
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def found_in_mail(post: Post, pattern: str, seen: int = 0) -> str:
    """What the pattern finds in a letter to Nora that came after the first ``seen``."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        for letter in post.to(NORA)[seen:]:
            if match := re.search(pattern, text_of(letter), re.MULTILINE):
                return match[1]
        time.sleep(0.1)
    raise AssertionError(f"No mail to {NORA} with {pattern}: {[str(one['Subject']) for one in post.letters]}")


def shot(page: Page, folder: Path, name: str) -> None:
    """Keep a picture of the page, and make sure that nothing sticks out at the side and that everybody can use it."""
    page.evaluate(AXE)
    assert violations(page, ALL_RULES) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    page.screenshot(path=folder / f"{name}.png")


def watch(page: Page, until: int) -> None:
    """Play until this frame or later has been shown."""
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("n => document.querySelector('frame-player').presentedFrame >= n", arg=until)
    if page.locator("frame-player").evaluate("node => node.mode") == "playing":
        page.get_by_role("button", name="Pause", exact=True).click()


def send(alice: Page, hub: Hub, folder: Path) -> str:
    """Alice puts two clips before a new address; returns the review's address."""
    first, second = hub.facts["clips"][:2]
    alice.goto(f"/projects/{hub.facts['projects']['AURORA']}/reviews/new/?clip={first}&clip={second}")
    assert alice.locator("[name=clips]:checked").count() == 2
    alice.get_by_label("Title").fill("Spring film: two takes")
    alice.get_by_label("Stage").select_option(label="Client")
    alice.get_by_label("Guests by e-mail").fill(f"Nora Lind <{NORA}>")
    alice.get_by_label("Your words to them").fill("Please look at the light.")
    alice.get_by_role("button", name="See what they will get").click()
    expect(alice.get_by_role("region", name="What they will get")).to_contain_text(f"Nora Lind <{NORA}>")
    alice.screenshot(path=folder / "preview.png", full_page=True)
    alice.get_by_role("button", name="Send for review").first.click()
    alice.wait_for_url("**/reviews/*/")
    return alice.url


def come_in(page: Page, post: Post, folder: Path) -> None:
    """Nora follows the link in her mail and proves her address."""
    page.goto(found_in_mail(post, LINK))
    assert "/r/at/" in page.url
    shot(page, folder, "door")
    before = len(post.to(NORA))
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_label("Code")).to_be_focused()
    page.get_by_label("Code").fill(found_in_mail(post, r"^([0-9A-Z]{6})$", before))
    shot(page, folder, "code")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/reviews/*/")
    expect(page.locator(".client__progress")).to_contain_text("0 of 2")
    expect(page.get_by_role("main")).to_contain_text("Please look at the light.")
    shot(page, folder, "overview")


def judge(page: Page, second: str, folder: Path) -> None:
    """She watches, writes a note, approves the first clip and asks for changes on the second."""
    page.get_by_role("link", name="Start").click()
    settled(page)
    approve = page.get_by_role("button", name="Approve")
    box = approve.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["y"] + box["height"] <= PHONE["height"]
    watch(page, 12)
    seek(page, 20)
    page.get_by_label("Your note").fill("A little warmer here, please.")
    page.get_by_role("button", name="Send", exact=True).first.click()
    expect(page.locator("[data-threads]")).to_contain_text("A little warmer here, please.")
    shot(page, folder, "clip")
    approve.click()
    page.wait_for_url(f"**/clips/{second}/**")
    settled(page)
    page.get_by_text("Ask for changes", exact=True).click()
    page.get_by_label("Why?").select_option(label="Motion or physics")
    shot(page, folder, "changes")
    page.locator(".decision-bar").get_by_role("button", name="Send").click()
    page.wait_for_url("**/done/")
    expect(page.get_by_role("heading", name="Thank you, that was all")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Motion or physics")
    shot(page, folder, "done")


def look(alice: Page, review: str, folder: Path) -> None:
    """Alice finds what Nora watched and said, on a desk and on a phone."""
    alice.goto(review)
    nora = alice.get_by_role("listitem").filter(has_text=NORA)
    for words in ("Done", "2 of 2", "Motion or physics"):
        expect(nora).to_contain_text(words)
    watched = re.search(r"Watched\s*(\d+) %", nora.inner_text())
    assert watched is not None
    assert int(watched[1]) > 0
    shot(alice, folder, "producer")
    alice.set_viewport_size(PHONE)
    shot(alice, folder, "producer-phone")
    alice.set_viewport_size(DESKTOP)


def order_by_keyboard(alice: Page, second: str) -> None:
    """Alice puts the second clip first and back again, with keys alone; the page stands where she was."""
    clips = alice.locator(".grid > [id^=clip-]")
    for label, first in (("earlier", True), ("later", False)):
        alice.locator(f"#clip-{second}").get_by_role("button", name=re.compile(f"^Move .* {label}$")).focus()
        with alice.expect_navigation():
            alice.keyboard.press("Enter")
        assert alice.url.endswith(f"#clip-{second}")
        assert (clips.first.get_attribute("id") == f"clip-{second}") == first


def take_out_while_watched(alice: Page, page: Page, clip: str, review: str, post: Post, folder: Path) -> None:
    """Nora watches; Alice takes her out, alone: it ends for her at once. Invited again, her new link leads in."""
    page.goto(f"/clips/{clip}/?review={review.rstrip('/').rpartition('/')[2]}")
    settled(page)
    media = str(page.locator("frame-player").get_attribute("data-src"))
    page.get_by_role("button", name="Play", exact=True).click()
    alice.get_by_role("button", name="Take Nora Lind out").click()
    shot(alice, folder, "asked-to-take-out")
    alice.get_by_role("dialog").get_by_role("button", name="Take out").click()
    expect(alice.locator("#messages")).to_contain_text("Nora Lind is out of the review")
    assert page.request.get(media, headers={"Range": "bytes=0-99"}).status == 404
    expect(page.get_by_role("heading", name="This review has ended")).to_be_visible()
    assert page.locator("video").count() == 0
    shot(alice, folder, "taken-out")
    before = len(post.to(NORA))
    alice.get_by_role("button", name="Invite Nora Lind again").click()
    expect(alice.locator("#messages")).to_contain_text("Added")
    page.goto(found_in_mail(post, LINK, before))
    page.wait_for_url("**/reviews/*/")
    assert page.request.get(media, headers={"Range": "bytes=0-99"}).status == 206


def revoke_while_watched(alice: Page, page: Page, clip: str, review: str, folder: Path) -> None:
    """Nora watches on; Alice revokes: the next bytes are refused and the page says so."""
    page.goto(f"/clips/{clip}/?review={review.rstrip('/').rpartition('/')[2]}")
    settled(page)
    media = str(page.locator("frame-player").get_attribute("data-src"))
    assert page.request.get(media, headers={"Range": "bytes=0-99"}).status == 206
    page.get_by_role("button", name="Play", exact=True).click()
    alice.get_by_role("button", name="Revoke").click()
    alice.get_by_role("dialog").get_by_role("button", name="Revoke the review").click()
    expect(alice.locator("#messages")).to_contain_text("The review is revoked")
    assert page.request.get(media, headers={"Range": "bytes=100-199"}).status == 404
    expect(page.get_by_role("heading", name="This review has ended")).to_be_visible()
    assert page.locator("video").count() == 0
    shot(page, folder, "ended")


def test_a_client_decides_on_a_phone_and_the_link_is_revoked_while_watched(
    hub: Hub, doors: Doors, phone: BrowserContext, post: Post, tmp_path: Path
) -> None:
    first, second = hub.facts["clips"][:2]
    alice, page = doors.open("alice").page, phone.new_page()
    review = send(alice, hub, tmp_path)
    come_in(page, post, tmp_path)
    judge(page, second, tmp_path)
    look(alice, review, tmp_path)
    order_by_keyboard(alice, second)
    take_out_while_watched(alice, page, first, review, post, tmp_path)
    revoke_while_watched(alice, page, first, review, tmp_path)
    answer = page.goto(found_in_mail(post, LINK))
    assert answer is not None
    assert answer.status == 404
    shot(page, tmp_path, "gone")
    alice.close()
