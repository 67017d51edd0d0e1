"""What the player can do beside playing: zoom, guides, range, sound, thumbnails, stills, keys of one's own, fingers."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from generations.sandbox.strip import read_strip
from tests.e2e.rooms import within
from tests.e2e.theatre import FRAMES, SETTLED, Theatre, value

BOXES = """() => {
  const box = (node) => { const { x, y, width, height } = node.getBoundingClientRect(); return [x, y, width, height]; };
  return [box(document.querySelector('video')), box(document.querySelector('.player__guides'))];
}"""


def painted(page: Page) -> None:
    """Let the screen turn twice, so that what was asked for has been painted."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def seek(page: Page, frame: int) -> None:
    assert page.evaluate("n => document.querySelector('frame-player').seek(n)", frame) == frame
    painted(page)


def view(page: Page) -> None:
    page.locator(".player__menu > summary").click()


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_what_lies_over_the_picture_is_zoomed_and_moved_with_it(player: Page) -> None:
    video, over = player.evaluate(BOXES)
    assert over[2] / over[3] == pytest.approx(16 / 9, abs=0.01)
    x, y = video[0] + 0.3 * video[2], video[1] + 0.4 * video[3]
    fraction = ((x - over[0]) / over[2], (y - over[1]) / over[3])
    player.mouse.move(x, y)
    player.keyboard.down("Control")
    player.mouse.wheel(0, -400)
    player.keyboard.up("Control")
    painted(player)
    _, over = player.evaluate(BOXES)
    assert value(player, "player.viewport.scale") == pytest.approx(2, abs=0.02)
    assert ((x - over[0]) / over[2], (y - over[1]) / over[3]) == pytest.approx(fraction, abs=0.002)
    before = over[0]
    player.mouse.down()
    player.mouse.move(x + 90, y, steps=6)
    player.mouse.up()
    painted(player)
    _, over = player.evaluate(BOXES)
    assert over[0] - before == pytest.approx(90, abs=1)
    assert value(player, "player.mode") == "paused"
    view(player)
    for name, sign in (("Look right", -1), ("Look left", 1)):
        before = player.evaluate(BOXES)[1][0]
        player.get_by_role("button", name=name).click()
        assert (player.evaluate(BOXES)[1][0] - before) * sign > 10
    player.get_by_role("button", name="1:1").click()
    assert player.evaluate(BOXES)[1][2] == pytest.approx(1280, abs=0.5)
    expect(player.locator("[data-part=zoom]")).to_have_text("100 %")
    player.keyboard.press("Escape")
    for key, scale in (("0", 1), ("+", 1.25), ("+", 1.5625), ("-", 1.25)):
        player.keyboard.press(key)
        assert value(player, "player.viewport.scale") == pytest.approx(scale)


def test_guides_are_drawn_where_they_belong_and_found_again(player: Page) -> None:
    view(player)
    player.get_by_label("Action, 93 %").check()
    player.get_by_label("Crop to").select_option("9:16")
    kinds = (
        "[...document.querySelectorAll('.guide')].map((node) => [node.getAttribute('class'), node.getAttribute('d')])"
    )
    drawn = value(player, kinds)
    assert ["guide guide--crop", "M437.5 0h405v720h-405Z"] in drawn
    assert [kind for kind, _ in drawn] == ["guide guide--mask", "guide guide--crop", "guide guide--action"]
    player.reload()
    player.wait_for_function(SETTLED)
    assert value(player, kinds) == drawn
    player.keyboard.press("g")
    assert value(player, kinds) == []


def test_drop_frame_is_a_switch_that_is_remembered_and_the_field_takes_both(player: Page) -> None:
    seek(player, 65)
    timecode = player.get_by_role("textbox", name="Timecode")
    expect(timecode).to_have_value("00:00:02:05")
    view(player)
    player.get_by_label("Drop-frame counting").check()
    expect(timecode).to_have_value("00:00:02;05")
    player.reload()
    player.wait_for_function(SETTLED)
    expect(timecode).to_have_value("00:00:00;00")
    for typed, frame in (("1:10", 40), ("00:00:02;00", 60), ("+3", 63), ("7", 6)):
        timecode.fill(typed)
        timecode.press("Enter")
        player.wait_for_function(SETTLED)
        assert value(player, "player.presentedFrame") == frame


def test_a_range_has_handles_for_keys_and_pointer_and_the_loop_stays_inside(player: Page) -> None:
    for key, frame in (("i", 20), ("o", 40)):
        seek(player, frame)
        player.keyboard.press(key)
    begins = player.get_by_role("slider", name="Where the range begins")
    expect(begins).to_have_attribute("aria-valuenow", "21")
    begins.focus()
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowLeft"):
        player.keyboard.press(key)
    assert value(player, "player.range") == [30, 40]
    assert value(player, "player.frame") == 30
    x, y = middle(player, "[data-part=handle-out]")
    player.mouse.move(x, y)
    player.mouse.down()
    player.mouse.move(x - 2000, y, steps=4)
    player.mouse.up()
    assert value(player, "player.range") == [30, 30]
    player.evaluate("() => document.querySelector('frame-player').setRange(36, 42)")
    player.keyboard.press("Shift+L")
    player.keyboard.press(
        "Shift+6"
    )  # a quarter of the speed: on a busy machine, too, the way back is under way within a picture
    assert value(player, "player.video.playbackRate") == 0.25
    expect(player.get_by_role("button", name="Loop")).to_have_attribute("aria-pressed", "true")
    seen = player.evaluate(
        """async () => {
          const player = document.querySelector("frame-player");
          const seen = [];
          let turns = 0;
          const turned = new Promise((done) => player.addEventListener("frame", ({ detail }) => {
            if (detail < seen.at(-1) && ++turns === 2) done();
            seen.push(detail);
          }));
          await player.play();
          await turned;
          await player.pause();
          return seen;
        }"""
    )
    assert min(seen) >= 36
    assert max(seen) <= 44  # a picture or two may still come while the leap back is under way
    player.keyboard.press("Shift+1")
    player.keyboard.press("Shift+X")
    expect(begins).to_be_hidden()


def test_volume_and_mute_are_found_again_and_the_sound_is_drawn(player: Page, origin: str) -> None:
    player.get_by_role("slider", name="Volume").fill("30")
    player.keyboard.press("m")
    player.reload()
    player.wait_for_function(SETTLED)
    assert value(player, "[player.video.muted, player.video.volume]") == [True, 0.3]
    expect(player.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    player.keyboard.press("m")
    assert value(player, "[player.video.muted, player.video.preservesPitch]") == [False, True]
    path = player.locator(".player__lane svg path")
    expect(path).to_have_count(1)
    assert str(path.get_attribute("d")).count("L") > 200
    seek(player, FRAMES - 1)
    lane, needle = (player.locator(name).bounding_box() for name in (".player__lane", ".player__needle"))
    assert lane is not None
    assert needle is not None
    assert needle["x"] == pytest.approx(lane["x"] + lane["width"] - 8, abs=1)
    player.goto(f"{origin}/silent")
    player.wait_for_function(SETTLED)
    expect(player.get_by_text("No sound")).to_be_visible()
    expect(player.get_by_role("button", name="Mute")).to_be_disabled()


def test_the_pointer_over_the_bar_sees_the_part_that_lies_there(player: Page) -> None:
    box = player.locator("[data-part=bar]").bounding_box()
    assert box is not None
    player.mouse.move(box["x"] + 8 + (box["width"] - 16) * 60 / (FRAMES - 1), box["y"] + 12)
    thumb = player.locator(".player__thumb")
    expect(thumb).to_be_visible()
    expect(player.locator(".player__preview")).to_contain_text("00:00:02:00 · 61")
    scale = 160 / 240
    assert thumb.evaluate("node => node.style.backgroundPosition") == f"{-4 * 240 * scale:g}px {-2 * 90:g}px"
    player.mouse.down()
    player.mouse.move(box["x"] + box["width"] + 50, box["y"] + 12)
    player.mouse.up()
    player.wait_for_function(SETTLED)
    assert value(player, "player.presentedFrame") == FRAMES - 1
    player.mouse.move(5, 5)
    expect(thumb).to_be_hidden()


def test_the_frame_on_the_screen_is_saved_with_what_others_draw_on_it(player: Page) -> None:
    seek(player, 41)
    with player.expect_download() as plain:
        player.keyboard.press("Shift+P")
    assert plain.value.suggested_filename == "SC010_take2_f42.png"
    with Image.open(plain.value.path()) as image:
        assert (image.format, image.size, read_strip(image.convert("RGB"))) == ("PNG", (1280, 720), 41)
    pixel = player.evaluate(
        """async () => {
          const { drawStill } = await import("/static/sorahub/js/still.js");
          const player = document.querySelector("frame-player");
          player.addEventListener("stillcompose", ({ detail }) => {
            detail.waits.push(Promise.resolve().then(() => {
              detail.context.fillStyle = "#ff0000";
              detail.context.fillRect(0, detail.height / 2, detail.width, 10);
            }));
          });
          const { canvas, frame } = await drawStill(player, { drawings: true });
          return [frame, ...canvas.getContext("2d").getImageData(640, 365, 1, 1).data];
        }"""
    )
    assert pixel == [41, 255, 0, 0, 255]


def test_shuttle_and_speeds_go_as_far_as_they_say(player: Page) -> None:
    rates = []
    for _ in range(4):
        player.keyboard.press("l")
        rates.append(value(player, "player.video.playbackRate"))
    assert rates == [1, 2, 4, 8]
    player.keyboard.press("k")
    player.wait_for_function(SETTLED)
    for key, volume in (("Shift+ArrowDown", 0.9), ("Shift+ArrowDown", 0.8), ("Shift+ArrowUp", 0.9)):
        player.keyboard.press(key)
        assert value(player, "player.video.volume") == pytest.approx(volume)
    for key, speed in (("Shift+Digit7", 0.1), ("Shift+Digit4", 4), ("Shift+Digit5", 0.5), ("Shift+Digit1", 1)):
        player.keyboard.press(key)
        assert value(player, "player.video.playbackRate") == speed
    expect(player.get_by_label("Speed", exact=True)).to_have_value("1")
    seek(player, 50)
    player.keyboard.down("k")
    for key, frame in (("l", 51), ("l", 52), ("j", 51)):
        player.keyboard.press(key)
        player.wait_for_function(SETTLED)
        assert value(player, "player.presentedFrame") == frame
    player.keyboard.up("k")


def closed(player: Page) -> None:
    """A dialog is gone and the page has drawn itself without it: a key that comes between the two goes nowhere."""
    player.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert player.evaluate("() => [document.activeElement.tagName, document.querySelectorAll('dialog').length]") == [
        "BODY",
        0,
    ]


def test_a_key_is_changed_in_the_dialog_kept_and_put_back(player: Page) -> None:
    player.keyboard.press("?")
    dialog = player.get_by_role("dialog", name="Keys")
    change = dialog.get_by_role("button", name="Change the key for: Sound on or off")
    change.click()
    player.keyboard.press("d")
    expect(dialog.get_by_role("status")).to_have_text(
        "D already does “Draw on the picture”. Choose another key, or change that one first."
    )
    player.keyboard.press("q")
    expect(dialog.get_by_role("status")).to_have_text("“Sound on or off” is now on Q.")
    expect(change).to_be_focused()
    change.click()
    player.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    player.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    closed(player)
    mute = player.get_by_role("button", name="Mute")
    expect(mute).to_have_attribute("title", "Mute (Q)")
    player.keyboard.press("q")
    expect(mute).to_have_attribute("aria-pressed", "true")
    player.keyboard.press("m")
    expect(mute).to_have_attribute("aria-pressed", "true")
    player.keyboard.press("?")
    dialog.get_by_role("button", name="Back to the usual keys").click()
    player.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    closed(player)
    player.keyboard.press("m")
    expect(mute).to_have_attribute("aria-pressed", "false")
    within(lambda: len(Theatre.kept) == 2)
    assert Theatre.kept == [{"keys": {"mute": ["q"]}}, {"keys": {}}]


def test_every_action_stands_in_the_keys_under_its_heading_and_none_has_a_key_twice(player: Page) -> None:
    acts, rows, twice = player.evaluate(
        """async () => {
          const { KEYS } = await import("/static/sorahub/js/keys.js");
          const player = document.querySelector("frame-player");
          const buttons = [...player.querySelectorAll("[data-action]")].map(({ dataset }) => dataset.action);
          const held = Object.groupBy(KEYS.flatMap((row) => row.codes.map((code) => `${row.place ?? ""} ${code}`)), (code) => code);
          return [buttons, KEYS.map(({ action }) => action), Object.keys(held).filter((code) => held[code].length > 1)];
        }"""
    )
    assert set(acts) - set(rows) == set()
    assert len(rows) == len(set(rows))
    assert twice == []
    player.keyboard.press("?")
    dialog = player.get_by_role("dialog", name="Keys")
    headings = dialog.get_by_role("heading", level=3).all_inner_texts()
    assert headings == [
        "Playing",
        "Range and notes",
        "Picture",
        "Drawing",
        "Comparing",
        "Takes",
        "Ranking",
        "Everywhere",
    ]
    expect(dialog.locator("dt")).to_have_count(len(rows))
    dialog.get_by_role("button", name="Change the key for: Undo").click()
    player.keyboard.press("d")
    expect(dialog.get_by_role("status")).to_contain_text("already does “Draw on the picture”")
    player.keyboard.press("Control+Backslash")
    expect(dialog.get_by_role("status")).to_have_text("“Undo” is now on Ctrl + \\.")


def test_markers_say_by_shape_words_and_colour_what_notes_are_about(player: Page) -> None:
    player.evaluate(
        """() => document.querySelector("frame-player").setMarkers([
          { id: "a", frame_in: 5, frame_out: 5, state: "open", label: "Bob: dark", category: "picture" },
          { id: "b", frame_in: 20, frame_out: 30, state: "resolved", label: "Ann: late", category: "motion" },
          { id: "c", frame_in: 50, frame_out: 50, state: "open", label: "Bob: loud", category: "sound" },
          { id: "d", frame_in: 50, frame_out: 50, state: "open", label: "Lena: whose?", category: "rights" },
          { id: "e", frame_in: 70, frame_out: 70, state: "open", label: "Bob: nice", category: "general" },
        ])"""
    )
    painted(player)
    markers = player.locator(".marker")
    expect(markers).to_have_count(4)
    shapes = player.eval_on_selector_all(".marker > .sign > path", "all => all.map((one) => one.getAttribute('d'))")
    assert len(set(shapes)) == 3
    colours = player.eval_on_selector_all(".marker > .sign", "all => all.map((one) => getComputedStyle(one).fill)")
    assert len(set(colours)) == 3
    expect(markers.nth(1)).to_have_accessible_name("Motion, resolved · frames 21 to 31 · Ann: late")
    expect(markers.nth(2)).to_have_text("2", use_inner_text=True)
    markers.nth(0).focus()
    player.keyboard.press("Tab")
    expect(markers.nth(1)).to_be_focused()
    expect(markers.nth(1).locator(".marker__tip")).to_have_text(
        "00:00:00:20 · Motion, resolved · frames 21 to 31 · Ann: late"
    )
    player.keyboard.press("Enter")
    player.wait_for_function(SETTLED)
    assert value(player, "player.presentedFrame") == 20
    player.evaluate("() => document.querySelector('frame-player').placeNotes()")
    painted(player)
    expect(markers.nth(1)).to_be_focused()
    view(player)
    legend = player.locator("[data-part=legend]")
    assert legend.inner_text().split("\n") == ["General", "Picture", "Motion", "Sound", "Rights", "Hollow: resolved"]
    signs = legend.locator("path").evaluate_all("all => all.slice(0, 5).map((one) => one.getAttribute('d'))")
    assert len(set(signs)) == 5


def test_a_thousand_markers_are_a_few_buttons_laid_once(player: Page) -> None:
    laid, buttons, words = player.evaluate(
        """async () => {
          const player = document.querySelector("frame-player");
          const frameOf = (n) => ({ frame_in: (n * 7) % 90, frame_out: (n * 7) % 90 });
          const notes = Array.from({ length: 1000 }, (_, n) => ({ id: `n${n}`, ...frameOf(n), state: "open", label: `Note ${n}` }));
          let laid = 0;
          const observer = new MutationObserver(() => { laid += 1; });
          observer.observe(player.parts.markers, { childList: true });
          for (let turn = 0; turn < 50; turn += 1) player.setMarkers(notes);
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          observer.disconnect();
          const buttons = [...player.querySelectorAll(".marker")];
          return [laid, buttons.length, Math.max(...buttons.map((button) => button.ariaLabel.length))];
        }"""
    )
    assert laid == 1
    assert buttons <= 1280 // 24
    assert 40 < words < 200


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_menu_the_range_and_the_keys_have_no_accessibility_violation(player: Page, scheme: Any) -> None:
    player.emulate_media(color_scheme=scheme)
    player.evaluate("() => document.querySelector('frame-player').setRange(10, 50)")
    view(player)
    player.get_by_role("button", name="Zoom in").click()
    for opened in (None, "?"):
        if opened:
            player.keyboard.press("Escape")
            player.keyboard.press(opened)
        violations = Axe().run(player).response["violations"]
        assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in violations] == []


def test_fingers_step_tap_and_scrub_finely(browser: Browser, origin: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(origin)
    page.wait_for_function(SETTLED)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for name in ("One frame back", "One frame on"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert (box["width"] >= 44, box["height"] >= 44) == (True, True)
    page.locator(".player__menu > summary").tap()
    page.wait_for_function(  # which side has room is found once it is open
        "() => { const box = document.querySelector('.player__panel').getBoundingClientRect();"
        " return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight; }"
    )
    page.locator(".player__menu > summary").tap()
    page.get_by_role("button", name="One frame on").tap()
    page.wait_for_function(SETTLED)
    assert value(page, "player.presentedFrame") == 1
    x, y = middle(page, "[data-part=bar]")
    touch = context.new_cdp_session(page)

    def finger(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": place[0], "y": place[1]} for place in places]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", (x, y))
    expect(page.locator(".player__preview[data-fine]")).to_be_visible()
    held = value(page, "player.frame")
    for step in range(1, 8):
        finger("touchMove", (x + 6 * step, y))
    finger("touchEnd")
    page.wait_for_function(SETTLED)
    assert value(page, "player.presentedFrame") == held + 7
    expect(page.locator(".player__preview")).to_be_hidden()
    x, y = middle(page, "video")
    finger("touchStart", (x - 40, y), (x + 40, y))
    finger("touchMove", (x - 80, y), (x + 80, y))
    finger("touchEnd")
    assert value(page, "player.viewport.scale") == pytest.approx(2, abs=0.1)
    assert value(page, "player.mode") == "paused"
    page.touchscreen.tap(x, y)
    page.wait_for_function("() => document.querySelector('frame-player').mode === 'playing'")
    context.close()
