"""Small real servers with canned answers, for what the embedded service does not do."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from tests.lib.servers import Received, reply

KEY = "sk-planted-0123456789"
LOOPBACK = ("127.0.0.0/8",)
Answer = Callable[[BaseHTTPRequestHandler, Received], None]


def said(status: int, body: object, **headers: str) -> Answer:
    """Answer everything with this JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        fixed = {"Content-Type": "application/json", "Connection": "close"}
        reply(handler, status, json.dumps(body).encode(), fixed | named)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """Give one answer after the other, the last one again and again."""
    left = list(answers)

    def answer(handler: BaseHTTPRequestHandler, received: Received) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler, received)

    return answer


def video(handler: BaseHTTPRequestHandler, received: Received) -> None:
    """A file store that lends 5,000 bytes as MP4."""
    reply(handler, 200, b"v" * 5000, {"Content-Type": "video/mp4"})
