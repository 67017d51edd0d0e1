"""References, from the drop to the launch: a connection lost in the middle, a reload, another project, and places chosen by keys."""

import math
import os
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Request, expect

from tests.e2e.hub import Hub, Watched
from tests.e2e.soundness import ALL_RULES, AXE, violations

pytestmark = pytest.mark.long
Enter = Callable[..., Watched]
MIB = 1024**2
LOST = ("ERR_FAILED", "ERR_INTERNET_DISCONNECTED")


def files(folder: Path) -> dict[str, Path]:
    """A picture of three pieces, a small one, and three seconds of sound."""
    large, small, sound = folder / "harbour.png", folder / "boat.jpg", folder / "waves.wav"
    Image.frombytes("RGB", (2000, 1500), os.urandom(2000 * 1500 * 3)).save(large)
    assert 2 * 4 * MIB < large.stat().st_size < 3 * 4 * MIB
    Image.new("RGB", (1280, 720), "teal").save(small)
    with wave.open(str(sound), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(
            b"".join(struct.pack("<h", int(9_000 * math.sin(n / 8) * (n % 8_000) / 8_000)) for n in range(48_000))
        )
    return {path.name: path for path in (large, small, sound)}


def new_project(page: Page, client: str) -> str:
    """Begin a project for the client; return its address."""
    page.goto(f"/projects/new/?client={client}")
    page.get_by_label("Name").fill("Breeze")
    page.get_by_label("Code").fill(f"BREEZE{os.getpid()}")
    page.locator("main form").get_by_role("button").last.click()
    page.wait_for_url("**/projects/*/")
    return page.url


def faults(page: Page) -> list[str]:
    """What axe finds, seen from the top."""
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(AXE)
    return violations(page, ALL_RULES)


def drop(page: Page, paths: list[Path]) -> None:
    """Drop files onto the form, as the desktop does."""
    page.locator("[name=file]").set_input_files(paths)


def send_through_a_lost_connection(page: Page, made: dict[str, Path]) -> None:
    """Drop three files, lose the connection in the middle of one, come back, and send what is missing alone."""
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(_piece(asked)) if "/chunk/" in asked.url else None)
    page.route("**/chunk/?offset=4194304*", lambda route: route.abort("failed"))  # the connection is lost in the middle
    drop(page, [*made.values()])
    expect(page.locator(".sending[data-state=ready]")).to_have_count(2)
    expect(page.get_by_text("this goes on by itself")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    page.evaluate("removeEventListener('beforeunload', document.querySelector('reference-drop').queue.leaving)")
    page.unroute("**/chunk/?offset=4194304*")
    page.reload()
    expect(page.get_by_text("It was on its way. Choose the same file again")).to_be_visible()
    expect(page.locator(".sending[data-state=ready]")).to_have_count(2)  # what came whole needs no sending
    sent.clear()
    drop(page, [made["harbour.png"]])
    expect(page.locator(".sending[data-state=ready]")).to_have_count(3)
    assert sent == ["4194304", "8388608"]


def keep_all_three(page: Page) -> None:
    """Say once what the files are, and keep them."""
    page.get_by_role("button", name="Keep 3 files").click()
    expect(page.get_by_text("Say where the files come from.")).to_be_visible()
    page.get_by_label("Where it comes from").fill("Client archive")
    page.get_by_label("Under which right it is used").fill("Order 7")
    page.get_by_text("Licence, persons, roles and tags").click()
    page.locator("[name=licence]").select_option("client")
    page.locator("[name=ai_use]").select_option("yes")
    page.locator("[name=depicts]").select_option("no")
    page.get_by_role("checkbox", name="Voice").check()
    page.get_by_role("checkbox", name="Style").check()
    found = faults(page)
    assert found == [], found
    page.get_by_role("button", name="Keep 3 files").click()
    expect(page.locator(".ref-card")).to_have_count(3)
    expect(page.locator(".sending[data-state=kept]")).to_have_count(3)


def use_in(page: Page, client: str, aurora: str) -> None:
    """Find one in the client's library and use it in another project with one click."""
    page.goto(f"/clients/{client}/references/?into={aurora}")
    page.get_by_placeholder("Name, source, rights, tag, person").fill("harbour")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".ref-card")).to_have_count(1)
    found = faults(page)
    assert found == [], found
    page.get_by_role("button", name="Use in").click()
    expect(page.get_by_text("harbour.png can be used in")).to_be_visible()
    expect(page.locator(".ref-card").get_by_text("already")).to_be_visible()


def launch_with_roles(page: Page, aurora: str) -> None:
    """Choose places and order for a launch: one file is there, two are brought from the library's shelf."""
    page.goto(f"/projects/{aurora}/")
    page.goto(page.locator("a[href^='/shots/']:not([href*='new'])").first.get_attribute("href") or "")
    page.get_by_role("link", name="Generate", exact=True).first.click()
    page.wait_for_url("**/generate/")
    value = page.locator(
        "[name=model] option", has_text="Seedance 2.0 (embedded service), from references"
    ).get_attribute("value")
    with page.expect_response("**/generate/preview/"):
        page.locator("[name=model]").select_option(value)
    page.get_by_text("More files: from the client’s library").click()
    for name, place in (("boat", "Subject and style"), ("waves", "Voice")):
        page.get_by_label("Search the library").fill(name)
        with page.expect_response("**/generate/preview/"):
            page.locator(".shelf__found").get_by_role("button", name=place).click()
        expect(page.get_by_role("checkbox", name=name)).to_be_checked()
    page.get_by_role("checkbox", name="harbour.png").check()
    box = page.get_by_role("checkbox", name="harbour.png")
    box.press("Shift+ArrowLeft")
    expect(page.locator("[data-slot-said]").first).to_have_text("harbour.png is number 1 of 2.")
    expect(page.get_by_role("button", name="Launch")).to_be_enabled()
    found = faults(page)
    assert found == [], found
    page.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/generations/**")
    expect(page.locator(".givens figcaption strong")).to_have_text(
        [
            "1. Subject and style: reference images",
            "2. Subject and style: reference images",
            "3. Voice: reference sounds",
        ]
    )
    assert [each.split()[0] for each in page.locator(".givens figcaption a").all_inner_texts()] == [
        "harbour.png",
        "boat.jpg",
        "waves.wav",
    ]


def test_from_three_dropped_files_to_a_launch_in_another_project(hub: Hub, enter: Enter, tmp_path: Path) -> None:
    made, watched = files(tmp_path), enter("alice", "/projects/")
    page, aurora = watched.page, hub.facts["projects"]["AURORA"]
    page.goto(f"/projects/{aurora}/references/")
    library = page.get_by_role("link", name="From the client’s library").get_attribute("href") or ""
    client = library.split("/")[2]
    breeze = new_project(page, client)
    page.goto(f"{breeze}references/")
    expect(page.get_by_text("No references yet")).to_be_visible()
    send_through_a_lost_connection(page, made)
    keep_all_three(page)
    use_in(page, client, aurora)
    launch_with_roles(page, aurora)
    watched.complaints[:] = [each for each in watched.complaints if not any(word in each for word in LOST)]


def _piece(asked: Request) -> str:
    return asked.url.split("offset=")[1].split("&")[0]
