"""A clip with a thousand notes and five hundred marks: how soon its room is open, and whether it drops a frame while it plays.

Also a hub that goes away and comes back under an open room. Long proofs; the numbers are printed.
"""

import contextlib
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from generations.models import Clip
from reviews.models import Annotation, Shape
from tests.e2e.footage import FRAMES
from tests.e2e.rooms import Room, rooms
from tests.people import Agency

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long, pytest.mark.alone]
Enter = Callable[..., Room]
NOTES, MARKS = 1000, 500
OPENED = """() => new Promise(done => {
    const look = () => {
        const [room, player] = ["[data-room]", "frame-player"].map(one => document.querySelector(one));
        if (room?.threads && player?.settled) done(performance.now());
        else requestAnimationFrame(look);
    };
    look();
})"""
COMPLETE = "() => document.querySelector('[data-room]')?.threads?.complete"
PLAYED = """async seconds => {
    const player = document.querySelector("frame-player");
    const { video } = player;
    await player.seek(0);
    let [seen, first, last] = [0, null, null];
    const count = (now, { presentedFrames }) => {
        seen += 1;
        first ??= presentedFrames;
        last = presentedFrames;
        video.requestVideoFrameCallback(count);
    };
    video.requestVideoFrameCallback(count);
    const before = video.getVideoPlaybackQuality();
    await player.play();
    await new Promise(done => setTimeout(done, seconds * 1000));
    const after = video.getVideoPlaybackQuality();
    const marks = document.querySelectorAll("annotation-layer [data-shape]").length;
    await player.pause();
    return {
        callbacks: seen, presented: last - first + 1, marks,
        decoded: after.totalVideoFrames - before.totalVideoFrames, dropped: after.droppedVideoFrames - before.droppedVideoFrames,
    };
}"""


def crowd(clip: Clip, agency: Agency) -> None:
    """Write a thousand notes and five hundred marks onto the clip."""
    chance = random.Random(4)
    notes = []
    for number in range(NOTES):
        start = chance.randrange(FRAMES)
        end = min(FRAMES - 1, start + chance.choice([0, 0, 0, 5, 20]))
        notes.append(
            Annotation(
                clip=clip, clip_sha256=clip.sha256, frame_in=start, frame_out=end, body=f"Note {number}: the **edge** moves.",
                category=chance.choice(["general", "picture", "motion", "sound"]), author=chance.choice([agency.alice, agency.bob]),
            )
        )  # fmt: skip
    Annotation.objects.bulk_create(notes)
    Shape.objects.bulk_create(mark(chance, chance.choice(notes)) for _ in range(MARKS))


def mark(chance: random.Random, note: Annotation) -> Shape:
    x, y = 0.7 * chance.random(), 0.7 * chance.random()
    kind = chance.choice(["pen", "box", "arrow", "ellipse"])
    stroke = [[round(x + 0.002 * step, 5), round(y + 0.1 * abs(step % 20 / 20 - 0.5), 5)] for step in range(120)]
    points = stroke if kind == "pen" else [[x, y], [x + 0.2, y + 0.2]]
    return Shape(annotation=note, kind=kind, points=points, stroke="0.008", colour="#ff5a4f", author=note.author)


def test_a_crowded_clip_opens_with_all_its_notes_and_plays_on(
    enter_room: Enter, room_clip: Clip, agency: Agency, capsys: pytest.CaptureFixture[str]
) -> None:
    """How long that takes and how many frames are dropped is told beside the same room without a note, not judged."""
    room = enter_room(agency.bob)
    page = room.page
    empty, bare = sorted(opened_in(page, room.path) for _ in range(5))[2], page.evaluate(PLAYED, 3)
    crowd(room_clip, agency)
    full = sorted(opened_in(page, room.path) for _ in range(5))[2]
    began = time.monotonic()
    page.reload()
    page.wait_for_function(COMPLETE, timeout=60_000)
    every = page.evaluate("document.querySelector('[data-room]').threads.entries.size")
    later = time.monotonic() - began
    played = page.evaluate(PLAYED, 3)
    with capsys.disabled():
        sys.stdout.write(
            f"\nopen: empty {empty:.2f} s, full {full:.2f} s, all {every} notes after {later:.1f} s;"
            f" played for 3 s: empty {bare}, full {played}\n"
        )
    assert every == NOTES
    assert min(played["callbacks"], played["decoded"]) > 0


def opened_in(page: Page, path: str) -> float:
    """Seconds from asking for the page until its first notes can be read and the asked frame is seen; the rest of them is awaited."""
    page.goto(path, wait_until="commit")
    took = float(page.evaluate(OPENED)) / 1000
    page.wait_for_function(COMPLETE, timeout=60_000)
    return took


def test_what_is_written_while_the_hub_is_away_arrives_once_it_is_back(
    transactional_db: None, browser: Browser, room_clip: Clip, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveServerThread, "_create_server", on_the_same_port)
    serving = LiveServer("localhost")
    try:
        with rooms(browser, serving.url, room_clip) as enter:
            room = enter(agency.bob)
            room.tool("Box")
            room.drag((0.3, 0.3), (0.5, 0.5))
            room.write("Before.")
            expect(room.note("Before.")).to_be_visible()
            serving.stop()
            room.tool("Arrow")
            room.drag((0.6, 0.6), (0.8, 0.7))
            room.write("While it was away.")
            expect(room.page.get_by_text("1 unsent")).to_be_visible()
            assert Annotation.objects.count() == 1
            serving = LiveServer(f"localhost:{serving.thread.port}")
            expect(room.note("While it was away.")).to_be_visible(timeout=60_000)
            room.reload()
            expect(room.note("While it was away.")).to_be_visible()
            expect(room.layer.locator("[data-shape]")).to_have_count(2)
            assert (Annotation.objects.count(), Shape.objects.count()) == (2, 2)
    finally:
        serving.stop()


class Severing(ThreadedWSGIServer):
    """A server whose end cuts the connections that browsers keep open, and waits for whoever served them.

    An ordinary one goes on answering on them until they are idle; and what its threads close afterwards is no longer theirs on SQLite.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opened: list[socket.socket] = []
        self.serving: list[threading.Thread] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.opened.append(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self.serving.append(threading.current_thread())
        super().process_request_thread(request, client_address)

    def server_close(self) -> None:
        super().server_close()
        for connection in self.opened:
            with contextlib.suppress(OSError):  # The browser ended it first.
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self.serving:
            thread.join(10)


def on_the_same_port(thread: LiveServerThread, connections_override: Any = None) -> Any:
    """Make the live server's socket so that a second one may take its port while old connections linger."""
    return Severing(
        (thread.host, thread.port), QuietWSGIRequestHandler, allow_reuse_address=True, connections_override=connections_override
    )  # fmt: skip
