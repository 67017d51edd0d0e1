"""A reviewer's day in a real Chromium, from the log-in to the log-out, with real clips that came in the whole way.

With SORAHUB_SCREENSHOTS=folder each station is kept as pictures (see tests/e2e/stations.py).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from generations.models import Clip, Membership, Shot
from reviews.actions.annotate import write_annotation
from reviews.actions.reviews import send_review
from reviews.actions.stages import lay_default_stages
from reviews.models import Annotation, Decision, Pick
from sorahub.lib.ids import uuid7
from tests.e2e.footage import make_clip
from tests.e2e.hub import DESKTOP, PATIENCE_MS, Watched, seek, settled
from tests.e2e.rooms import collect_static
from tests.e2e.stations import look
from tests.generations.factories import uploaded_clip
from tests.people import PASSWORD, Agency

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@dataclass
class Work:
    """What lies before Bob: two takes of the dawn, one of the dusk, and what Alice wrote."""

    first: Clip
    second: Clip
    dusk: Clip
    old: Annotation
    question: Annotation


@pytest.fixture
def work(agency: Agency, tmp_path: Path) -> Work:
    """Alice brought three takes in, asked Bob a question on one and sent two for review."""
    collect_static()
    dusk_shot = Shot.objects.create(project=agency.aurora, code="SC010-SH020", title="Dusk", created_by=agency.alice)
    files = [make_clip(tmp_path / f"take{frames}.mp4", frames) for frames in (96, 97, 98)]
    shots = (agency.shot, agency.shot, dusk_shot)
    clips = [
        uploaded_clip(agency.alice, agency.aurora, file, shot=shot) for file, shot in zip(files, shots, strict=True)
    ]
    first, second, dusk = clips
    Membership.objects.get_or_create(project=agency.aurora, user=agency.dora)
    with transaction.atomic():
        stages = lay_default_stages(actor=agency.alice, project=agency.aurora)
    old = write_annotation(
        actor=agency.bob, clip=first, id=uuid7(), frame_in=30, frame_out=41, body="The mast bends here.", category="motion"
    )  # fmt: skip
    words = f"@[Bob](person:{agency.bob.pk}) is the horizon straight now?"
    question = write_annotation(
        actor=agency.alice, clip=second, id=uuid7(), frame_in=12, frame_out=12, body=words, category="picture"
    )
    creative = next(stage for stage in stages if stage.name == "Creative")
    send_review(
        actor=agency.alice, project=agency.aurora, stage=creative, title="Monday’s takes", clips=[second, dusk],
        people=[agency.bob], due_at=timezone.now() + timedelta(days=2), message="The dawn first, please.",
    )  # fmt: skip
    return Work(first, second, dusk, old, question)


@pytest.fixture
def page(live_server: Any, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Bob's browser, which may complain of nothing. Nobody serves events here."""
    monkeypatch.setattr(settings, "EVENTS_URL", "")
    context = browser.new_context(base_url=live_server.url, viewport=DESKTOP, color_scheme="dark")
    context.set_default_timeout(PATIENCE_MS)
    watched = Watched(context.new_page())
    yield watched.page
    context.close()
    assert watched.complaints == []


def note(page: Page, words: str) -> Locator:
    """The note with these words."""
    return page.locator("[data-threads] > [data-note]").filter(has_text=words)


def come_in(page: Page) -> None:
    page.goto("/")
    page.locator("[name=login]").fill("bob@example.com")
    page.get_by_label("Password").first.fill(PASSWORD)
    look(page, "01-log-in")
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_role("heading", name="Awaiting your decision")).to_be_visible()


def see_what_waits(page: Page, work: Work) -> None:
    expect(page.get_by_role("main")).to_contain_text("Dawn")
    expect(page.get_by_role("main")).to_contain_text("The mast bends here.")
    look(page, "02-home")
    page.get_by_role("link", name="Take them one by one").click()
    expect(page.get_by_role("heading", name="Waiting for you")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(3)
    look(page, "03-queue")
    page.get_by_role("link", name="Begin").click()
    page.wait_for_url(f"**/clips/{work.second.pk}/?queue=1")
    settled(page)


def play_and_step(page: Page) -> None:
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => document.querySelector('frame-player').presentedFrame >= 12")
    page.get_by_role("button", name="Pause", exact=True).click()
    assert seek(page, 40) == 40
    page.locator("frame-player").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    page.wait_for_function("() => document.querySelector('frame-player').presentedFrame === 41")
    look(page, "04-review")
    page.wait_for_timeout(3_500)  # longer than a picture may take before the player says that it is late
    expect(page.get_by_text("The picture is taking long")).to_be_hidden()


def draw_and_write(page: Page, work: Work) -> None:
    page.locator("frame-player").focus()
    page.keyboard.press("d")
    page.get_by_role("toolbar", name="Drawing").get_by_role("button", name="Arrow").click()
    box = page.locator("annotation-layer").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.7 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.55 * box["width"], box["y"] + 0.45 * box["height"], steps=8)
    page.mouse.up()
    look(page, "05-drawing")
    page.keyboard.press("Escape")
    words = page.get_by_label("Your note")
    words.click()
    page.keyboard.type("@al")
    expect(page.get_by_role("option", name="Alice")).to_have_attribute("aria-selected", "true")
    look(page, "06-mention")
    page.keyboard.press("Enter")
    page.keyboard.type("the rope should hang behind the mast.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-composer-part=said]")).to_contain_text("Sent, on frame 42")
    written = Annotation.objects.get(clip=work.second, body__contains="the rope")
    assert (written.frame_in, written.shapes.count(), written.mentions.count()) == (41, 1, 1)


def answer_and_resolve(page: Page, work: Work) -> None:
    thread = note(page, "is the horizon straight now?")
    thread.get_by_role("button", name="Reply").click()
    page.get_by_label("Your note").fill("Yes, on every frame I looked at.")
    page.keyboard.press("Control+Enter")
    expect(thread).to_contain_text("Yes, on every frame I looked at.")
    thread.get_by_role("button", name="Resolve").click()
    expect(thread).to_contain_text("Resolved by Bob")
    look(page, "07-answered")
    work.question.refresh_from_db()
    assert work.question.resolved_by is not None
    assert work.question.resolved_by.email == "bob@example.com"


def compare_and_shortlist(page: Page, work: Work) -> None:
    page.get_by_role("navigation", name="Takes of this shot").get_by_role("link", name="Compare").click()
    page.wait_for_url("**/compare/?**")
    page.goto(f"/compare/?clip={work.first.pk}&clip={work.second.pk}")
    expect(page.locator("[data-part=state]")).to_have_text("In sync")
    page.locator("take-compare").focus()
    page.keyboard.press("w")
    page.get_by_role("slider", name="Wipe").fill("40")
    look(page, "08-compare")
    page.locator("[data-card]").nth(1).get_by_role("button", name="Shortlist").click()
    expect(page.locator("#toasts")).to_contain_text("take 2: shortlisted")
    look(page, "09-shortlisted")
    assert Pick.objects.get().clip == work.second


def carry(page: Page, work: Work) -> None:
    """The note on the first take goes on to the second as a linked copy."""
    page.goto(f"/clips/{work.first.pk}/")
    settled(page)
    note(page, "The mast bends here.").get_by_role("button", name="Carry to another take").click()
    dialog = page.get_by_role("dialog", name="Carry this note to another take")
    expect(dialog.get_by_role("radio", name="Take 2")).to_be_checked()
    look(page, "10-carrying")
    dialog.get_by_role("button", name="Carry").click()
    expect(page.locator("#toasts")).to_contain_text("The note is carried to take 2.")
    page.locator("#toasts").get_by_role("button", name="Show").click()
    page.wait_for_url(f"**/clips/{work.second.pk}/?note=*")
    settled(page)
    page.locator(".notes-menu > summary").click()
    page.get_by_role("button", name="Carry open notes to another take").click()
    page.get_by_role("dialog", name="Carry all open notes to another take").get_by_role("button", name="Carry").click()
    expect(page.locator("#toasts")).to_contain_text("new on take 1.")
    page.goto(f"/clips/{work.second.pk}/?queue=1")
    settled(page)
    expect(note(page, "The mast bends here.")).to_contain_text("take 1")
    assert Annotation.objects.get(clip=work.second, carried_from=work.old).frame_in == 30
    look(page, "10-carried")


def export(page: Page, folder: Path) -> None:
    """He takes the notes with him as CSV."""
    page.locator(".notes-menu > summary").click()
    look(page, "11-export")
    with page.expect_download() as coming:
        page.get_by_role("button", name="CSV").click()
    coming.value.save_as(folder / "notes.csv")
    text = (folder / "notes.csv").read_text(encoding="utf-8-sig")
    for words in ("the rope should hang behind the mast.", "Yes, on every frame I looked at.", "The mast bends here."):
        assert words in text
    page.keyboard.press("Escape")


def decide(page: Page, work: Work) -> None:
    """He asks for changes, takes it back, approves, and is led to the next clip each time."""
    page.get_by_text("Needs work", exact=True).click()
    page.get_by_label("Why").select_option(label="Motion or physics")
    page.get_by_label("What should change").fill("The rope lies in front of the mast.")
    look(page, "12-changes")
    page.get_by_role("button", name="Ask for changes").click()
    expect(page.locator("#messages")).to_have_text(
        re.compile(r"^\s*\S.* · take \d+: changes requested\. The ledger keeps it\.\s*$")
    )
    settled(page)
    look(page, "13-next")
    page.goto(f"/clips/{work.second.pk}/?queue=1")
    settled(page)
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#messages")).to_be_visible()
    page.goto(f"/clips/{work.second.pk}/?queue=1")
    settled(page)
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#messages")).to_contain_text(": approved. The ledger keeps it.")
    assert work.second.pk not in {clip_of(page)}
    said = Decision.objects.filter(clip=work.second).order_by("decided_at").values_list("verdict", "reason")
    assert [verdict for verdict, _ in said] == ["changes_requested", "taken_back", "approved"]
    assert said[0][1] == "The rope lies in front of the mast."


def clip_of(page: Page) -> str:
    return page.url.partition("/clips/")[2].partition("/")[0]


def find_the_notice(page: Page, work: Work) -> None:
    page.get_by_role("link", name="Notices").click()
    expect(page.get_by_role("heading", name="Notices")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("is the horizon straight now?")
    look(page, "14-notices")
    page.get_by_role("listitem").filter(has_text="is the horizon").locator("button.link").click()
    page.wait_for_url(f"**/clips/{work.second.pk}/?**")
    page.wait_for_function("() => document.querySelector('frame-player')?.presentedFrame === 12")


def go_home(page: Page) -> None:
    page.get_by_label("Your account").click()
    look(page, "15-menu")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password").first).to_be_visible()
    assert page.request.get("/queue/", max_redirects=0).status == 302


def test_a_reviewers_day(page: Page, work: Work, tmp_path: Path) -> None:
    stations: list[Callable[[], None]] = [
        lambda: come_in(page),
        lambda: see_what_waits(page, work),
        lambda: play_and_step(page),
        lambda: draw_and_write(page, work),
        lambda: answer_and_resolve(page, work),
        lambda: compare_and_shortlist(page, work),
        lambda: carry(page, work),
        lambda: export(page, tmp_path),
        lambda: decide(page, work),
        lambda: find_the_notice(page, work),
        lambda: go_home(page),
    ]
    for station in stations:
        station()
