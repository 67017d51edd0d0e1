"""What the tests of the other dialects share: a listener that takes callbacks and lends files, and patience."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

from PIL import Image

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Post:
    """One callback as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Listener:
    """Lends the files under their paths and notes every POST; answers the first ``refusals`` of a path with 500."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, post: Post) -> int:
        """Note a callback and return the status to answer with."""
        with self.changed:
            self.posts.append(post)
            self.changed.notify_all()
            left = self.refusals.get(post.path, 0)
            self.refusals[post.path] = left - 1
            return 500 if left > 0 else 204

    def at(self, path: str, count: int) -> list[Post]:
        """Wait until a path was called ``count`` times and return these calls."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self._at(path)) >= count, timeout=30), self._at(path)
            return self._at(path)

    def _at(self, path: str) -> list[Post]:
        return [post for post in self.posts if post.path == path]


@contextmanager
def listening() -> Iterator[Listener]:
    """Run a listener on the loopback interface until the block ends."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(listener.take(Post(self.path, headers, body)), b"")

        def do_GET(self) -> None:
            content = listener.files.get(self.path)
            self._answer(200 if content is not None else 404, content or b"")

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        listener.url = f"http://127.0.0.1:{server.server_port}"
        yield listener
        server.shutdown()
        thread.join()


def png(width: int, height: int, colour: tuple[int, int, int] = (200, 30, 40)) -> bytes:
    """Return a PNG of one colour."""
    content = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(content, "PNG")
    return content.getvalue()


def waited(ask: Callable[[], Answer], until: Callable[[Answer], bool], seconds: float = 60) -> Answer:
    """Ask again and again until an answer satisfies."""
    give_up = time.monotonic() + seconds
    while not until(answer := ask()):
        assert time.monotonic() < give_up, answer
        time.sleep(0.05)
    return answer
