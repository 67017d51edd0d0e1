"""A bare provider for the engine's bench: one asyncio protocol that says how a task stands by the clock, and counts.

``python -m tests.bench.responder TASKS EARLIEST LATEST`` listens on a free port. Task ``video_N`` is finished at a moment
between EARLIEST and LATEST seconds after GET /start; files are never there (404). GET /stats tells what was counted.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field


def finished_after(number: int, earliest: float, latest: float) -> float:
    """When a task is finished, in seconds after the start: spread evenly and out of order, the same in every run."""
    return earliest + (latest - earliest) * (number * 0.6180339887 % 1.0)


@dataclass
class Counts:
    """What clients did: polls until a task's end was first told, when that was, and connections."""

    earliest: float
    latest: float
    polls: list[int]
    told: list[float]
    begun: float = 0.0
    requests: int = 0
    after_the_end: int = 0
    open: int = 0
    most_open: int = 0
    seconds: dict[int, int] = field(default_factory=dict)

    def restart(self) -> None:
        """Begin anew, with nothing counted."""
        self.polls, self.told = [0] * len(self.polls), [0.0] * len(self.told)
        self.requests = self.after_the_end = 0
        self.seconds.clear()
        self.most_open, self.begun = self.open, time.time()

    def see(self, number: int) -> dict[str, object]:
        """Count a question for a task and return the answer."""
        now = time.time()
        since, whole = now - self.begun, finished_after(number, self.earliest, self.latest)
        self.requests += 1
        self.seconds[int(since)] = self.seconds.get(int(since), 0) + 1
        if self.told[number]:
            self.after_the_end += 1
        else:
            self.polls[number] += 1
        done = since >= whole
        if done and not self.told[number]:
            self.told[number] = now
        status = "completed" if done else "in_progress"
        progress = 100 if done else int(99 * since / whole)
        return {
            "id": f"video_{number}",
            "object": "video",
            "model": "sora-2",
            "status": status,
            "progress": progress,
            "created_at": int(self.begun),
            "seconds": "4",
            "size": "1280x720",
        }

    def report(self) -> dict[str, object]:
        """Everything counted, as JSON values."""
        return {
            "begun": self.begun,
            "requests": self.requests,
            "after_the_end": self.after_the_end,
            "most_open": self.most_open,
            "polls": self.polls,
            "told": self.told,
            "busiest_second": max(self.seconds.values(), default=0),
        }


class Provider(asyncio.Protocol):
    """One kept connection."""

    def __init__(self, counts: Counts) -> None:
        self.counts, self.buffer = counts, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it; it counts from its first question for a task."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.counted = False

    def _count(self) -> None:
        if not self.counted:
            self.counted = True
            self.counts.open += 1
            self.counts.most_open = max(self.counts.most_open, self.counts.open)

    def connection_lost(self, error: Exception | None) -> None:
        """Count it out."""
        self.counts.open -= self.counted

    def data_received(self, data: bytes) -> None:
        """Answer each complete request head."""
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            self.transport.write(self.answer(head.split(b" ", 2)[1].decode("ascii")))

    def answer(self, path: str) -> bytes:
        """The whole answer to a GET."""
        last = path.rpartition("/")[2]
        if last == "start":
            self.counts.restart()
            return _http(200, {"begun": self.counts.begun})
        if last == "stats":
            return _http(200, self.counts.report())
        if last.startswith("video_"):
            self._count()
            return _http(200, self.counts.see(int(last[6:])))
        return _http(404, {"error": {"message": "Nothing is here.", "code": "not_found"}})


def _http(status: int, body: dict[str, object]) -> bytes:
    content = json.dumps(body).encode()
    words = {200: "OK", 404: "Not Found"}[status]
    head = f"HTTP/1.1 {status} {words}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode("ascii") + content


async def serve(tasks: int, earliest: float, latest: float) -> None:
    """Listen until killed."""
    counts = Counts(earliest, latest, [0] * tasks, [0.0] * tasks)
    server = await asyncio.get_running_loop().create_server(lambda: Provider(counts), "127.0.0.1", 0)
    sys.stdout.write(f"listening on http://localhost:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
