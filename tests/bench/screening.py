"""The hub's side of the frames bench: pages on a port, clips brought in by the product's own jobs, a browser that is logged in."""

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 (Django first)
from django.test import Client as Session  # noqa: E402
from django.urls import NoReverseMatch, reverse  # noqa: E402
from django.utils import timezone  # noqa: E402
from playwright.sync_api import BrowserContext, sync_playwright  # noqa: E402

from generations.actions.uploads import receive_upload  # noqa: E402
from generations.models import Clip, Project, Upload  # noqa: E402
from sorahub.accounts.models import User  # noqa: E402
from sorahub.demo import processes  # noqa: E402
from sorahub.jobs.models import Job  # noqa: E402
from sorahub.jobs.runner import run_one  # noqa: E402
from tests.bench import hub  # noqa: E402
from tests.bench.sources import KINDS  # noqa: E402
from tests.bench.watching import Seat, pauses_apart  # noqa: E402
from tests.browsers import chromium  # noqa: E402

READY_SECONDS = 60.0
WINDOW = {"width": 1440, "height": 900}
TWO_PLAYERS = """async () => {
  const answer = await fetch(PATH);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const first = document.querySelector("frame-player");
  const second = document.adoptNode(page.querySelector("frame-player"));
  document.querySelector("main").append(second);
  window.both = {
    get inSync() { return first.settled && second.settled && first.presentedFrame === second.presentedFrame; },
    play: () => Promise.all([first.play(), second.play()]),
    pause: async () => {
      const frame = await first.pause();
      await second.pause();
      await second.seek(frame);
    },
    seek: (frame) => Promise.all([first.seek(frame), second.seek(frame)]),
  };
  await window.both.seek(0);
}"""


class House:
    """The running hub, and Alice's browser in it."""

    def __init__(self, folder: Path, context: BrowserContext) -> None:
        self.folder, self.context = folder, context
        self.clips: list[Clip] = []

    def bring_in(self, kind: str, rate: Fraction, frames: int) -> Clip:
        """Make a clip, upload it as Alice, and let the product's jobs ingest it and derive what its player plays."""
        path = self.folder / f"{kind}_{rate.numerator}_{rate.denominator}.mp4"
        KINDS[kind](path, rate, frames)
        upload = receive_upload(
            actor=User.objects.get(email="alice@example.com"), project=Project.objects.get(code="AURORA"), shot=None, file=path,
            original_name=path.name, declared_model="sora-2", declared_route="Bench", declaration=True,
        )  # fmt: skip
        path.unlink(missing_ok=True)
        while job := Job.objects.claimable(timezone.now()).first():
            state = run_one(job.pk)
            assert state == "succeeded", f"{job.kind}: {state}"
        upload = Upload.objects.select_related("clip").get(pk=upload.pk)
        assert upload.clip is not None, upload.error_message
        self.clips.append(upload.clip)
        return upload.clip

    def seat(self, clip: Clip) -> Seat:
        """Open a clip's review page."""
        return Seat(self.context, address(clip))

    def with_markers(self, count: int, seconds: float) -> dict[str, float]:
        """Play the first clip without notes and with very many on its line."""
        seat = self.seat(self.clips[0])
        bare = seat.playing(seconds, 0)
        marked = seat.playing(seconds, count)
        seat.close()
        return {"dropped_without_markers": bare["dropped"], f"dropped_with_{count}_markers": marked["dropped"]}

    def together(self, count: int) -> dict[str, float]:
        """Play two clips of one rate in sync, on the compare page or, where there is none, as two players beside each other."""
        first = self.clips[0]
        alike = [clip for clip in self.clips if (clip.rate_num, clip.rate_den) == (first.rate_num, first.rate_den)]
        second = alike[-1]
        try:
            path, prepare = f"{reverse('reviews:compare')}?clip={first.pk}&clip={second.pk}", None
        except NoReverseMatch:
            path, prepare = address(first), TWO_PLAYERS.replace("PATH", f'"{address(second)}"')
        return {"pauses": count, "apart_when_paused": pauses_apart(self.context, path, prepare, count)}


def address(clip: Clip) -> str:
    """The path of a clip's review page."""
    return reverse("reviews:clip", args=[clip.pk])


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Tables, people, a web server and a browser; all of it ends with the block."""
    hub.prepare()
    with ExitStack() as stack:
        stack.enter_context(_pages(folder))
        driver = stack.enter_context(sync_playwright())
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"]
        browser = driver.chromium.launch(executable_path=str(chromium()), args=arguments)
        stack.callback(browser.close)
        context = browser.new_context(base_url=settings.PUBLIC_URL, viewport=WINDOW, color_scheme="dark")  # type: ignore[arg-type]
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": _session(), "url": settings.PUBLIC_URL}])
        yield House(folder, context)


def _session() -> str:
    """Alice's session, as her browser would hold it."""
    session = Session()
    alice = User.objects.get(email="alice@example.com")
    session.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    return session.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def _pages(folder: Path) -> Iterator[None]:
    """The web server of the demonstration, alone."""
    row = next(each for each in processes.services(webhook_url="", webhook_secret="") if each.name == "web")
    with (
        (folder / "web.log").open("wb") as log,
        subprocess.Popen([*row.argv], stdout=log, stderr=log) as process,
    ):
        try:
            _until_answering(f"{settings.PUBLIC_URL}/healthz", process)
            yield
        finally:
            process.terminate()
            process.wait(20)


def _until_answering(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        assert process.poll() is None, "the web server ended"
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own origin)
                return
        except OSError:
            assert time.monotonic() < deadline, "the web server does not answer"
            time.sleep(0.1)
