"""The shot board and the animatic in a real Chromium: dragged, moved by key, undone; every frame of the story where the rule puts it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from generations.actions.shot_order import move_shot
from generations.actions.shots import select_take, trim_shot
from generations.models import Shot
from reviews.rules.cutting import Used, source_frame
from sorahub.accounts.models import User
from sorahub.lib.timecode import Rate
from tests.bench.watching import READ
from tests.e2e.footage import make_clip
from tests.e2e.hub import DESKTOP, PATIENCE_MS, PHONE, Watched
from tests.e2e.rooms import collect_static, session_of
from tests.e2e.soundness import every_fault
from tests.generations.factories import uploaded_clip
from tests.people import Agency

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
Open = Callable[..., Page]
CODES = ["SC010-SH010", "SC010-SH020", "SC010-SH030", "SC020-SH010", "SC020-SH020"]
FILM, PAL = Rate(24), Rate(25)
SHOTS = Path(os.environ["SORAHUB_SCREENSHOTS"]) if os.environ.get("SORAHUB_SCREENSHOTS") else None
STRIP = "() => { const v = document.querySelector('animatic-player video[data-shown]'); return v ? window.readStrip(v) : null; }"
SETTLED = "() => document.querySelector('animatic-player')?.settled"


@pytest.fixture
def story(agency: Agency, tmp_path: Path) -> list[Shot]:
    """Five shots: a trimmed take, a take of another rate that is held, a card, an unselected take, a card."""
    more = [
        Shot(project=agency.aurora, code=code, position=n, created_by=agency.alice) for n, code in enumerate(CODES) if n
    ]
    shots = [agency.shot, *Shot.objects.bulk_create(more)]
    first = uploaded_clip(agency.alice, agency.aurora, make_clip(tmp_path / "a.mp4", 48, FILM.fraction), shot=shots[0])
    second = uploaded_clip(agency.alice, agency.aurora, make_clip(tmp_path / "b.mp4", 50, PAL.fraction), shot=shots[1])
    uploaded_clip(agency.alice, agency.aurora, make_clip(tmp_path / "c.mp4", 30, FILM.fraction), shot=shots[3])
    select_take(actor=agency.alice, shot=shots[0], clip=first)
    select_take(actor=agency.alice, shot=shots[1], clip=second)
    trim_shot(actor=agency.alice, shot=shots[0], source_in=6, source_out=40)
    for shot, length in ((shots[0], 24), (shots[1], 60), (shots[2], 18), (shots[3], 20), (shots[4], 16)):
        Shot.objects.filter(pk=shot.pk).update(intended_frames=length)
    return shots


@pytest.fixture
def open_page(live_server: Any, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open pages for people who have logged in; afterwards not one may have complained. Nobody serves events here."""
    collect_static()
    monkeypatch.setattr(settings, "EVENTS_URL", "")
    opened: list[Watched] = []

    def opening(user: User, path: str, **options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": live_server.url, "viewport": DESKTOP, "color_scheme": "dark", **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": live_server.url}])
        opened.append(Watched(context.new_page()))
        opened[-1].page.goto(path)
        return opened[-1].page

    yield opening
    for each in opened:
        each.page.context.close()
    assert [words for each in opened for words in each.complaints if "status of 409" not in words] == []


def codes(page: Page) -> list[str]:
    """The board as it is seen."""
    seen: list[str] = page.locator(".board-card").evaluate_all("cards => cards.map(card => card.dataset.code)")
    return seen


def stored(agency: Agency) -> list[str]:
    """The board as it is kept."""
    return list(Shot.objects.filter(project=agency.aurora).on_the_board().values_list("code", flat=True))


SHOWN = """wanted => {
  const board = document.querySelector('shot-board');
  const order = [...board.querySelectorAll('.board-card')].map(card => card.dataset.code).join();
  return !board.busy && order === wanted && board.querySelector('[name=version]')?.value === board.dataset.version;
}"""


def settles(page: Page, agency: Agency, order: list[str]) -> None:
    """Wait until the board is seen and kept so, and was shown anew by the hub."""
    page.wait_for_function(SHOWN, arg=",".join(order))
    assert stored(agency) == order


def drag(page: Page, code: str, onto: str, *, behind: bool) -> None:
    """Drag a shot by its handle to another's place."""
    page.locator(f".board-card[data-code={code}] [data-handle]").scroll_into_view_if_needed()
    handle = page.locator(f".board-card[data-code={code}] [data-handle]").bounding_box()
    target = page.locator(f".board-card[data-code={onto}] .board-card__picture").bounding_box()
    assert handle is not None
    assert target is not None
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(
        target["x"] + target["width"] * (0.85 if behind else 0.15), target["y"] + target["height"] * 0.6, steps=12
    )
    page.mouse.up()


def photograph(page: Page, name: str) -> None:
    """Keep pictures of the page where SORAHUB_SCREENSHOTS says."""
    if SHOTS is None:
        return
    for width, size in (("1440", DESKTOP), ("390", PHONE)):
        page.set_viewport_size(size)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(300)
            page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="dark")


def test_shots_are_dragged_moved_by_key_and_undone(agency: Agency, story: list[Shot], open_page: Open) -> None:
    page = open_page(agency.alice, f"/projects/{agency.aurora.pk}/board/")
    settles(page, agency, CODES)
    photograph(page, "board")
    a, b, c, d, e = CODES
    drag(page, a, c, behind=True)
    settles(page, agency, [b, c, a, d, e])
    page.get_by_role("button", name="Undo").click()
    settles(page, agency, CODES)
    handle = page.locator(f".board-card[data-code={e}] [data-handle]")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    settles(page, agency, [a, b, c, e, d])
    expect(page.locator(f".board-card[data-code={e}] [data-handle]")).to_be_focused()
    page.keyboard.press("Home")
    settles(page, agency, [e, a, b, c, d])
    # Somebody else moves meanwhile: told, and nothing of theirs is lost. What would show it before the drop is held back.
    page.route("**/board/live/", lambda route: route.fulfill(status=204))
    move_shot(actor=agency.alice, shot=story[3], to=0)
    drag(page, b, a, behind=False)
    expect(page.locator("#toasts")).to_contain_text("Your move was not made")
    assert codes(page) == [e, a, b, c, d]  # the card lies where it was
    page.unroute("**/board/live/")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('changed', { bubbles: true }))")
    settles(page, agency, [d, e, a, b, c])
    page.locator(f".board-card[data-code={d}] summary").click()
    page.get_by_role("spinbutton", name="Place").fill("4")
    page.get_by_role("button", name="Move", exact=True).click()
    settles(page, agency, [e, a, b, d, c])
    phone = open_page(agency.alice, f"/projects/{agency.aurora.pk}/board/", viewport=PHONE, has_touch=True)
    phone.locator(f".board-card[data-code={a}] summary").tap()
    phone.get_by_role("button", name="Earlier").tap()
    settles(phone, agency, [a, e, b, d, c])
    assert every_fault(open_page(agency.alice, f"/projects/{agency.aurora.pk}/board/")) == []


def test_without_javascript_a_shot_is_moved_by_its_form(agency: Agency, story: list[Shot], open_page: Open) -> None:
    page = open_page(agency.alice, f"/projects/{agency.aurora.pk}/board/", java_script_enabled=False)
    card = page.locator(f".board-card:has-text('{CODES[0]}')")
    card.locator("summary").click()
    card.get_by_role("spinbutton", name="Place").fill("2")
    card.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Moved SC010-SH010 to place 2.")).to_be_visible()
    assert stored(agency)[:2] == [CODES[1], CODES[0]]


def test_the_story_plays_frame_by_frame_and_from_end_to_end(agency: Agency, story: list[Shot], open_page: Open) -> None:
    page = open_page(agency.alice, f"/projects/{agency.aurora.pk}/animatic/")
    page.evaluate(READ)
    page.wait_for_function(SETTLED)
    expected = [source_frame(k, Used(6, 35, FILM), FILM) for k in range(24)]
    expected += [source_frame(k, Used(0, 50, PAL), FILM) for k in range(60)]
    asked = [0, 1, 11, 22, 23, 24, 25, 35, 36, 37, 71, 72, 83, 23, 24, 0]
    for frame in asked:
        page.evaluate("n => document.querySelector('animatic-player').show(n)", frame)
        page.wait_for_function(SETTLED)
        assert (frame, page.evaluate(STRIP)) == (frame, expected[frame])
    photograph(page, "animatic")
    page.locator("animatic-player").focus()
    page.keyboard.press(".")
    page.wait_for_function(SETTLED)
    expect(page.locator("[data-part=timecode]")).to_have_text("00:00:01:00")
    page.keyboard.press(".")
    page.wait_for_function(SETTLED)
    expect(page.locator("[data-part=card-code]")).to_have_text("SC010-SH030")
    page.keyboard.press(",")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('animatic-player').presented === 25")
    assert page.evaluate(STRIP) == expected[25]
    page.keyboard.press("Home")
    page.wait_for_function("() => document.querySelector('animatic-player').presented === 0")
    page.evaluate(
        """() => {
          const player = document.querySelector('animatic-player');
          window.passed = [];
          player.addEventListener('shot', ({ detail }) => window.passed.push(detail.frame));
        }"""
    )
    page.keyboard.press("k")
    page.keyboard.press(" ")
    page.wait_for_function("() => document.querySelector('animatic-player').playing", timeout=PATIENCE_MS)
    page.wait_for_function("() => !document.querySelector('animatic-player').playing", timeout=60_000)
    assert page.evaluate("window.passed") == [24, 84, 102, 122]
    assert page.evaluate("document.querySelector('animatic-player').target") == 137
    expect(page.locator("[data-part=card-code]")).to_have_text("SC020-SH020")
    # The rule of the page is the rule of the hub.
    of_script = page.evaluate(
        """async () => {
          const { sourceFrame } = await import('/static/sorahub/js/cutting.js');
          const piece = { first: 3, count: 700, num: 24000, den: 1001 };
          return Array.from({ length: 900 }, (_, k) => sourceFrame(k, piece, { num: 30, den: 1 }));
        }"""
    )
    assert of_script == [source_frame(k, Used(3, 700, Rate(24000, 1001)), Rate(30)) for k in range(900)]
    assert every_fault(open_page(agency.alice, f"/projects/{agency.aurora.pk}/animatic/")) == []


def test_the_latest_wish_of_the_animatic_wins_and_a_slow_picture_is_told(
    agency: Agency, story: list[Shot], open_page: Open
) -> None:
    page = open_page(agency.alice, f"/projects/{agency.aurora.pk}/animatic/")
    page.evaluate(READ)
    page.wait_for_function(SETTLED)
    told = page.evaluate(
        """async () => {
          const player = document.querySelector('animatic-player');
          const [slot] = player.slots;
          const left = slot.seek(0.8, 0.02, () => {});
          const shown = slot.seek(0.4, 0.02, () => {});
          const soon = new Promise((done) => { setTimeout(done, 2000, 'still waits'); });
          return [await Promise.race([left, soon]), await Promise.race([shown, soon])];
        }"""
    )
    assert told == [False, True]
    held = source_frame(59, Used(0, 50, PAL), FILM)
    page.evaluate("() => document.querySelector('animatic-player').show(83)")
    page.wait_for_function(SETTLED)
    assert page.evaluate(STRIP) == held
    page.evaluate(
        """async () => {
          const player = document.querySelector('animatic-player');
          const late = [];
          for (const slot of player.slots) {
            const ready = slot.ready.bind(slot);
            slot.ready = () => new Promise((done) => { late.push(() => { done(ready()); }); });
          }
          player.prepare = () => {};
          player.play();  // its shot is held here, and what loads for it is late
          for (const slot of player.slots) delete slot.ready;
          await player.show(5);
          for (const answer of late) answer();
          await new Promise((done) => { setTimeout(done, 500); });
        }"""
    )
    assert page.evaluate(STRIP) == source_frame(5, Used(6, 35, FILM), FILM)
    page.evaluate(
        """() => {
          const player = document.querySelector('animatic-player');
          for (const slot of player.slots) slot.shows = () => false;
          player.show(9);
        }"""
    )
    expect(page.get_by_text("The picture is taking long. The network may be slow.")).to_be_visible()
