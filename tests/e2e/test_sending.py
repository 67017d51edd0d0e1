"""Files on their way in a real Chromium: taken out, failed, paused, unanswered; what the page says is what is sent."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Browser, FilePayload, Page, expect

from generations.actions.references import add_reference
from generations.models import Transfer
from sorahub.jobs.runner import drain
from tests.e2e.hub import PATIENCE_MS
from tests.e2e.rooms import collect_static, session_of
from tests.generations.factories import png
from tests.people import Agency, project, provider_account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
LEAVES = "() => dispatchEvent(new Event('beforeunload', { cancelable: true }))"


@pytest.fixture
def page(live_server: Any, browser: Browser, agency: Agency, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Alice's page; nobody serves events here."""
    collect_static()
    cache.clear()
    monkeypatch.setattr(settings, "EVENTS_URL", "")
    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(PATIENCE_MS)
    session = {"name": settings.SESSION_COOKIE_NAME, "value": session_of(agency.alice), "url": live_server.url}
    context.add_cookies([session])  # type: ignore[list-item]  # a dict of these keys
    yield context.new_page()
    context.close()


def picture(name: str, width: int = 64, height: int = 36) -> FilePayload:
    """A small picture as a file."""
    return {"name": name, "mimeType": "image/png", "buffer": png(width, height)}


def test_a_file_that_came_before_a_reload_is_taken_out(agency: Agency, page: Page) -> None:
    page.goto(f"/projects/{agency.aurora.pk}/references/")
    page.locator("[name=file]").set_input_files([picture("boat.png")])
    expect(page.locator(".sending[data-state=ready]")).to_have_count(1)
    page.reload()
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.get_by_role("button", name="Take out: boat.png").click()
    expect(page.locator(".sending")).to_have_count(0)
    assert not Transfer.objects.exclude(state=Transfer.State.ABANDONED).exists()


def test_each_file_that_failed_has_a_line_and_holds_the_import_back(agency: Agency, page: Page) -> None:
    page.goto(f"/projects/{agency.aurora.pk}/imports/new/")
    empty = [FilePayload(name=f"take{n:03}.mp4", mimeType="video/mp4", buffer=b"") for n in range(102)]
    page.locator("#files").set_input_files([*empty, picture("boat.mp4")])
    words = page.locator("[data-part=words]")
    expect(words).to_have_text("1 of 103 files are here, 102 files could not be sent")
    expect(page.locator("[data-part=list] > li[data-state=failed]")).to_have_count(102)
    page.get_by_role("button", name="Remove take").evaluate_all(
        "all => { for (const one of all.slice(2)) one.click(); }"
    )
    expect(words).to_have_text("1 of 3 files are here, 2 files could not be sent")
    page.get_by_role("button", name="Show what would happen").click()
    expect(words).to_have_text("2 files could not be sent: try again, or remove what is to be left out.")
    expect(page.get_by_role("button", name="Try again").first).to_be_focused()


def test_what_was_paused_goes_on_at_once_and_what_was_removed_holds_nothing_back(agency: Agency, page: Page) -> None:
    page.goto(f"/projects/{agency.aurora.pk}/imports/new/")
    page.route("**/chunk/**", lambda route: route.abort())
    page.locator("#files").set_input_files([picture("boat.mp4")])
    expect(page.get_by_text("The hub does not answer")).to_be_visible()
    page.unroute("**/chunk/**")
    page.evaluate("() => { const pause = document.querySelector('[data-part=pause]'); pause.click(); pause.click(); }")
    expect(page.locator("[data-part=words]")).to_have_text("1 of 1 files are here")
    page.get_by_role("button", name="Pause").wait_for(state="hidden")
    page.route("**/transfers/", lambda route: route.abort())
    page.locator("#files").set_input_files([picture("quay.mp4", 80)])
    expect(page.get_by_text("The hub does not answer")).to_be_visible()
    assert not page.evaluate(LEAVES)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused ·")).to_be_visible()
    page.get_by_role("button", name="Remove quay.mp4").click()
    assert page.evaluate(LEAVES)
    page.get_by_role("button", name="Show what would happen").click()
    page.wait_for_url("**/imports/*/")


def test_a_reference_that_the_hub_did_not_answer_for_stays_open_and_is_tried_again(agency: Agency, page: Page) -> None:
    page.goto(f"/projects/{agency.aurora.pk}/references/")
    page.locator("[name=file]").set_input_files([picture("boat.png")])
    page.get_by_label("Where it comes from").fill("Client archive")
    page.get_by_label("Under which right it is used").fill("Order 7")
    expect(page.locator(".sending[data-state=ready]")).to_have_count(1)
    page.route("**/reference-intakes/", lambda route: route.abort())
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator(".sending")).to_contain_text("Sent, not kept yet")
    expect(page.locator(".sending")).to_contain_text("The hub does not answer.")
    page.unroute("**/reference-intakes/")
    page.route("**/reference-intakes/", lambda route: route.fulfill(status=503, json={"detail": "Back in a moment."}))
    page.get_by_role("button", name="Try again: boat.png").click()
    expect(page.locator(".sending")).to_contain_text("Back in a moment.")
    expect(page.locator("[data-sendings-said]")).to_have_text("1 sent and not kept yet")
    page.unroute("**/reference-intakes/")
    with page.expect_response("**/reference-intakes/"):
        page.get_by_role("button", name="Try again: boat.png").click()
    drain()
    expect(page.locator(".sending[data-state=kept]")).to_have_count(1)
    expect(page.locator(".ref-card")).to_have_count(1)


def test_files_sent_beside_a_launch_are_kept_though_one_failed_and_outlive_another_model(
    agency: Agency, page: Page
) -> None:
    account = provider_account(route="sandbox-ark")
    elsewhere = project(agency.north, "AURA", agency.alice, agency.alice)
    cup = SimpleUploadedFile("cup.png", png(800, 600))
    add_reference(
        actor=agency.alice, project=elsewhere, file=cup, original_name="cup.png", source="Client", rights="Order 7"
    )
    model = f"{account.pk}|seedance-2.0|"
    page.goto(f"/prompts/{agency.prompt.pk}/generate/?model={quote(model + 'reference_to_video')}")
    page.get_by_text("More files: from the client’s library").click()
    page.get_by_label("Search the library").fill("cup")
    with page.expect_response("**/generate/preview/"):
        page.locator(".shelf__found").get_by_role("button", name="Subject and style").click()
    expect(page.get_by_role("checkbox", name="cup.png")).to_be_checked()
    expect(page.get_by_label("Search the library")).to_have_value("cup")
    expect(page.get_by_text("Nothing else of this client’s library matches.")).to_be_visible()
    page.get_by_label("Files", exact=True).set_input_files(
        [FilePayload(name="empty.png", mimeType="image/png", buffer=b""), picture("boat.png", 640, 480)]
    )
    page.get_by_label("Where they come from").fill("Client archive")
    page.get_by_label("Under which right they are used").fill("Order 7")
    with page.expect_response("**/reference-intakes/"):
        page.get_by_role("button", name="Send", exact=True).click()
    drain()
    expect(page.locator("slot-picks").get_by_text("boat.png")).to_be_visible()
    expect(page.locator(".sending[data-state=kept]")).to_be_visible()
    with page.expect_response("**/generate/preview/"):
        page.locator("[name=model]").select_option(model + "text_to_video")
    expect(page.locator("slot-picks")).to_have_count(0)
    expect(page.locator(".sending[data-state=failed]")).to_contain_text("The file is empty.")
    page.get_by_role("button", name="Take out: empty.png").click()
    expect(page.locator("reference-shelf")).to_be_hidden()


def test_an_upload_says_what_is_missing_before_it_sends_and_can_be_cancelled(agency: Agency, page: Page) -> None:
    page.goto(f"/projects/{agency.aurora.pk}/upload/")
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.route("**/upload/", lambda route: None)
    page.locator("[name=file]").set_input_files([picture("boat.mp4")])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_label("Made with")).to_be_focused()
    assert sent == []
    page.get_by_label("Made with").fill("sora-2")
    page.get_by_label("Through").fill("OpenAI")
    page.get_by_label("I vouch for this story").check()
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Cancel the upload").click()
    expect(page.get_by_text("The upload was cancelled, and nothing of it is kept.")).to_be_visible()
    expect(page.get_by_role("button", name="Upload")).to_be_focused()
    assert len(sent) == 1
    assert page.locator("[name=file]").input_value().endswith("boat.mp4")
    assert page.evaluate(LEAVES)
