"""One service for the whole folder, with a subscriber that listens to its webhooks, and the official client."""

import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from openai import OpenAI
from openai.types import Video
from PIL import Image

from tests.generations.sandbox.process import RunningSandbox, running_sandbox
from tests.generations.sandbox.wires import Listener, listening

SECRET = "whsec_c2FuZGJveC10ZXN0LXNlY3JldC0wMTIzNDU2Nzg5"


@dataclass(frozen=True)
class Call:
    """One webhook call as it came in, and the status that it was answered with."""

    headers: dict[str, str]
    body: bytes
    answered: int


@dataclass
class Subscriber:
    """Takes webhooks. It fails the first call of each event, so that a second one must follow."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Note a call and return the status to answer with."""
        with self.changed:
            known = any(call.headers["webhook-id"] == headers["webhook-id"] for call in self.calls)
            self.calls.append(Call(headers, body, 204 if known else 500))
            self.changed.notify_all()
            return self.calls[-1].answered

    def calls_about(self, video_id: str, count: int) -> list[Call]:
        """Wait until an event about a video was sent ``count`` times and return these calls."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self._about(video_id)) >= count, timeout=60)
            return self._about(video_id)

    def _about(self, video_id: str) -> list[Call]:
        return [call for call in self.calls if video_id.encode() in call.body]


@pytest.fixture(scope="session")
def subscriber() -> Iterator[Subscriber]:
    taker = Subscriber()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(taker.take({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        taker.url = f"http://127.0.0.1:{server.server_port}/hooks?from=sandbox"
        yield taker
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory, subscriber: Subscriber) -> Iterator[RunningSandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    hook = ("--webhook-url", subscriber.url, "--webhook-secret", SECRET)
    with running_sandbox(Path(folder), "--speed", "0.1", *hook) as running:
        yield running


@pytest.fixture(scope="session")
def client(sandbox: RunningSandbox) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{sandbox.url}/v1", api_key="alice", max_retries=0) as official:
        yield official


@dataclass(frozen=True)
class Rendered:
    """What came of three orders that were rendered side by side."""

    plain: Video
    moderated: Video
    truncated: Video


@pytest.fixture(scope="session")
def rendered(client: OpenAI) -> Rendered:
    """An order with a reference image and a seed, and the two faults that show after rendering."""
    image = io.BytesIO()
    Image.new("RGB", (1280, 720), (200, 30, 40)).save(image, "PNG")
    plain = client.videos.create(
        prompt="a fox crosses a snowy field at dawn",
        seconds="4",
        size="1280x720",
        input_reference=("first.png", image.getvalue(), "image/png"),
        extra_body={"seed": 11},
    )
    moderated = client.videos.create(prompt="a boat, Sandbox:Moderated-Output", size="1280x720")
    truncated = client.videos.create(prompt="a boat, sandbox:truncated-download", size="1280x720")
    ended = [client.videos.poll(video.id, poll_interval_ms=100) for video in (plain, moderated, truncated)]
    return Rendered(*ended)


@pytest.fixture(scope="session")
def idle_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A service whose jobs stay in the queue, for tests that need no rendering."""
    with running_sandbox(Path(tmp_path_factory.mktemp("idle")), "--speed", "600") as running:
        yield running


@pytest.fixture(scope="session")
def idle_client(idle_sandbox: RunningSandbox) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{idle_sandbox.url}/v1", api_key="alice", max_retries=0) as official:
        yield official


@pytest.fixture(scope="session")
def quick_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A service that renders each shape once and opens for one key only; files stay for a minute and a half."""
    program = ("-m", "tests.generations.quick_sandbox")
    folder = Path(tmp_path_factory.mktemp("quick"))
    with running_sandbox(
        folder, "--speed", "0.1", "--key", "alice", "--asset-seconds", "90", program=program
    ) as running:
        yield running


@pytest.fixture(scope="session")
def quick_client(quick_sandbox: RunningSandbox) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{quick_sandbox.url}/v1", api_key="alice", max_retries=0) as official:
        yield official


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    """Takes callbacks and lends reference files."""
    with listening() as running:
        yield running
