"""The player alone on a page, under the product's own Content-Security-Policy, with real footage, thumbnails and sound."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template import engines
from playwright.sync_api import Page

from generations.media import derive, probe
from generations.web.thumbnails import webvtt
from sorahub.lib.timecode import Rate
from tests.bench.sources import plain

RATE = Rate(30000, 1001)
FRAMES = 90
SETTLED = "() => document.querySelector('frame-player')?.settled"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PAGE = """{% load static %}<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Theatre</title><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf-token" content="token"><link rel="icon" href="{% static 'sorahub/favicon.svg' %}">
{% for sheet in sheets %}<link rel="stylesheet" href="/static/sorahub/css/{{ sheet }}.css">{% endfor %}
<script type="module" src="{% static 'sorahub/js/site.js' %}"></script></head>
<body data-preferences-url="/preferences"><main id="main"><h1 class="visually-hidden">Harbour</h1>
<div class="player-box">{% include "components/player.html" %}</div></main>
<script type="module" src="{% static 'sorahub/js/player.js' %}"></script></body></html>"""
EMPTY = b'<!doctype html><html lang="en"><meta charset="utf-8"><title>Empty</title></html>'


class Theatre(BaseHTTPRequestHandler):
    """Serves the page, static files and what was derived from the clip; ``kept`` is what a page sent to be kept."""

    protocol_version = "HTTP/1.1"
    pages: dict[str, bytes]
    files: dict[str, tuple[str, bytes]]
    kept: list[Any]

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Answer pages, files (by ranges) and static files."""
        path = self.path.partition("?")[0]
        if path in self.files:
            self._file(*self.files[path])
        elif path.startswith("/static/"):
            found = Path(str(finders.find(path.removeprefix("/static/"))))
            self._answer(200, TYPES[found.suffix], found.read_bytes())
        else:
            self._answer(200, "text/html; charset=utf-8", self.pages.get(path, EMPTY))

    def do_POST(self) -> None:
        """Keep preferences."""
        self.kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(204, "text/plain", b"")

    def _file(self, kind: str, body: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self._answer(200, kind, body)
            return
        start, end = int(asked[1]), int(asked[2] or len(body) - 1)
        span = f"bytes {start}-{end}/{len(body)}"
        self._answer(206, kind, body[start : end + 1], Content_Range=span, Accept_Ranges="bytes")

    def _answer(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        names = {"Content-Type": kind, "Content-Length": str(len(body)), "Content-Security-Policy": POLICY}
        for name, value in {**names, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def _page(**more: object) -> bytes:
    context = {
        "src": "/clip.mp4", "rate_num": RATE.num, "rate_den": RATE.den, "frame_count": FRAMES, "title": "Harbour",
        "still_name": "SC010_take2", "sheets": ["tokens", "base", "layout", "components", "forms", "player"],
    }  # fmt: skip
    return engines["django"].from_string(PAGE).render({**context, **more}).encode()


def another_rate(folder: Path, rate: Fraction) -> str:
    """Serve a clip of another rate too, without sound and thumbnails; return its page's path."""
    name = f"{rate.numerator}_{rate.denominator}"
    clip = folder / f"{name}.mp4"
    plain(clip, rate, FRAMES)
    Theatre.files[f"/{name}.mp4"] = ("video/mp4", clip.read_bytes())
    Theatre.pages[f"/{name}"] = _page(
        src=f"/{name}.mp4", rate_num=rate.numerator, rate_den=rate.denominator, silent=True
    )
    return f"/{name}"


@contextmanager
def theatre(folder: Path) -> Iterator[str]:
    """Serve; gives the origin. ``/`` has sound and thumbnails, ``/silent`` has neither, anything else is empty."""
    clip = folder / "clip.mp4"
    plain(clip, Fraction(RATE.num, RATE.den), FRAMES)
    derived = derive(clip, folder / "derived", probe(clip))
    parts = {file.kind: file.path for file in derived.files}
    layout = json.loads(parts["sprite_layout"].read_text(encoding="utf-8"))
    track = webvtt(layout, sprite="sprite.jpg", frames=FRAMES, rate=RATE)
    Theatre.files = {
        "/clip.mp4": ("video/mp4", clip.read_bytes()),
        "/thumbnails.vtt": ("text/vtt", track.encode()),
        "/sprite.jpg": ("image/jpeg", parts["sprite"].read_bytes()),
        "/wave.json": ("application/json", parts["waveform"].read_bytes()),
    }
    Theatre.pages = {"/": _page(thumbnails="/thumbnails.vtt", waveform="/wave.json"), "/silent": _page(silent=True)}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Theatre)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def value(page: Page, expression: str) -> Any:
    """What an expression about the ``player`` of the page is worth."""
    return page.evaluate(f"() => {{ const player = document.querySelector('frame-player'); return {expression}; }}")
