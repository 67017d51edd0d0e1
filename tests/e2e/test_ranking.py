"""Two judges rank six takes by key in a real Chromium, without being told a name; the winner is selected with one key."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from generations.models import Clip, Shot
from reviews.models import Ranking, RankingEntry, RankingVote
from sorahub.accounts.models import User
from tests.e2e.footage import make_clip
from tests.e2e.hub import DESKTOP, PATIENCE_MS, Watched
from tests.e2e.rooms import collect_static, session_of
from tests.generations.factories import uploaded_clip
from tests.people import Agency
from tests.reviews import ranking as some

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
Open = Callable[..., Page]
TAKES = 6
PAIRS = 15
PHONE = {"width": 390, "height": 844}
PICTURES = os.environ.get("SORAHUB_PICTURES", "")
"""A folder for pictures of the pages, for whoever wants to look at them."""


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six clips, each of its own length, so that their bytes differ."""
    folder = tmp_path_factory.mktemp("takes")
    return [make_clip(folder / f"kling-{number}.mp4", frames=24 + 4 * number) for number in range(TAKES)]


@pytest.fixture
def open_page(live_server: Any, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open pages for people who have logged in; afterwards not one may have complained. Nobody serves events here."""
    collect_static()
    monkeypatch.setattr(settings, "EVENTS_URL", "")
    opened: list[Watched] = []

    def opening(user: User, path: str, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url, **{"viewport": DESKTOP, "color_scheme": "dark", **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": live_server.url}])
        opened.append(Watched(context.new_page()))
        opened[-1].page.goto(path)
        return opened[-1].page

    yield opening
    for visit in opened:
        visit.page.context.close()
    assert [complaint for visit in opened for complaint in visit.complaints] == []


def picture(page: Page, name: str) -> None:
    """Keep pictures of the page in both themes, wide and as on a telephone."""
    if not PICTURES:
        return
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for theme in ("dark", "light"):
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(200)
            page.screenshot(path=f"{PICTURES}/{name}-{size['width']}-{theme}.png", full_page=True)
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="dark")


def sound(page: Page) -> None:
    """No rule of WCAG that can be tested is broken."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def shown(page: Page, number: int) -> dict[str, int]:
    """Wait until so many are answered and both pictures stand or run; tell which take is on which side."""
    expect(page.locator("[data-part=count]")).to_have_text(f"{number} of {PAIRS}")
    expect(page.locator("take-ranking")).to_have_js_property("ready", value=True)
    sides = page.evaluate("document.querySelector('take-ranking').stands.pair.sides")
    ids = {side: str(one["src"]).split("/")[-2] for side, one in sides.items()}
    takes = dict(RankingEntry.objects.filter(pk__in=ids.values()).values_list("pk", "clip__take"))
    return {side: {str(pk): take for pk, take in takes.items()}[entry] for side, entry in ids.items()}


def better(takes: dict[str, int]) -> str:
    """The key for the earlier take."""
    return "ArrowLeft" if takes["left"] < takes["right"] else "ArrowRight"


def test_two_judges_rank_six_takes_by_key_and_the_winner_is_selected(
    agency: Agency, footage: list[Path], open_page: Open
) -> None:
    clips = [uploaded_clip(agency.alice, agency.aurora, path, shot=agency.shot) for path in footage]
    page = open_page(agency.alice, f"/projects/{agency.aurora.pk}/takes/")
    for box in page.locator(".take-card__tick input").all():
        box.check()
    page.get_by_role("button", name="Rank blind").click()
    page.get_by_label("Question").fill("Which sells the product better?")
    for judge in ("Alice", "Bob"):
        page.get_by_label(judge).check()
    picture(page, "new")
    page.get_by_role("button", name="Open the ranking").click()
    expect(page.get_by_role("heading", name="Which sells the product better?")).to_be_visible()
    ranking = Ranking.objects.get()
    picture(page, "open")
    sound(page)

    _judge(open_page(agency.bob, "/"), agency, clips)
    _judge_differently(open_page(agency.alice, f"/rankings/{ranking.pk}/judge/"))
    assert RankingVote.objects.exclude(choice="withdrawn").count() == 2 * PAIRS + 2  # one undone, one skipped

    page.get_by_role("button", name="Close and show results").click()
    page.get_by_role("dialog").get_by_role("button", name="Close it").click()
    expect(page.get_by_text("Being computed", exact=True)).to_be_visible()
    picture(page, "computing")
    assert some.compute(ranking) == "succeeded"
    expect(page.get_by_role("heading", name="The takes", exact=True)).to_be_visible()
    first = page.locator(".ranking-take").first
    expect(first).to_contain_text("take 1")
    sound(page)
    picture(page, "results")
    page.keyboard.press("w")
    expect(page.get_by_text("Take 1 is selected.")).to_be_visible()
    assert Shot.objects.get(pk=agency.shot.pk).selected_clip == clips[0]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("No take is selected.")).to_be_visible()
    assert Shot.objects.get(pk=agency.shot.pk).selected_clip is None
    page.keyboard.press("w")
    expect(first.locator("[data-badge=selected]")).to_be_visible()
    assert Shot.objects.get(pk=agency.shot.pk).selected_clip == clips[0]


def _judge(page: Page, agency: Agency, clips: list[Clip]) -> None:
    """Bob, from his home, by keys alone: he leaves and comes back, undoes one, and is never told a name."""
    page.get_by_role("link", name="Judge: Which sells the product better?").click()
    page.wait_for_url("**/judge/")
    shown(page, 0)
    sound(page)
    picture(page, "judge")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for number in range(PAIRS):
        if number == 7:
            page.goto("/")
            page.get_by_role("link", name="Judge: Which sells the product better?").click()
        takes = shown(page, number)
        if number == 4:
            page.keyboard.press("u")
            takes = shown(page, 3)
            page.keyboard.press(better(takes))
            takes = shown(page, 4)
        page.keyboard.press(better(takes))
    expect(page.get_by_role("heading", name="Thank you: all pairs are answered")).to_be_visible()
    picture(page, "done")
    told = page.content() + " ".join(asked)
    words = {word for clip in clips for word in (str(clip.pk), clip.sha256, clip.original_name, "kling", "take 1")}
    assert [word for word in words if word in told and word != str(agency.shot.pk)] == []


def _judge_differently(page: Page) -> None:
    """Alice by buttons and keys: a tie, a pair skipped and taken up again, plays from the start, on a telephone at the end."""
    for number in range(PAIRS):
        takes = shown(page, number)
        if number == 0:
            page.keyboard.press("Space")
            expect(page.locator("take-ranking[data-playing]")).to_have_count(0)
            page.keyboard.press("r")
            expect(page.locator("take-ranking[data-playing]")).to_have_count(1)
            page.keyboard.press("ArrowDown")
        elif number == 1:
            page.keyboard.press("s")
        elif number == 2:
            name = "Left is better" if takes["left"] < takes["right"] else "Right is better"
            page.get_by_role("button", name=name).click()
        elif {takes["left"], takes["right"]} == {5, 6}:  # of the last two: the first stays first, wherever the tie fell
            page.keyboard.press("ArrowLeft" if takes["left"] > takes["right"] else "ArrowRight")
        else:
            page.keyboard.press(better(takes))
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.get_by_role("button", name="Look at the 1 skipped again").click()
    takes = shown(page, PAIRS - 1)
    name = "Upper is better" if takes["left"] < takes["right"] else "Lower is better"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_role("heading", name="Thank you: all pairs are answered")).to_be_visible()
