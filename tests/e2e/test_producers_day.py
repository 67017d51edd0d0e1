"""A producer's day in a real Chromium, on the running hub: a template, 24 generations over three models, two judges who are not told
which is which, a selected take, the story played and taken away as a video and as a timeline.

With SORAHUB_SCREENSHOTS=folder each station is kept as pictures (see tests/e2e/stations.py).
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import opentimelineio as otio
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hub import Hub, Watched, submit
from tests.e2e.stations import look

pytestmark = pytest.mark.long
Enter = Callable[..., Watched]
RENDERED_MS = 400_000
SHOTS = {"DAY-010": "dawn", "DAY-020": "dusk"}
CELLS, RANKED, PAIRS = 24, 4, 6
FRAMES = 96
"""Two shots of two seconds at 24 frames a second."""


def add_shots(page: Page, project: str) -> None:
    """1. Two shots, two seconds each."""
    for code in SHOTS:
        page.goto(f"/projects/{project}/shots/new/")
        page.locator("[name=code]").fill(code)
        page.locator("[name=title]").fill(f"The harbour at {SHOTS[code]}")
        page.locator("[name=intended_frames]").fill(str(FRAMES // 2))
        submit(page)
        page.wait_for_url(re.compile(r"/shots/[0-9a-f-]{36}/$"))


def write_template(page: Page, project: str) -> None:
    """2. A template with a variable; started for each shot with its own value."""
    page.goto(f"/projects/{project}/")
    page.get_by_role("navigation").get_by_role("link", name="Kept words").click()
    page.get_by_role("link", name="Template").first.click()
    page.locator("[name=name]").fill("harbour-day")
    page.locator("[name=text]").fill("A harbour at {{time}}, a slow dolly past the moored boats, gulls above.")
    look(page, "01-template")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", name="Start prompts with it")).to_be_visible()
    kept = page.url
    for code, time in SHOTS.items():
        page.goto(kept)
        page.locator(f"a[href$='/start/{project}/']").click()
        page.get_by_label("time", exact=False).first.fill(time)
        page.get_by_role("checkbox", name=code).check()
        look(page, "02-start")
        page.get_by_role("button", name="Write the prompts").click()
        expect(page.locator("#messages")).to_be_visible()


def launch_batch(page: Page, project: str) -> str:
    """3. Two prompts, three models, four takes of each: 24 generations, seen with their price before they are launched."""
    page.goto(f"/projects/{project}/batches/new/")
    page.get_by_label("Name").fill("The day, three models")
    for words in (
        "DAY-010",
        "DAY-020",
        "Kling 3.0 (embedded service), from words",
        "Seedance 2.0 (embedded service), from words",
    ):
        with page.expect_response("**/batches/preview/"):
            page.get_by_role("checkbox", name=words).check()
    ticked = page.locator("[name=models]:checked")
    if ticked.count() < 3:
        with page.expect_response("**/batches/preview/"):
            page.get_by_role("checkbox", name="Sora 2 (embedded service), from words").check()
    with page.expect_response("**/batches/preview/"):
        page.get_by_label("How many").fill("4")
    expect(page.locator("#outlook")).to_contain_text(f"{CELLS} generations")
    expect(page.locator("#outlook")).to_contain_text("USD")
    look(page, "03-batch-before", whole=True)
    page.get_by_role("button", name=f"Launch {CELLS}").click()
    page.wait_for_url(re.compile(r"/batches/[0-9a-f-]{36}/$"))
    expect(page.locator(".batch-cell")).to_have_count(CELLS)
    look(page, "04-batch-under-way")
    expect(page.locator(".batch-cell__pick input")).to_have_count(CELLS, timeout=RENDERED_MS)
    look(page, "05-batch-done", whole=True)
    return page.url


def open_ranking(page: Page, project: str) -> str:
    """4. Four takes of the first shot before two judges."""
    page.goto(f"/projects/{project}/takes/")
    boxes = page.locator(".take-card:has-text('DAY-010') .take-card__tick input")
    for number in range(RANKED):
        boxes.nth(number).check()
    page.get_by_role("button", name="Rank blind").click()
    page.get_by_label("Question").fill("Which sells the harbour better?")
    for judge in ("Alice", "Bob"):
        page.get_by_label(judge).check()
    look(page, "06-ranking")
    page.get_by_role("button", name="Open the ranking").click()
    page.wait_for_url(re.compile(r"/rankings/[0-9a-f-]{36}/$"))
    return page.url


def judge(page: Page, ranking: str, *, key: str, station: str = "") -> None:
    """5. All pairs by key, not knowing which is which."""
    page.goto(f"{ranking}judge/")
    for number in range(PAIRS):
        expect(page.locator("[data-part=count]")).to_have_text(f"{number} of {PAIRS}")
        expect(page.locator("take-ranking")).to_have_js_property("ready", value=True)
        if number == 0 and station:
            look(page, station)
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Thank you: all pairs are answered")).to_be_visible()


def choose_the_winner(page: Page, ranking: str) -> None:
    """6. Closed, scored by a worker, and its winner selected with one key."""
    page.goto(ranking)
    page.get_by_role("button", name="Close and show results").click()
    page.get_by_role("dialog").get_by_role("button", name="Close it").click()
    expect(page.get_by_role("heading", name="The takes", exact=True)).to_be_visible(timeout=60_000)
    look(page, "08-results", whole=True)
    page.keyboard.press("w")
    expect(page.get_by_text(re.compile(r"Take \d+ is selected\."))).to_be_visible()


def select_the_other(page: Page, project: str) -> None:
    """7. The second shot's take is selected on the board."""
    page.goto(f"/projects/{project}/board/")
    expect(page.locator(".board-card")).to_have_count(len(SHOTS))
    look(page, "09-board")


def take_the_story(page: Page, project: str, folder: Path) -> None:
    """8. The story plays, and leaves as a timeline that opens and as a video with as many frames."""
    page.goto(f"/projects/{project}/animatic/?newest=yes")
    page.wait_for_function("() => document.querySelector('animatic-player')?.settled")
    look(page, "10-animatic", whole=True)
    with page.expect_download() as found:
        page.get_by_role("button", name="Download the timeline").click()
    found.value.save_as(folder / "story.otio")
    timeline = otio.adapters.read_from_file(str(folder / "story.otio"))
    [pictures] = timeline.video_tracks()
    clips = list(pictures.find_clips())
    assert [clip.name[:7] for clip in clips] == list(SHOTS)
    assert timeline.duration().to_frames() == FRAMES
    for clip in clips:
        assert clip.source_range.duration.rescaled_to(24).to_frames() == FRAMES // 2
        assert re.search(r"[0-9a-f]{64}", str(clip.media_reference.metadata))
    page.get_by_role("button", name="Make the video").click()
    link = page.get_by_role("link", name=re.compile("Download the video|Download"), exact=False).last
    expect(link).to_be_visible(timeout=120_000)
    look(page, "11-animatic-made")
    with page.expect_download() as video:
        link.click()
    video.value.save_as(folder / "story.mp4")
    film: Any = av.open(str(folder / "story.mp4"))
    with film:
        assert len(list(film.decode(video=0))) == FRAMES


def test_from_a_template_to_the_story_in_one_day(hub: Hub, enter: Enter, tmp_path: Path) -> None:
    alice, project = enter("alice").page, hub.facts["projects"]["RIDGE"]
    project = make_project(alice, hub)
    add_shots(alice, project)
    write_template(alice, project)
    launch_batch(alice, project)
    ranking = open_ranking(alice, project)
    judge(enter("bob").page, ranking, key="ArrowLeft", station="07-judge")
    judge(alice, ranking, key="ArrowDown")
    choose_the_winner(alice, ranking)
    select_the_other(alice, project)
    take_the_story(alice, project, tmp_path)


def make_project(page: Page, hub: Hub) -> str:
    """0. A project of its own, with Bob in it."""
    page.goto("/projects/new/")
    page.locator("[name=client]").select_option(index=1)
    page.locator("[name=name]").fill("One day")
    page.locator("[name=code]").fill("DAY")
    submit(page)
    page.wait_for_url(re.compile(r"/projects/[0-9a-f-]{36}/"))
    project = re.search(r"/projects/([0-9a-f-]{36})/", page.url)
    assert project is not None
    page.goto(f"/projects/{project[1]}/people/")
    page.locator("[name=email]").fill(hub.email("bob"))
    submit(page)
    return project[1]
