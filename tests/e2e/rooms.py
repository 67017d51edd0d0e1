"""A review room of the product itself: the real pages, views and database behind Django's live server, with a numbered clip."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, Locator, Page

from generations.models import Clip
from sorahub.accounts.models import User
from sorahub.lib import storage
from tests.e2e.footage import FRAMES, RATE, SIZE
from tests.e2e.hub import DESKTOP, settled
from tests.people import Agency

TIGHT = 15_000
# What a browser says by itself when a test takes its network away or a form is refused.
EXPECTED = ("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION", "status of 4")


def collect_static() -> None:
    """Put the style sheets and scripts where the server of the tests looks for them."""
    root = Path(settings.STATIC_ROOT)
    if (root / "staticfiles.json").exists():
        return
    root.mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)


def numbered_clip(agency: Agency, footage: Path, rate: Fraction = RATE) -> Clip:
    """Put the numbered clip into storage and into Aurora."""
    received = storage.receive([footage.read_bytes()], max_bytes=10**8, into=Path(settings.MEDIA_ROOT) / "incoming")
    key = storage.commit(received, Path(settings.MEDIA_ROOT))
    return Clip.objects.create(
        project=agency.aurora, shot=agency.shot, take=1, sha256=received.sha256, size=received.size, storage_key=key,
        original_name="numbered.mp4", origin=Clip.Origin.UPLOAD, completeness=Clip.Completeness.DECLARED, container="mp4",
        video_codec="h264", pixel_format="yuv420p", width=SIZE[0], height=SIZE[1], rate_num=rate.numerator,
        rate_den=rate.denominator, frame_count=FRAMES, scrub_safe=True, declared_by=agency.alice, created_by=agency.alice,
    )  # fmt: skip


@dataclass
class Room:
    """Somebody's page of a clip, and what its console complained of."""

    page: Page
    path: str
    complaints: list[str] = field(default_factory=list)

    def seek(self, frame: int) -> None:
        """Go to a frame and wait until it is seen."""
        self.page.evaluate("n => document.querySelector('frame-player').seek(n)", frame)

    def reload(self) -> None:
        """Load the page anew."""
        self.page.reload()
        settled(self.page)

    @property
    def layer(self) -> Locator:
        """The drawing layer."""
        return self.page.locator("annotation-layer")

    def tool(self, name: str) -> None:
        """Begin to draw, if that is not so already, and take a tool."""
        if not self.layer.evaluate("layer => layer.active"):
            self.page.locator("frame-player").focus()
            self.page.keyboard.press("d")
        self.page.get_by_role("toolbar", name="Drawing").get_by_role("button", name=name, exact=True).click()

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The place on the screen of a place in the picture, given as fractions."""
        box = self.layer.bounding_box()
        assert box is not None
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
        """Drag from one place in the picture to another."""
        self.page.mouse.move(*self.at(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(*end), steps=steps)
        self.page.mouse.up()

    def click(self, x: float, y: float) -> None:
        """Click a place in the picture."""
        self.page.mouse.click(*self.at(x, y))

    def drawn(self) -> list[dict[str, Any]]:
        """The marks that tools work on."""
        return list(self.page.evaluate("document.querySelector('annotation-layer').drawing.shapes"))

    def write(self, words: str) -> None:
        """Write a note and send it by key."""
        self.page.get_by_label("Your note").fill(words)
        self.page.keyboard.press("Control+Enter")

    def note(self, words: str) -> Locator:
        """The note in the list with these words."""
        return self.page.locator("[data-threads] > [data-note]").filter(has_text=words)


@contextmanager
def rooms(browser: Browser, url: str, clip: Clip) -> Iterator[Callable[..., Room]]:
    """Open rooms for people; afterwards they are closed, and none may have complained of anything unexpected."""
    opened: list[Room] = []

    def enter(person: User, query: str = "", **options: Any) -> Room:
        context = browser.new_context(**{"base_url": url, "viewport": DESKTOP, "color_scheme": "dark", **options})
        context.set_default_timeout(TIGHT)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(person), "url": url}])
        room = Room(context.new_page(), f"/clips/{clip.pk}/")
        room.page.on("console", lambda said: room.complaints.append(said.text) if said.type == "error" else None)
        room.page.on("pageerror", lambda error: room.complaints.append(str(error)))
        opened.append(room)
        room.page.goto(room.path + query)
        settled(room.page)
        return room

    yield enter
    for room in opened:
        room.page.context.close()
    said = [words for room in opened for words in room.complaints]
    assert [words for words in said if not any(usual in words for usual in EXPECTED)] == []


def session_of(person: User) -> str:
    """The key of a session in which this person is logged in."""
    client = Client()
    client.force_login(person)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def within(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "It did not come to hold in time"
        time.sleep(0.05)
