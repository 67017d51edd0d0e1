"""The public page in a real browser: a file is hashed there and goes nowhere; what is known of its hash is shown."""

import base64
import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, Request, expect

from reviews.actions.presence import reauthenticate
from reviews.actions.sign import revoke_sign_off
from reviews.models import SignOff
from sorahub.lib.numbering import number_of
from tests.e2e.hub import PATIENCE_MS
from tests.e2e.rooms import collect_static
from tests.e2e.soundness import every_fault
from tests.people import PASSWORD, Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db(transaction=True)]

VECTORS = {
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
}
HASH = """async ({ pieces }) => {
  const { Sha256 } = await import("/static/sorahub/js/sha256.js");
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return pieces.map((list) => list.reduce((sum, text) => sum.update(bytes(text)), new Sha256()).digest());
}"""


class Seen:
    """What the page asked for, what it complained of, and the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request))  # playwright wants a function of its own
        page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture
def seen(live_server: Any, browser: Browser) -> Iterator[Seen]:
    collect_static()
    cache.clear()
    context = browser.new_context(base_url=live_server.url)
    opened = Seen(context.new_page())
    opened.page.goto("/verify/")
    yield opened
    context.close()
    assert opened.complaints == []


def in_pieces(data: bytes, rng: random.Random) -> list[str]:
    """The bytes cut at random places, as base64."""
    found, at = [], 0
    while at < len(data):
        size = rng.choice([1, 3, 55, 56, 63, 64, 65, 119, 128, 1000])
        found.append(base64.b64encode(data[at : at + size]).decode())
        at += size
    return found


def test_the_browsers_sha_256_is_everybodys(seen: Seen) -> None:
    rng = random.Random(256)
    lengths = [*range(0, 200), *(rng.randrange(200, 70_000) for _ in range(40))]
    data = [*VECTORS, *(rng.randbytes(length) for length in lengths)]
    found = seen.page.evaluate(HASH, {"pieces": [in_pieces(each, rng) for each in data]})
    assert found == [hashlib.sha256(each).hexdigest() for each in data]
    assert found[: len(VECTORS)] == [*VECTORS.values()]


@pytest.fixture
def signed(agency: Agency) -> SignOff:
    """An approved clip of North's."""
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    return world.sign(agency.lena, world.ready_to_sign(agency, clip))


def test_a_dropped_clip_is_answered_and_a_typed_number_too(signed: SignOff, seen: Seen, tmp_path: Path) -> None:
    page, number = seen.page, number_of(signed.payload_sha256)
    page.evaluate(
        """text => {
          const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)), data = new DataTransfer();
          data.items.add(new File([bytes], "harbour.mp4"));
          document.querySelector("verify-file").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        base64.b64encode(world.video_bytes()).decode(),
    )
    answer = page.locator("#answer")
    expect(answer).to_contain_text("This file is the clip that was approved, byte for byte.")
    expect(answer).to_contain_text(number)
    expect(page.locator("[data-part=hash]")).to_have_text(f"harbour.mp4: SHA-256 {signed.clip_sha256}")
    other = tmp_path / "other.mp4"
    other.write_bytes(world.video_bytes() + b"x")
    page.locator("input[type=file]").set_input_files(other)
    expect(answer).to_contain_text("Not known here")
    page.get_by_label("Certificate number or SHA-256").fill(number)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#answer h2")).to_have_text("Valid")
    assert {request.method for request in seen.requests} == {"GET"}


@pytest.mark.long
def test_sixty_megabytes_are_hashed_here_and_sent_nowhere(seen: Seen, tmp_path: Path) -> None:
    page, large = seen.page, tmp_path / "large.mov"
    with large.open("wb") as file:
        for _ in range(60):
            file.write(os.urandom(1024 * 1024))
    before = len(seen.requests)
    page.locator("input[type=file]").set_input_files(large)
    expect(page.locator("progress")).to_be_visible()
    digest = hashlib.file_digest(large.open("rb"), "sha256").hexdigest()
    expect(page.locator("[data-part=hash]")).to_have_text(f"large.mov: SHA-256 {digest}", timeout=4 * PATIENCE_MS)
    expect(page.locator("#answer")).to_contain_text("Not known here")
    after = seen.requests[before:]
    assert [
        request.url for request in after if "/static/" not in request.url and not request.url.startswith("blob:")
    ] == [f"{page.url}{digest}"]
    assert [request for request in after if request.method != "GET" or request.post_data] == []


@pytest.mark.long
def test_a_length_that_no_32_bits_hold_is_counted_right(seen: Seen) -> None:
    """Zeros, so that nothing lies on the disk: 512 MiB and 5 bytes, whose length in bits needs more than 32 of them."""
    found = seen.page.evaluate(
        """async () => {
          const { Sha256 } = await import("/static/sorahub/js/sha256.js");
          const sum = new Sha256(), piece = new Uint8Array(16 * 1024 * 1024);
          for (let count = 0; count < 32; count += 1) sum.update(piece);
          return sum.update(new Uint8Array(5)).digest();
        }"""
    )
    ours, piece = hashlib.sha256(), bytes(16 * 1024 * 1024)
    for _ in range(32):
        ours.update(piece)
    ours.update(bytes(5))
    assert found == ours.hexdigest()


def test_it_can_be_cancelled_and_another_file_be_chosen(signed: SignOff, seen: Seen, tmp_path: Path) -> None:
    page, large = seen.page, tmp_path / "large.mov"
    with large.open("wb") as file:
        file.truncate(3 * 1024**3)  # no bytes on the disk, and far too many to be done in time
    page.locator("input[type=file]").set_input_files(large)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#answer")).to_have_text("Cancelled.")
    expect(page.locator("progress")).to_be_hidden()
    small = tmp_path / "harbour.mp4"
    small.write_bytes(world.video_bytes())
    page.locator("input[type=file]").set_input_files(small)
    expect(page.locator("#answer h2")).to_have_text("Valid")


@pytest.mark.long
def test_every_state_of_the_page_is_sound(agency: Agency, signed: SignOff, seen: Seen) -> None:
    page, number = seen.page, number_of(signed.payload_sha256)
    faults = [f"empty: {fault}" for fault in every_fault(page)]
    for name, asked in (("valid", number), ("unknown", "ab" * 32), ("wrong", "hello")):
        page.goto(f"/verify/?q={asked}")
        faults += [f"{name}: {fault}" for fault in every_fault(page)]
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revoke_sign_off(actor=agency.lena, sign_off=signed, reason="Misread", reauthentication=proof)
    page.goto(f"/verify/{number}")
    faults += [f"revoked: {fault}" for fault in every_fault(page)]
    seen.complaints = [
        said for said in seen.complaints if "400" not in said
    ]  # the browser mentions the status of the wrong one
    assert not faults, "\n".join(faults)


@pytest.mark.long
def test_it_works_without_scripts(live_server: Any, browser: Browser, signed: SignOff) -> None:
    cache.clear()
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/verify/")
    expect(page.locator("verify-file")).to_be_hidden()
    page.get_by_label("Certificate number or SHA-256").fill(f"{signed.clip_sha256}  harbour.mp4")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#answer h2")).to_have_text("Valid")
    context.close()
