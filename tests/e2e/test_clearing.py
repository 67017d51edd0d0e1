"""From a draft to verified evidence in a real Chromium: two persons, a password, one hash all the way."""

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sorahub.demo.answers import ANSWERS
from tests.e2e.hub import Hub, Watched, submit

Enter = Callable[..., Watched]
USE = "Online advertising"


@pytest.fixture(scope="module")
def rights(hub: Hub) -> str:
    """The rights page of the second clip, which every stage before the sign-off has approved."""
    return f"/clips/{hub.facts['clips'][1]}/rights/"


def draft(page: Page, rights: str, **changes: str) -> None:
    """Draft the next version of the licence record: the first says everything, later ones what changed."""
    page.goto(rights)
    if page.get_by_role("link", name="Draft a licence record").count():
        page.get_by_role("link", name="Draft a licence record").click()
        page.get_by_label("Governing set").select_option(index=1)
        page.get_by_label(USE).check()
        page.get_by_role("group", name="Purposes").get_by_label("Advertising").check()
        page.get_by_label("Territories").fill("DE, AT")
        page.get_by_label("Last day").fill((datetime.now(tz=UTC) + timedelta(days=365)).date().isoformat())
        for question, answer in (("ownership", "yes"), ("commercial_use", "yes"), ("indemnity", "no")):
            page.locator(f"[name={question}]").select_option(answer)
        for key, (answer, words, _) in ANSWERS.items():
            page.locator(f"[name=answers-{key}-finding]").select_option(answer)
            page.locator(f"[name=answers-{key}-words]").fill(words)
        page.get_by_label("Nothing real can be recognised").check()
        page.get_by_role("textbox", name="Disclosure").fill("“Made with AI” in the caption.")
    else:
        page.get_by_role("link", name="Draft a new version").click()
    for label, words in changes.items():
        page.get_by_role("textbox", name=label).fill(words)
    submit(page)
    expect(page.locator("#messages")).to_contain_text("is drafted")


def sign(page: Page, password: str) -> None:
    """Approve what the page shows, with a password."""
    page.get_by_role("radio", name="Approved").check()
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Sign exactly this version").click()


def ask(page: Page, rights: str, use: str, territory: str) -> None:
    """Ask whether the clip may be used for this, there."""
    page.goto(rights)
    page.get_by_label("Use", exact=True).select_option(label=use)
    page.get_by_label("Territory").fill(territory)
    page.get_by_role("button", name="Ask").click()


def test_a_licence_is_drafted_signed_by_another_person_and_answers_both_ways(
    hub: Hub, enter: Enter, rights: str
) -> None:
    alice, lena = enter("alice").page, enter("lena").page
    draft(alice, rights)
    expect(alice.get_by_role("region", name="Version 1: nothing blocks a signature")).to_be_visible()
    lena.reload()
    lena.get_by_role("main").get_by_role("link", name="SH020").click()
    expect(lena.get_by_role("heading", level=1)).to_have_text("Licence record, version 1")
    sign(lena, "not the password")
    expect(lena.get_by_role("main")).to_contain_text("password")
    expect(lena.get_by_role("link", name="See the receipt")).to_have_count(0)
    draft(alice, rights, Restrictions="Not beside politics.")
    sign(lena, hub.facts["password"])
    expect(lena.get_by_role("alert").first).to_contain_text("Nothing was signed")
    lena.get_by_role("link", name="Open the newest version").click()
    expect(lena.get_by_role("heading", level=1)).to_have_text("Licence record, version 2")
    sign(lena, hub.facts["password"])
    lena.wait_for_url("**/sign-offs/*/")
    expect(lena.get_by_role("heading", level=1)).to_contain_text("Approved for commercial use")
    expect(lena.locator("#stamp-state")).to_have_text(
        "Signed", timeout=30_000
    )  # the page follows when the stamp is here
    expect(lena.locator("#stamp-time")).to_contain_text(f"{hub.facts['sandbox_url']}/tsa")
    ask(alice, rights, "Cinema", "US")
    expect(alice.locator(".verdict")).to_contain_text("Not cleared")
    expect(alice.locator(".block").first).to_be_visible()
    ask(alice, rights, USE, "DE")
    expect(alice.locator(".verdict")).to_contain_text("Cleared")


def test_the_file_that_is_downloaded_has_the_hash_that_was_cleared(hub: Hub, enter: Enter) -> None:
    page = enter("alice").page
    ask(page, f"/clips/{hub.facts['clips'][0]}/rights/", USE, "DE")
    cleared = page.locator("copy-text").first.get_attribute("data-text")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the original").click()
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == cleared
    page.reload()
    expect(page.get_by_role("region", name="What left")).to_contain_text(f"{USE}, DE")


def test_an_evidence_bundle_is_made_live_and_proves_itself_to_a_bare_python(
    hub: Hub, enter: Enter, tmp_path: Path
) -> None:
    page = enter("lena", f"/sign-offs/{hub.facts['sign_off']}/").page
    evidence = page.get_by_role("region", name="Evidence")
    before = evidence.get_by_role("link", name="Download").count()
    page.get_by_role("button", name="Make an evidence bundle").click()
    expect(evidence.get_by_role("link", name="Download")).to_have_count(before + 1, timeout=60_000)
    with page.expect_download() as download:
        evidence.get_by_role("link", name="Download").first.click()
    with zipfile.ZipFile(download.value.path()) as bundle:
        bundle.extractall(tmp_path)
    (script,) = tmp_path.rglob("verify.py")
    words = [sys.executable, "-I", "-S", "verify.py"]
    told = subprocess.run(words, cwd=script.parent, capture_output=True, text=True, timeout=60, check=False)
    assert (told.returncode, told.stdout.splitlines()[-1][:4]) == (0, "PASS")


def test_a_sign_off_prints_dark_on_light_without_the_screens_furniture(hub: Hub, enter: Enter) -> None:
    page = enter("lena", f"/sign-offs/{hub.facts['sign_off']}/").page
    page.emulate_media(media="print", color_scheme="dark")
    colours = "node => [getComputedStyle(node).backgroundColor, getComputedStyle(node).color]"
    paper, ink = (lightness(colour) for colour in page.evaluate(f"({colours})(document.body)"))
    assert (paper > 0.9, ink < 0.3) == (True, True)
    expect(page.locator(".topbar")).to_be_hidden()
    expect(page.locator(".statement")).to_be_visible()


def lightness(colour: str) -> float:
    """The mean of a colour's channels, from rgb(…); paper that is not painted is white."""
    red, green, blue, *alpha = (float(part) for part in colour.split("(")[1].rstrip(")").replace(",", " ").split())
    return 1.0 if alpha == [0.0] else (red + green + blue) / 3 / 255
