"""Small servers that play the wires of declared services, from what is known of them, for real launches over real HTTP."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.lib.servers import Received, Server, reply, serving

KEY = "sk-played-0123456789"
JSON = {"Content-Type": "application/json", "Connection": "close"}
FILE = "/files/clip.mp4"
ID = "t-1"


@dataclass(frozen=True)
class Wire:
    """What one service answers. Bodies may hold FILE_URL, where the address of the file goes.

    ``looks``: the body for each of its state words. ``result``: path and body of the second request, where there is one.
    ``stop``: method, path and status of a cancel, and the word of the next look ("" where it is not known).
    ``keyed_file``: the file wants the key too.
    """

    name: str
    key: tuple[str, str]
    create: str
    made: dict[str, Any]
    poll: str
    looks: dict[str, dict[str, Any]]
    result: tuple[str, dict[str, Any]] | None = None
    stop: tuple[str, str, int, str] | None = None
    keyed_file: bool = False

    @property
    def dialect(self) -> str:
        """The wire format's name."""
        return f"declared:{self.name}"


FILE_URL = "FILE_URL"
BEARER = ("authorization", f"Bearer {KEY}")
RUNWAY = Wire(
    "runway",
    BEARER,
    "/v1/text_to_video",
    {"id": ID},
    f"/v1/tasks/{ID}",
    {
        "PENDING": {"estimatedCost": {"credits": 25}},
        "THROTTLED": {},
        "RUNNING": {"progress": 0.5},
        "SUCCEEDED": {"output": [FILE_URL], "cost": {"credits": 25}},
        "FAILED": {"failure": "Not allowed.", "failureCode": "SAFETY.OUTPUT.VIDEO"},
        "CANCELLED": {},
    },
    stop=("DELETE", f"/v1/tasks/{ID}", 204, "CANCELLED"),
)
REPLICATE = Wire(
    "replicate",
    BEARER,
    "/v1/models/owner/name/predictions",
    {"id": ID, "status": "starting"},
    f"/v1/predictions/{ID}",
    {
        "starting": {},
        "processing": {},
        "succeeded": {"output": FILE_URL},
        "failed": {"error": "NSFW content detected. Try a different prompt."},
        "canceled": {},
    },
    stop=("POST", f"/v1/predictions/{ID}/cancel", 200, "canceled"),
)
FAL = Wire(
    "fal",
    ("authorization", f"Key {KEY}"),
    "/owner/app/variant",
    {"request_id": ID, "status": "IN_QUEUE"},
    f"/owner/app/requests/{ID}/status",
    {"IN_QUEUE": {}, "IN_PROGRESS": {}, "COMPLETED": {}},
    result=(f"/owner/app/requests/{ID}", {"video": {"url": FILE_URL}}),
    stop=("PUT", f"/owner/app/requests/{ID}/cancel", 202, ""),
)
# Invented beside the path, the key, the states and that the file wants the key: the file says that the rest is unknown.
GOOGLE = Wire(
    "google-completed",
    ("x-goog-api-key", KEY),
    "/v1/interactions",
    {"id": ID},
    f"/invented/{ID}",
    {
        "requires_action": {},
        "completed": {"file": FILE_URL, "taken": 0},
        "failed": {"why": "No."},
        "filtered": {"taken": 1, "why": "A real person."},
    },
    keyed_file=True,
)


@dataclass
class Played:
    """A server at work: the words it goes through, one for each look, and what it has received."""

    wire: Wire
    server: Server
    words: list[str]
    refusals: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    result: tuple[int, Any] | None = None

    def calls(self, method: str, path: str) -> int:
        """How often this was asked for."""
        return sum((each.method, each.path) == (method, path) for each in self.server.received)

    @property
    def creates(self) -> int:
        """How many orders it has seen, refused ones included."""
        return self.calls("POST", self.wire.create)


@contextmanager
def playing(wire: Wire, words: Sequence[str], clip: bytes) -> Iterator[Played]:
    """Run a server that plays ``wire`` through these words, the last again and again; it gives ``clip`` as its file."""
    stage: list[Played] = []

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        _answer(stage[0], handler, received, clip)

    with serving(answer) as server:
        stage.append(Played(wire, server, [*words]))
        yield stage[0]


def _answer(play: Played, handler: BaseHTTPRequestHandler, received: Received, clip: bytes) -> None:
    wire, asked = play.wire, (received.method, received.path)
    name, value = wire.key
    known = received.headers.get(name) == value
    if asked == ("GET", FILE):
        assert known is wire.keyed_file, "the key goes to the file if, and only if, the file wants it"
        reply(handler, 200, clip, {"Content-Type": "video/mp4", "Connection": "close"})
    elif not known:
        _say(handler, play, 401, {})
    elif asked == ("POST", wire.create):
        _say(handler, play, *(play.refusals.pop(0) if play.refusals else (201, wire.made, {})))
    elif asked == ("GET", wire.poll):
        word = play.words.pop(0) if len(play.words) > 1 else play.words[0]
        said = "completed" if word == "filtered" else word
        _say(handler, play, 200, {"id": ID, "status": said, **wire.looks[word]})
    elif wire.result and asked == ("GET", wire.result[0]):
        _say(handler, play, *(play.result or (200, wire.result[1])))
    elif wire.stop and asked == wire.stop[:2]:
        play.words = [wire.stop[3]] if wire.stop[3] else play.words
        _say(handler, play, wire.stop[2], {})
    else:
        _say(handler, play, 404, {})


def _say(
    handler: BaseHTTPRequestHandler, play: Played, status: int, body: Any, more: dict[str, str] | None = None
) -> None:
    text = json.dumps(body).replace(FILE_URL, f"{play.server.url}{FILE}")
    reply(handler, status, b"" if status == 204 else text.encode(), JSON | (more or {}))
