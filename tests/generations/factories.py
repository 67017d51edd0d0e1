"""Real things for the tests of what gets made: a running sandbox, small real videos, clips that came the whole way in."""

import io
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from asgiref.sync import async_to_sync
from PIL import Image, ImageDraw

from generations.actions.uploads import receive_upload
from generations.models import Clip, Generation, Project, Shot, Upload
from generations.models.generation import ACTIVE
from generations.pipeline.track import Tracker
from sorahub.accounts.models import User
from sorahub.jobs.runner import drain

ROOT = Path(__file__).resolve().parents[2]
REAL = ("manage.py", "sandbox")
QUICK = ("-m", "tests.generations.quick_sandbox")
ORDER = {"seconds": 4, "size": "1280x720"}


class Sandbox:
    """A running embedded service."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.base_url = f"{origin}/v1"

    def creates(self, prompt: str) -> int:
        """How often create was called with this prompt, refused calls included."""
        with urllib.request.urlopen(f"{self.origin}/_control/creates", timeout=10) as answer:  # noqa: S310 (our own origin)
            return int(json.load(answer)["by_prompt"].get(prompt, 0))


@contextmanager
def running_sandbox(folder: Path, *, script: tuple[str, ...] = REAL, speed: str = "0") -> Iterator[Sandbox]:
    """Start the service in a process of its own on a free port; end it afterwards. Jobs wait ``speed`` seconds in its queue."""
    command = [sys.executable, *script, "--port", "0", "--state", str(folder), "--speed", speed]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "listening on" in line, f"The sandbox did not start: {line!r}"
        yield Sandbox(line.split("listening on ")[1].split()[0])
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def small_mp4(path: Path, *, frames: int = 12, colour: str = "navy", rate: Fraction = Fraction(24)) -> Path:
    """Write a small, real, scrub-safe H.264 MP4 whose bytes depend on frames, colour and rate."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate, options={"g": "6", "bf": "0", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for number in range(frames):
            image = Image.new("RGB", (160, 90), colour)
            ImageDraw.Draw(image).text((10, 10), str(number), fill="white")
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode(None))
    return path


def png(width: int = 64, height: int = 36) -> bytes:
    """Return a small real PNG."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def upload(actor: User, project: Project, path: Path, *, shot: Shot | None = None) -> Upload:
    """Upload a file with a full story; its job is still to run."""
    return receive_upload(
        actor=actor,
        project=project,
        shot=shot,
        file=path,
        original_name=path.name,
        declared_model="sora-2",
        declared_route="openai",
        declared_prompt="A lighthouse at dawn",
        declaration=True,
    )


def uploaded_clip(actor: User, project: Project, path: Path, *, shot: Shot | None = None) -> Clip:
    """Bring a file in the whole way and return its clip."""
    received = upload(actor, project, path, shot=shot)
    drain()
    received.refresh_from_db()
    assert received.clip is not None, received.error_message
    return received.clip


async def _ask_once() -> None:
    tracker = Tracker()
    await tracker.round()
    await tracker.settle()
    await tracker.close()


def track_once() -> None:
    """One round of the tracker, in this thread and on this thread's database connection."""
    async_to_sync(_ask_once)()


def carry(generation: Generation, *, seconds: float = 60) -> Generation:
    """Work and track until the generation has ended; return it fresh."""
    deadline = time.monotonic() + seconds
    while True:
        drain()
        generation.refresh_from_db()
        if generation.state not in ACTIVE:
            return generation
        assert time.monotonic() < deadline, f"still {generation.state} after {seconds} s"
        track_once()
        time.sleep(0.05)
