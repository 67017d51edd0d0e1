"""The frame-exact player and the review room in a real Chromium, apart from the rest of the product.

A small server of this test serves the rendered room, a numbered clip (by byte ranges) and the annotation API, under
the product's own Content-Security-Policy. What the browser shows is read back from the screen through the clip's strip.
"""

import io
import json
import random
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.template import engines
from PIL import Image
from playwright.sync_api import Page, expect

from generations.sandbox.strip import read_strip
from tests.e2e.footage import FRAMES, RATE, make_clip

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PAGE = """{% load static django_htmx %}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Room</title><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf-token" content="token"><link rel="icon" href="{% static 'sorahub/favicon.svg' %}">
<meta name="htmx-config" content='{"includeIndicatorStyles": false, "allowEval": false}'>
<script src="{% static 'sorahub/js/theme.js' %}"></script>
{% for sheet in sheets %}<link rel="stylesheet" href="/static/sorahub/css/{{ sheet }}.css">{% endfor %}
{% htmx_script %}<script type="module" src="{% static 'sorahub/js/site.js' %}"></script></head>
<body class="page-room"><main id="main"><h1 class="visually-hidden">Harbour</h1>{% include "components/review_room.html" %}</main>
<div class="toasts" id="toasts" role="status"></div>
<script type="module" src="{% static 'sorahub/js/review.js' %}"></script></body></html>"""
NOTE = {
    "id": "0190a000-0000-7000-8000-000000000001", "frame_in": 30, "frame_out": 40, "timecode": "00:00:01:06",
    "author": "Carol Guest", "initials": "CG", "body": "The sign is misspelt.", "created": None, "state": "open", "can_reply": True,
    "resolve_url": "/resolve", "replies": [],
    "shapes": [{"id": "s1", "kind": "box", "schema": 1, "points": [[0.2, 0.3], [0.6, 0.7]], "stroke": 0.01, "colour": "#ffd23f"}],
}  # fmt: skip


def render(template: str, **context: object) -> str:
    """Render through the project's engine, templates of the product included."""
    return engines["django"].from_string(template).render(context)


def room_page() -> bytes:
    """The page of the room with one note of Carol's."""
    return render(
        PAGE,
        sheets=["tokens", "base", "layout", "components", "forms", "player", "review"],
        clip_id="clip-1", src="/clip.mp4", rate_num=RATE.numerator, rate_den=RATE.denominator, frame_count=FRAMES,
        title="Harbour", notes=[NOTE], annotations_url="/annotations", threads_url="", can_annotate=True, csrf_token="token",
        categories=[("picture", "Picture"), ("sound", "Sound")], visibilities=[("everyone", "Everybody"), ("internal", "Our team")],
    ).encode()  # fmt: skip


class Room(BaseHTTPRequestHandler):
    """Serves page, static files, the clip by ranges, and takes notes; class attributes are the test's view of it."""

    protocol_version = "HTTP/1.1"
    clip: bytes
    posted: list[dict[str, Any]]
    down: bool

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def answer(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        names = {"Content-Type": kind, "Content-Length": str(len(body)), "Content-Security-Policy": POLICY}
        for name, value in {**names, **{key.replace("_", "-"): value for key, value in headers.items()}}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/clip.mp4":
            self.send_range()
        elif path.startswith("/static/"):
            found = Path(str(finders.find(path.removeprefix("/static/"))))
            self.answer(200, TYPES[found.suffix], found.read_bytes())
        else:
            self.answer(200, "text/html; charset=utf-8", room_page())

    def send_range(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "bytes=0-"))
        assert asked is not None
        start, end = int(asked[1]), int(asked[2] or len(self.clip) - 1)
        span = f"bytes {start}-{end}/{len(self.clip)}"
        self.answer(206, "video/mp4", self.clip[start : end + 1], Content_Range=span, Accept_Ranges="bytes")

    def do_POST(self) -> None:
        value = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.down:
            self.answer(503, "application/json", b'{"detail": "The hub is being restarted."}')
            return
        resolving = self.path == "/resolve"
        if not resolving:
            self.posted.append(value)
        state = "resolved" if resolving and value["resolved"] else "open"
        note = {**NOTE, "state": state} if resolving else {**NOTE, **value, "author": "Bob Reviewer", "state": "open"}
        html = render('{% include "components/note.html" %}', note=note)
        self.answer(
            200 if resolving else 201, "application/json", json.dumps({"id": note["id"], "html": html}).encode()
        )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    clip = tmp_path_factory.mktemp("clip") / "numbered.mp4"
    make_clip(clip)
    Room.clip = clip.read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Room)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def room(page: Page, address: str) -> Iterator[Page]:
    """The opened room; whatever the console says that is a complaint fails the test."""
    Room.posted, Room.down = [], False
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(address)
    page.wait_for_function("() => document.querySelector('frame-player').settled")
    yield page
    expected = "status of 503" if Room.down else None
    assert [text for text in complaints if expected is None or expected not in text] == []


def presented(page: Page) -> int:
    return int(page.evaluate("document.querySelector('frame-player').presentedFrame"))


def settle(page: Page) -> int:
    page.wait_for_function("() => document.querySelector('frame-player').settled")
    return presented(page)


def on_screen(page: Page) -> int | None:
    """The frame whose strip is seen in a screenshot of the picture."""
    # The browser names a frame just before it composes it: two turns later it is on the screen.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    box = page.locator("annotation-layer").bounding_box()
    assert box is not None
    return read_strip(Image.open(io.BytesIO(page.screenshot(clip=box))).convert("RGB"))


def draw_stroke(page: Page) -> None:
    """Draw with the pen from 30 % to 60 % of the picture, a little downwards."""
    box = page.locator("annotation-layer").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.4 * box["height"])
    page.mouse.down()
    for step in range(1, 11):
        x, y = 0.3 + 0.03 * step, 0.4 + 0.01 * step
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.mouse.up()


def test_forty_random_frames_are_the_frames_on_the_screen(room: Page) -> None:
    wanted = [*random.Random(20).sample(range(FRAMES), 38), 0, FRAMES - 1]
    seen = []
    for frame in wanted:
        told = room.evaluate("n => document.querySelector('frame-player').seek(n)", frame)
        seen.append((told, presented(room), on_screen(room)))
    assert seen == [(frame, frame, frame) for frame in wanted]


def test_held_arrow_keys_lose_no_step(room: Page) -> None:
    for _ in range(30):
        room.keyboard.press("ArrowRight", delay=5)
    assert (settle(room), on_screen(room)) == (30, 30)
    for _ in range(12):
        room.keyboard.press("ArrowLeft", delay=5)
    assert (settle(room), on_screen(room)) == (18, 18)


def test_pausing_lands_on_the_frame_that_is_seen(room: Page) -> None:
    room.keyboard.press("Space")
    room.wait_for_function("() => document.querySelector('frame-player').presentedFrame > 20")
    room.keyboard.press("Space")
    frame = settle(room)
    assert 20 < frame < FRAMES
    assert on_screen(room) == frame == room.evaluate("document.querySelector('frame-player').frame")


def test_the_last_frame_is_kept_at_the_end_and_j_runs_backwards(room: Page) -> None:
    room.keyboard.press("End")
    assert settle(room) == FRAMES - 1
    room.keyboard.press("j")
    room.wait_for_function("() => document.querySelector('frame-player').frame < 110")
    room.keyboard.press("k")
    frame = settle(room)
    assert frame < 110
    assert on_screen(room) == frame


def test_readouts_accept_frame_numbers_and_timecode(room: Page) -> None:
    field = room.get_by_label("Frame number, from 1")
    field.fill("49")
    field.press("Enter")
    assert settle(room) == 48
    timecode = room.get_by_label("Timecode")
    expect(timecode).to_have_value("00:00:02:00")
    timecode.fill("3:05")
    timecode.press("Enter")
    assert settle(room) == 77
    expect(room.get_by_label("Frame", exact=True)).to_have_attribute(
        "aria-valuetext", "frame 78 of 120, 3 seconds 5 frames"
    )


def test_what_is_being_typed_is_not_written_over(room: Page) -> None:
    """By the readouts of a seek that ends meanwhile; Escape gives it up."""
    timecode = room.get_by_label("Timecode")
    timecode.fill("3:0")
    room.evaluate("document.querySelector('frame-player').seek(48)")
    assert settle(room) == 48
    expect(room.get_by_label("Frame number, from 1")).to_have_value("49")
    expect(timecode).to_have_value("3:0")
    timecode.press("5")
    timecode.press("Enter")
    expect(timecode).to_have_value("00:00:03:05")
    assert settle(room) == 77
    timecode.fill("1:0")
    timecode.press("Escape")
    expect(timecode).to_have_value("00:00:03:05")
    assert settle(room) == 77


def test_notes_show_their_drawing_on_their_range_alone(room: Page) -> None:
    shapes = room.locator("annotation-layer [data-kind=box]")
    room.get_by_role("button", name="00:00:01:06").click()
    assert settle(room) == 30
    expect(shapes).to_have_count(1)
    room.evaluate("document.querySelector('frame-player').seek(41)")
    settle(room)
    expect(shapes).to_have_count(0)


def test_a_pen_stroke_and_words_are_sent_with_their_frame(room: Page) -> None:
    room.evaluate("document.querySelector('frame-player').seek(60)")
    settle(room)
    room.keyboard.press("d")
    expect(room.get_by_role("toolbar", name="Drawing")).to_be_visible()
    draw_stroke(room)
    room.keyboard.press("Escape")
    room.get_by_label("Your note").fill("Follow this line.")
    room.keyboard.press("Control+Enter")
    expect(room.get_by_text("Sent, on frame 61.")).to_be_visible()
    (note,) = Room.posted
    assert (note["frame_in"], note["frame_out"], note["body"], note["category"]) == (
        60,
        60,
        "Follow this line.",
        "picture",
    )
    (shape,) = note["shapes"]
    assert (shape["kind"], shape["schema"]) == ("pen", 1)
    assert shape["points"][0] == pytest.approx([0.3, 0.4], abs=0.005)
    assert shape["points"][-1] == pytest.approx([0.6, 0.5], abs=0.005)
    expect(room.locator("annotation-layer [data-kind=pen]")).to_have_count(1)
    expect(room.get_by_role("article", name="Note by Bob Reviewer on frame 61")).to_be_visible()


def test_a_note_outlives_a_server_that_is_down_and_a_reload(room: Page) -> None:
    Room.down = True
    room.get_by_label("Your note").fill("Too dark.")
    room.keyboard.press("Control+Enter")
    expect(room.get_by_text("Unsent, frame 1: Too dark.")).to_be_visible()
    assert Room.posted == []
    room.reload()
    expect(room.get_by_text("Unsent, frame 1: Too dark.")).to_be_visible()
    Room.down = False
    room.get_by_role("button", name="Send now").click()
    expect(room.get_by_text("Unsent, frame 1: Too dark.")).to_have_count(0)
    assert [note["body"] for note in Room.posted] == ["Too dark."]
    Room.down = True  # the complaints about 503 above were provoked


def test_typing_moves_nothing_and_resolving_changes_the_marker(room: Page) -> None:
    room.get_by_label("Your note").press_sequentially("j k l . , d f")
    assert (settle(room), room.evaluate("document.querySelector('frame-player').mode")) == (0, "paused")
    marker = room.locator(".marker")
    expect(marker).to_have_attribute("data-state", "open")
    room.get_by_role("button", name="Resolve").click()
    expect(marker).to_have_attribute("data-state", "resolved")
    expect(room.get_by_role("button", name="Open again")).to_be_visible()


def test_a_range_is_marked_by_keys_and_goes_with_the_note(room: Page) -> None:
    for key, frame in (("i", 10), ("o", 20)):
        room.evaluate("n => document.querySelector('frame-player').seek(n)", frame)
        room.keyboard.press(key)
    room.get_by_label("Your note").fill("Slower.")
    expect(room.get_by_text("Frames 11 to 21")).to_be_visible()
    room.get_by_role("button", name="Send").click()
    expect(room.get_by_text("Sent, on frame 11.")).to_be_visible()
    assert [(note["frame_in"], note["frame_out"]) for note in Room.posted] == [(10, 20)]


def test_drop_frame_timecode_agrees_with_the_standard_both_ways(room: Page) -> None:
    known = {
        0: "00:00:00;00",
        1799: "00:00:59;29",
        1800: "00:01:00;02",
        17981: "00:09:59;29",
        17982: "00:10:00;00",
        107892: "01:00:00;00",
    }
    there_and_back = """async frames => {
        const { toTimecode, parseFrame } = await import("/static/sorahub/js/timecode.js");
        const rate = { num: 30000, den: 1001, drop: true };
        return frames.map(frame => [toTimecode(frame, rate), parseFrame(toTimecode(frame, rate), rate)]);
    }"""
    assert room.evaluate(there_and_back, list(known)) == [[text, frame] for frame, text in known.items()]


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_room_has_no_accessibility_violation(room: Page, scheme: Literal["dark", "light"]) -> None:
    room.emulate_media(color_scheme=scheme)
    room.keyboard.press("d")
    expect(room.get_by_role("toolbar", name="Drawing")).to_be_visible()
    violations = Axe().run(room).response["violations"]
    assert [(found["id"], [node["html"] for node in found["nodes"]]) for found in violations] == []
