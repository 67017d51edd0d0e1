"""Outside counsel on a telephone: from a real mail to the receipt, watching the real watermarked copy, at 390 pixels in both themes."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from generations.models import Rendition
from reviews.actions.counsel import Counsel, invite_counsel
from reviews.models import LicenceRecordVersion, SignOff
from sorahub.jobs.runner import drain
from tests.e2e.counsel import brought
from tests.e2e.footage import make_clip
from tests.e2e.hub import PATIENCE_MS, PHONE, Watched, seek, settled
from tests.e2e.rooms import collect_static
from tests.e2e.soundness import ALL_RULES, AXE, violations
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web import chambers
from tests.smtp import Post

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """A mail server."""
    with chambers.mail(settings) as office:
        yield office


@pytest.fixture
def version(agency: Agency, tmp_path: Path) -> LicenceRecordVersion:
    """A record to sign, whose clip came in the whole way and has no watermarked copy yet."""
    clip = brought(agency.alice, agency, make_clip(tmp_path / "take.mp4", 24), agency.shot)
    made = world.ready_to_sign(agency, clip)
    Rendition.objects.filter(clip=clip, kind=Rendition.Kind.GUEST_PROXY).delete()
    return made


def sound(page: Page, name: str) -> None:
    """Nothing sticks out at the side and everybody can use it; keep a picture where they are wanted: SORAHUB_SCREENSHOTS=folder."""
    page.evaluate(AXE)
    assert violations(page, ALL_RULES) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    if folder := os.environ.get("SORAHUB_SCREENSHOTS"):
        theme = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'")
        page.screenshot(path=Path(folder) / f"counsel-{name}-{theme}.png", full_page=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_from_the_mail_to_the_receipt_on_a_telephone(
    theme: Any, agency: Agency, version: LicenceRecordVersion, post: Post, live_server: Any, browser: Browser
) -> None:
    collect_static()
    asked = Counsel(chambers.ADDRESS, chambers.NAME, chambers.FIRM, "By Friday, please.")
    invite_counsel(actor=agency.lena, record_version=version, counsel=asked)
    drain()
    context = browser.new_context(
        base_url=live_server.url, viewport=PHONE, is_mobile=True, has_touch=True, color_scheme=theme
    )
    context.set_default_timeout(PATIENCE_MS)
    watched = Watched(context.new_page())
    page = watched.page
    page.goto(chambers.link(post))
    expect(page.get_by_role("heading", name="Read and sign a licence record")).to_be_visible()
    sound(page, "door")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").wait_for()
    page.get_by_label("Code").fill(chambers.newest_code(post))
    sound(page, "code")
    page.get_by_role("button", name="Open the record").click()
    expect(page.get_by_role("heading", name="Licence record, version 1")).to_be_visible()
    assert seek(settled(page), 5) == 5
    sound(page, "room")
    page.get_by_role("link", name="Vofy: Terms of Service").click()
    expect(page.get_by_text("As between you and Vofy, you own the output.")).to_be_visible()
    sound(page, "terms")
    page.get_by_role("link", name="Back to the record").click()
    page.get_by_label("Approved for commercial use within scope").check()
    page.get_by_label("Your full name, typed").fill(chambers.NAME)
    page.get_by_label("I intend this as my signature").check()
    page.get_by_role("button", name="Go on: have the last code sent").click()
    expect(page.get_by_role("heading", name="The last code")).to_be_visible()
    sound(page, "confirm")
    page.get_by_label("The code from the newest mail").fill(chambers.newest_code(post))
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Receipt of your signature")).to_be_visible()
    sound(page, "receipt")
    assert SignOff.objects.get().signer.email == chambers.ADDRESS
    page.goto(f"/clips/{version.record.clip_id}/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    assert watched.complaints == []
    context.close()
