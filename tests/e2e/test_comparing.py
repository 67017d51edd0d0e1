"""Comparing and choosing takes in a real Chromium: pictures on one frame, differences that are black, keys, a thousand cards."""

import io
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from PIL import Image, ImageStat
from playwright.sync_api import Browser, Page, expect

from generations.models import Clip, Membership, Rendition, Shot
from generations.sandbox.strip import read_strip
from reviews.actions.choosing import clear_pick, select_take, shortlist
from reviews.actions.stages import lay_default_stages
from reviews.models import Pick
from sorahub.accounts.models import User
from tests.e2e.footage import FRAMES, RATE, make_clip
from tests.e2e.hub import DESKTOP, PATIENCE_MS, Watched
from tests.generations.factories import uploaded_clip
from tests.people import Agency

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
Open = Callable[..., Page]
SEEKS = 20


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One numbered clip, the same pictures in another file, and the same pictures at 30 frames per second."""
    folder = tmp_path_factory.mktemp("takes")
    first = make_clip(folder / "first.mp4")
    return {
        "first": first,
        "twin": remuxed(first, folder / "twin.mp4", RATE),
        "faster": remuxed(first, folder / "faster.mp4", Fraction(30)),
    }


def remuxed(source: Path, target: Path, rate: Fraction) -> Path:
    """Write the same encoded pictures into another file, at this rate."""
    with av.open(str(source)) as reading, av.open(str(target), "w", options={"movflags": "+faststart"}) as writing:
        writing.metadata["title"] = target.stem
        stream = writing.add_stream_from_template(reading.streams.video[0])
        for number, packet in enumerate(each for each in reading.demux(video=0) if each.size):
            packet.stream, packet.time_base = stream, 1 / rate
            packet.pts = packet.dts = number
            packet.duration = 1
            writing.mux(packet)
    return target


@pytest.fixture(scope="module")
def static_files() -> None:
    """The style sheets and scripts that the server of the tests serves."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture
def open_page(
    static_files: None, live_server: Any, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Open]:
    """Open pages for people who have logged in; afterwards not one may have complained. Nobody serves events here."""
    monkeypatch.setattr(settings, "EVENTS_URL", "")
    opened: list[Watched] = []

    def opening(user: User, path: str, **options: Any) -> Page:
        inside = Client()
        inside.force_login(user)
        context = browser.new_context(
            base_url=live_server.url, **{"viewport": DESKTOP, "color_scheme": "dark", **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": inside.cookies[name].value, "url": live_server.url}])
        opened.append(Watched(context.new_page()))
        opened[-1].page.goto(path)
        return opened[-1].page

    yield opening
    for visit in opened:
        visit.page.context.close()
    assert [complaint for visit in opened for complaint in visit.complaints] == []


def ingest(agency: Agency, footage: dict[str, Path], *names: str) -> list[Clip]:
    """Let alice upload these files as takes of the shot, through the real pipeline."""
    return [uploaded_clip(agency.alice, agency.aurora, footage[name], shot=agency.shot) for name in names]


def address(*clips: Clip) -> str:
    return "/compare/?" + "&".join(f"clip={clip.pk}" for clip in clips)


def in_sync(page: Page) -> Page:
    expect(page.locator("take-compare")).to_have_js_property("inSync", value=True)
    expect(page.locator("[data-part=state]")).to_have_text("In sync")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page


def pictures(page: Page) -> list[Image.Image]:
    """What is seen in each pane, cut from one screenshot."""
    boxes = page.eval_on_selector_all(
        ".pane__picture",
        "all => all.map(one => { const b = one.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom] })",
    )
    screen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return [screen.crop(tuple(round(side) for side in box)) for box in boxes]


def strips(page: Page) -> list[int | None]:
    return [read_strip(picture) for picture in pictures(in_sync(page))]


def accessible(page: Page) -> None:
    """axe-core finds nothing, in the dark and in the light."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_timeout(200)  # colours have changed over
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []


def seek(page: Page, frame: int) -> bool:
    return bool(page.evaluate("n => document.querySelector('take-compare').seek(n)", frame))


def test_takes_stand_on_one_frame_after_every_seek_and_step(
    open_page: Open, agency: Agency, footage: dict[str, Path]
) -> None:
    page = open_page(agency.bob, address(*ingest(agency, footage, "first", "twin")))
    in_sync(page).locator("take-compare").focus()
    rng, seen, wanted = random.Random(4), [], []
    at = 0
    for turn in range(SEEKS):
        if turn % 2:
            key, step = rng.choice(
                [("ArrowRight", 1), ("ArrowLeft", -1), ("Shift+ArrowRight", 10), ("Shift+ArrowLeft", -10)]
            )
            page.keyboard.press(key)
            at = min(FRAMES - 1, max(0, at + step))
        else:
            at = rng.randrange(FRAMES)
            assert seek(page, at)
        seen.append(strips(page))
        wanted.append([at, at])
    assert seen == wanted
    page.keyboard.press("Home")
    for _ in range(30):
        page.keyboard.press("ArrowRight", delay=2)
    assert strips(page) == [30, 30]
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('take-compare').frame > 45")
    page.keyboard.press("Space")
    left, right = strips(page)
    assert left is not None
    assert left == right == page.evaluate("document.querySelector('take-compare').frame")
    page.get_by_role("button", name="One frame later").nth(1).click()
    assert strips(page) == [left, min(left + 1, FRAMES - 1)]


def test_other_rates_are_matched_by_time_and_the_shorter_take_waits_at_its_end(
    open_page: Open, agency: Agency, footage: dict[str, Path]
) -> None:
    page = open_page(agency.bob, address(*ingest(agency, footage, "first", "faster")))
    expect(page.get_by_text("The takes have different frame rates")).to_be_visible()
    seen = []
    wanted = []
    for frame in (0, 1, 2, 33, 80):
        assert seek(in_sync(page), frame)
        seen.append(strips(page))
        wanted.append([frame, (2 * frame * 30 * 1001 + 24000) // (2 * 24000)])
    assert seen == wanted
    page.keyboard.press("End")
    assert strips(page) == [FRAMES - 1, FRAMES - 1]
    expect(page.locator("[data-pane]").nth(1)).to_contain_text("ended")


def brightest(page: Page) -> int:
    """The brightest level in the middle of the picture, of 255."""
    picture = pictures(in_sync(page))[0].convert("L")
    middle = picture.crop((picture.width // 4, picture.height // 4, picture.width * 3 // 4, picture.height * 3 // 4))
    return int(ImageStat.Stat(middle).extrema[0][1])


def test_ways_to_look_by_key_and_what_is_chosen_there(
    open_page: Open, agency: Agency, footage: dict[str, Path]
) -> None:
    first, twin = ingest(agency, footage, "first", "twin")
    page = open_page(agency.bob, address(first, twin))
    in_sync(page).locator("take-compare").focus()
    assert seek(page, 40)
    page.keyboard.press("x")
    assert brightest(page) == 0
    page.get_by_role("slider", name="Brighter").fill("8")
    assert brightest(page) == 0
    page.get_by_role("button", name="One frame later").nth(1).click()
    assert brightest(page) > 200
    page.keyboard.press("w")
    page.get_by_role("slider", name="Wipe").fill("25")
    a, b = stacked(page)
    assert (a, b) == (40, 41)
    page.locator("take-compare").focus()
    page.keyboard.press("a")
    assert stacked(page) == (41, 40)
    box = page.locator("[data-part=pictures]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 120, steps=5)
    page.mouse.up()
    expect(page.get_by_role("slider", name="Wipe")).to_have_value("75")
    page.keyboard.press("2")
    assert read_strip(pictures(in_sync(page))[1]) == 41
    for key, words, mark in (("p", "Shortlisted", "shortlisted"), ("r", "Rejected", "rejected")):
        page.keyboard.press(key)
        expect(page.locator("[data-card]").nth(1).get_by_text(words)).to_be_visible()
        expect(page.locator("#toasts")).to_contain_text(f"take 2: {mark}")
        assert Pick.objects.get().mark == mark
    page.keyboard.press("r")
    expect(page.locator("#toasts")).to_contain_text("undecided again")
    assert not Pick.objects.exists()
    page.keyboard.press("s")
    expect(page.locator("#toasts")).to_contain_text("Take 2 is selected.")
    assert Shot.objects.get(pk=agency.shot.pk).selected_clip == twin
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("No take is selected.")
    assert Shot.objects.get(pk=agency.shot.pk).selected_clip is None


def test_what_others_choose_is_seen_where_takes_are_chosen(
    open_page: Open, agency: Agency, footage: dict[str, Path]
) -> None:
    first, twin = ingest(agency, footage, "first", "twin")
    compare, cards = open_page(agency.bob, address(first, twin)), open_page(agency.bob, grid(agency))
    shortlist(actor=agency.alice, clip=twin)
    select_take(actor=agency.alice, shot=agency.shot, clip=first)
    tell_changed = "() => document.body.dispatchEvent(new CustomEvent('changed', { bubbles: true }))"
    for page in (compare, cards):
        page.evaluate(tell_changed)
    expect(compare.locator("[data-card]").nth(1).get_by_text("Shortlisted")).to_be_visible()
    expect(compare.locator("[data-card]").nth(0).get_by_text("Selected", exact=True)).to_be_visible()
    expect(cards.locator(f"[data-clip='{twin.pk}'] [data-said]")).to_have_text("Shortlisted")
    expect(cards.locator(f"[data-clip='{first.pk}'] [data-said]")).to_have_text("Selected")
    for name, count in (("shortlisted", 1), ("undecided", 1), ("selected", 1)):
        expect(cards.locator(f"[data-count-of={name}]")).to_have_text(str(count))
    clear_pick(actor=agency.alice, clip=twin)
    cards.evaluate(tell_changed)
    expect(cards.locator(f"[data-clip='{twin.pk}'] [data-said]")).to_be_empty()
    expect(cards.get_by_role("button", name="Shortlist").first).to_have_attribute("aria-pressed", "false")


def test_three_takes_are_told_apart_from_the_one_that_is_picked(
    open_page: Open, agency: Agency, footage: dict[str, Path]
) -> None:
    clips = ingest(agency, footage, "first", "twin", "faster")
    for clip, words in zip(clips, ("a red fox runs", "a red fox walks slowly", "a grey fox walks slowly"), strict=True):
        Clip.objects.filter(pk=clip.pk).update(declared_prompt=words)
    page = open_page(agency.bob, address(*clips))
    cards = page.locator("[data-take-words]")

    def told(name: str, card: int) -> list[str]:
        return [words.partition(": ")[2].strip() for words in cards.nth(card).locator(name).all_text_contents()]

    assert [told("ins", card) for card in range(3)] == [[], ["walks slowly"], ["grey", "walks slowly"]]
    rates = page.get_by_role("row", name="Frames per second in the file")
    expect(rates.get_by_text("Not as A")).to_have_count(1)
    page.get_by_label("Compared with").select_option(index=2)
    assert [told("ins", card) for card in range(3)] == [["red", "runs"], ["red"], []]
    assert [told("del", card) for card in range(3)] == [["grey", "walks slowly"], ["grey"], []]
    expect(cards.nth(2)).to_contain_text("a grey fox walks slowly")
    expect(rates.get_by_text("Not as C")).to_have_count(2)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.set_viewport_size(DESKTOP)
    accessible(in_sync(page))


def stacked(page: Page) -> tuple[int | None, int | None]:
    """The frames seen left and right of the wipe's line, when it stands at a quarter: each strip is read from its own part."""
    shown = []
    for value in ("100", "0"):
        page.get_by_role("slider", name="Wipe").fill(value)
        shown.append(read_strip(pictures(in_sync(page))[0]))
    return shown[0], shown[1]


def seed(clip: Clip, many: int, start: int = 0) -> None:
    """Write takes that share this one's file and renditions."""
    copied = {
        field.attname: getattr(clip, field.attname) for field in Clip._meta.concrete_fields if field.attname != "id"
    }
    rows = [
        Clip(**{**copied, "sha256": f"{number:064x}", "take": 10 + number}) for number in range(start, start + many)
    ]
    Clip.objects.bulk_create(rows)
    renditions = [
        {
            field.attname: getattr(each, field.attname)
            for field in Rendition._meta.concrete_fields
            if field.attname != "id"
        }
        for each in clip.renditions.all()
    ]
    Rendition.objects.bulk_create(Rendition(**{**each, "clip_id": row.pk}) for row in rows for each in renditions)


def grid(agency: Agency) -> str:
    return f"/projects/{agency.aurora.pk}/takes/"


def test_takes_are_chosen_by_keys_in_the_grid(open_page: Open, agency: Agency, footage: dict[str, Path]) -> None:
    (clip,) = ingest(agency, footage, "first")
    seed(clip, 5)
    lay_stages(agency)
    page = open_page(agency.alice, grid(agency))
    cards = page.locator(".take-card")
    expect(cards).to_have_count(6)
    cards.first.locator(".take-card__title").focus()
    for key, count in (("p", "shortlisted"), ("r", "rejected"), ("s", "selected")):
        page.keyboard.press(key)
        expect(page.locator(f"[data-count-of={count}]")).to_have_text("1")
        page.keyboard.press("ArrowRight")
    for key in ("ArrowLeft", "c", "Home", "c"):
        page.keyboard.press(key)
    expect(page.locator("[data-count-of=undecided]")).to_have_text("4")
    expect(page.locator("[data-count-of=selected]")).to_have_text("1")
    expect(cards.nth(2).get_by_text("Selected")).to_be_visible()
    marks = [Pick.objects.filter(clip__pk=pk).values_list("mark", flat=True).first() for pk in shown(page)]
    assert marks == ["shortlisted", "rejected", None, None, None, None]
    page.wait_for_function("() => document.querySelector('.take-card video[data-shown]')?.currentTime > 0.2")
    page.keyboard.press("Space")
    expect(cards.first.locator("video[data-shown]")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelectorAll('.take-card video').length === 2")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-count-of=selected]")).to_have_text("0")
    accessible(page)
    ids = shown(page)
    page.get_by_role("button", name="Send for review (2)").click()
    page.wait_for_url(f"**/reviews/new/?clip={ids[0]}&clip={ids[2]}")
    page.go_back()
    page.get_by_role("button", name="Compare (2)").click()
    page.wait_for_url("**/compare/?**")
    accessible(in_sync(page))


def shown(page: Page) -> list[str]:
    return [str(pk) for pk in page.eval_on_selector_all(".take-card", "all => all.map(one => one.dataset.clip)")]


def lay_stages(agency: Agency) -> None:
    Membership.objects.get_or_create(project=agency.aurora, user=agency.dora)
    with transaction.atomic():
        lay_default_stages(actor=agency.alice, project=agency.aurora)


LONG_TASKS = """() => {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.longTasks.push(Math.round(one.duration));
  }).observe({ type: "longtask", buffered: true });
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""


def opening(page: Page, address: str) -> float:
    """Seconds until the first cards with their pictures are there."""
    began = time.monotonic()
    page.goto(address)
    page.locator(".take-card img").first.evaluate("one => one.complete || new Promise(done => one.onload = done)")
    return time.monotonic() - began


def test_a_thousand_takes_open_and_scroll_without_a_stutter(
    open_page: Open, agency: Agency, footage: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    (clip,) = ingest(agency, footage, "first")
    seed(clip, 200)
    page = open_page(agency.bob, "/")
    opened = {}
    for many in (201, 1_000):
        seed(clip, many - Clip.objects.count(), start=Clip.objects.count())
        opened[many] = min(opening(page, grid(agency)) for _ in range(3))
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    page.evaluate(LONG_TASKS)
    box = page.locator(".take-card").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    most_videos = 0
    began = time.monotonic()
    while page.locator(".take-card").count() < 1_000:
        assert time.monotonic() - began < 120
        page.mouse.wheel(0, 1_500)
        page.wait_for_timeout(60)
        page.mouse.move(box["x"] + 50 + int(time.monotonic() * 100) % 40, box["y"] + 50)
        most_videos = max(most_videos, page.locator(".take-card video").count())
    scrolled = time.monotonic() - began
    told = page.evaluate("() => ({ tasks: window.longTasks, shifts: window.shifts })")
    spent = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    share = min(
        1.0, spent["ThreadTime"] / spent["TaskDuration"]
    )  # of the time its tasks took, this thread had a processor
    longest = max(told["tasks"], default=0)
    page.locator(".take-card__title").last.focus()
    page.keyboard.press("r")
    expect(page.locator("[data-count-of=rejected]")).to_have_text("1")
    with capsys.disabled():
        sys.stdout.write(
            f"\n201 takes opened in {opened[201]:.2f} s, 1,000 in {opened[1_000]:.2f} s (best of 3); scrolled to the end in"
            f" {scrolled:.1f} s: longest task {longest} ms, {longest * share:.0f} ms of it with a processor (load"
            f" {os.getloadavg()[0]:.1f} on {os.cpu_count()}), main thread {spent['ThreadTime']:.1f} s in all, layout shift"
            f" {told['shifts']:.3f}, at most {most_videos} videos alive\n"
        )
    # Times are told, not judged: what else the machine does is not ours. What does not hang on it is judged.
    assert told["shifts"] < 0.1
    assert most_videos <= 2
