"""The player's modules that need no picture: timecode, typed frames, thumbnail tracks, keys, crops, rounds of a loop."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from sorahub.lib.timecode import Rate, to_timecode


@pytest.fixture(scope="module")
def modules(browser: Browser, origin: str) -> Iterator[Page]:
    """An empty page that may import the player's modules."""
    page = browser.new_page()
    page.goto(f"{origin}/empty")
    yield page
    page.close()


@pytest.mark.parametrize("rate", [Rate(30000, 1001), Rate(60000, 1001)], ids=["29.97", "59.94"])
def test_drop_frame_timecode_of_every_frame_of_ten_minutes_goes_there_and_back(modules: Page, rate: Rate) -> None:
    frames = rate.nominal * 600 - 9 * rate.dropped_per_minute + 2
    texts = modules.evaluate(
        """async ({ frames, num, den }) => {
          const { toTimecode, parseFrame } = await import("/static/sorahub/js/timecode.js");
          const drop = { num, den, drop: true }, plain = { num, den, drop: false };
          return Array.from({ length: frames }, (_, frame) => {
            const text = toTimecode(frame, drop), other = toTimecode(frame, plain);
            const back = [parseFrame(text, drop), parseFrame(text, plain), parseFrame(other, plain)];
            return back.every((each) => each === frame) ? text : `${text} gave ${back}`;
          });
        }""",
        {"frames": frames, "num": rate.num, "den": rate.den},
    )
    assert texts == [to_timecode(frame, rate, drop=True) for frame in range(frames)]


def test_what_people_type_is_understood(modules: Page) -> None:
    asked = [
        ("1", 0), ("240", 239), ("+12", 112), ("-5", 95), ("3:05", 95), ("00:01:00;00", 1800), ("00:01:00;01", 1800),
        ("00:01:00;02", 1800), ("00:10:00;00", 17982), ("1.00.00", 1800), ("abc", None), ("1:2:3:4:5", None), ("", None),
    ]  # fmt: skip
    found = modules.evaluate(
        """async (texts) => {
          const { parseFrame } = await import("/static/sorahub/js/timecode.js");
          return texts.map((text) => parseFrame(text, { num: 30000, den: 1001, drop: false }, 100));
        }""",
        [text for text, _ in asked],
    )
    assert list(zip([text for text, _ in asked], found, strict=True)) == asked


def test_a_thumbnail_track_is_read_and_rubbish_left_out(modules: Page) -> None:
    text = (
        "\ufeffWEBVTT - of a clip\r\n\r\nNOTE nothing\r\n\r\n1\r\n00:00.000 --> 00:01.500 align:start\r\na.jpg#xywh=0,10,240,135\r\n\r\n"
        "00:00:01.500 --> 01:00:02.000\r\n/b/c.jpg#xywh=pixel:240,0,240,135\r\n\r\n00:02 --> 00:03\r\nno.jpg#xywh=1,2,3,4\r\n\r\n"
        "01:00:02.000 --> 01:00:03.000\r\njust words\r\n"
    )
    cues, at = modules.evaluate(
        """async (text) => {
          const { cueAt, parseThumbnails } = await import("/static/sorahub/js/vtt.js");
          const cues = parseThumbnails(text, "http://hub/clips/1/thumbnails.vtt");
          return [cues, [0, 1.499, 1.5, 9999].map((moment) => cues.indexOf(cueAt(cues, moment)))];
        }""",
        text,
    )
    assert cues == [
        {"start": 0, "end": 1.5, "url": "http://hub/clips/1/a.jpg", "x": 0, "y": 10, "width": 240, "height": 135},
        {"start": 1.5, "end": 3602, "url": "http://hub/b/c.jpg", "x": 240, "y": 0, "width": 240, "height": 135},
    ]
    assert at == [0, 0, 1, 1]
    assert (
        modules.evaluate(
            "async () => (await import('/static/sorahub/js/vtt.js')).parseThumbnails('<!doctype html>', 'http://hub/')"
        )
        == []
    )


def test_key_presses_are_named_alike_on_all_keyboards(modules: Page) -> None:
    presses = [
        ({"key": "k"}, "k"), ({"key": "K", "shiftKey": True}, "Shift+K"), ({"key": "!", "code": "Digit1", "shiftKey": True}, "Shift+1"),
        ({"key": "1", "code": "Digit1", "shiftKey": True}, "Shift+1"), ({"key": "+", "shiftKey": True, "code": "Equal"}, "+"),
        ({"key": "?", "code": "Slash", "shiftKey": True}, "Shift+?"), ({"key": "ArrowLeft", "shiftKey": True}, "Shift+ArrowLeft"),
        ({"key": "Enter", "metaKey": True}, "Ctrl+Enter"), ({"key": "Ü", "shiftKey": True}, "Shift+Ü"), ({"key": " "}, " "),
    ]  # fmt: skip
    found = modules.evaluate(
        """async (presses) => {
          const { codeOf, keyWords } = await import("/static/sorahub/js/keymap.js");
          return [presses.map((one) => codeOf(new KeyboardEvent("keydown", one))), ["Shift+ArrowLeft", "+", " ", "Alt++", "k"].map(keyWords)];
        }""",
        [press for press, _ in presses],
    )
    assert found[0] == [code for _, code in presses]
    assert found[1] == [["Shift", "←"], ["+"], ["Space"], ["Alt", "+"], ["K"]]


def test_a_changed_key_acts_its_old_one_does_not_and_taken_ones_are_refused(modules: Page) -> None:
    found = modules.evaluate(
        """async () => {
          const { Keymap } = await import("/static/sorahub/js/keymap.js");
          localStorage.removeItem("sorahub-keys");
          const rows = [
            { action: "mute", codes: ["m"], words: "Sound" }, { action: "draw", codes: ["d", "p"], words: "Draw" },
            { action: "send", codes: ["Ctrl+Enter"], words: "Send", typing: true },
            { action: "leave", codes: ["Escape"], words: "Leave", fixed: true },
          ];
          const press = (key, more = {}) => new KeyboardEvent("keydown", { key, ...more });
          const map = new Keymap(rows);
          const tried = [press("m"), press("d"), press("Tab"), press("Shift"), press("s", { ctrlKey: true }), press("q")];
          const refusals = tried.map((one) => map.refusal(rows[0], one));
          const whileTyping = [press("q"), press("q", { ctrlKey: true })].map((one) => map.refusal(rows[2], one));
          map.change(rows[0], "q");
          map.change(rows[1], null);
          const again = new Keymap(rows);
          const acts = ["q", "m", "d", "Escape"].map((key) => again.find(press(key))?.action ?? null);
          const kept = localStorage.getItem("sorahub-keys");
          again.reset(rows[0]);
          const one = ["q", "m", "d"].map((key) => again.find(press(key))?.action ?? null);
          again.reset();
          const all = ["m", "d", "p"].map((key) => again.find(press(key))?.action ?? null);
          return { refusals, whileTyping, acts, kept: JSON.parse(kept), one, all, words: [map.words("mute"), again.words("send")] };
        }"""
    )
    assert found["refusals"] == [
        None, "D already does “Draw”. Choose another key, or change that one first.",
        "Tab is needed to move about the page.", "", "Keys with Ctrl belong to the browser.", None,
    ]  # fmt: skip
    assert found["whileTyping"] == ["This works while you write, so it needs Ctrl or Alt.", None]
    assert found["acts"] == ["mute", None, None, "leave"]
    assert found["kept"] == {"mute": ["q"], "draw": []}
    assert (found["one"], found["all"]) == ([None, "mute", None], ["mute", "draw", "draw"])
    assert found["words"] == ["Q", "Ctrl + Enter"]


def test_crops_lie_in_the_middle_and_loops_go_round_backwards(modules: Page) -> None:
    crops, rounds = modules.evaluate(
        """async () => {
          const { cropOf } = await import("/static/sorahub/js/guides.js");
          const { Playhead } = await import("/static/sorahub/js/playhead.js");
          const { clamp } = Playhead.prototype;
          const head = { range: [10, 19], loop: true, last: 99, get bounds() { return this.range; }, clamp };
          const back = (from, gone) => Playhead.prototype.backFrom.call(head, from, gone);
          const crops = ["9:16", "4:5", "1:1"].map((name) => cropOf(name, 1280, 720));
          return [crops, [back(15, 0), back(15, 5), back(15, 6), back(15, 26), back(5, 9)]];
        }"""
    )
    assert crops == [
        {"x": 437.5, "y": 0, "width": 405, "height": 720},
        {"x": 352, "y": 0, "width": 576, "height": 720},
        {"x": 280, "y": 0, "width": 720, "height": 720},
    ]
    assert rounds == [15, 10, 19, 19, 0]
