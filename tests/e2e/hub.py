"""The whole hub as it runs for people: `manage.py demo` with its five processes, on free ports, in a folder of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect

from sorahub.ports import free_port
from sorahub.supervise import end_with_parent
from tests.blueprint import FILE

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN = 240.0
STOP_WITHIN = 40.0
PATIENCE_MS = 20_000
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Hub:
    """A running demonstration: what it wrote into demo.json, and every line that it told."""

    facts: dict[str, Any]
    lines: list[str]
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """The address that people open."""
        return str(self.facts["base_url"])

    def email(self, key: str) -> str:
        """The address with which a person logs in."""
        return str(self.facts["people"][key]["email"])


class Watched:
    """A page, and what its console and its network complained of: nothing, if all is well (a refused form is)."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on(
            "response",
            lambda answer: self.complaints.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None,
        )

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "status of 422" not in message.text:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")


@contextmanager
def running_hub(var: Path) -> Iterator[Hub]:
    """Start the demonstration and wait until it invites people; stop it with Ctrl-C's signal afterwards.

    Its tables are the blueprint's where there is one (tests/blueprint.py), made from nothing by the same migrations.
    """
    var.mkdir(parents=True, exist_ok=True)
    if blueprint := os.environ.get(FILE):
        shutil.copyfile(blueprint, var / "sorahub.sqlite3")
    ports = {name: free_port() for name in ("PUBLIC", "EVENTS", "SANDBOX")}
    environment = {
        **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
        **{f"SORAHUB_{name}_URL": f"http://localhost:{port}" for name, port in ports.items()},
        "DJANGO_SETTINGS_MODULE": "sorahub.settings.dev",
        "SORAHUB_VAR_DIR": str(var),
        "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        preexec_fn=end_with_parent(os.getpid(), signal.SIGINT),
    )  # fmt: skip
    lines: list[str] = []
    reader = threading.Thread(target=_collect, args=(process, lines), daemon=True)
    reader.start()
    try:
        _await_invitation(process, lines)
        yield Hub(json.loads((var / "demo.json").read_text(encoding="utf-8")), lines, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_WITHIN)
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()


def _collect(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line.rstrip())  # noqa: PERF401 (others read the list while it grows)


def _await_invitation(process: subprocess.Popen[str], lines: list[str]) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not any(line.startswith("with the password") for line in list(lines)):
        told = "\n".join(lines)
        assert process.poll() is None, f"The demonstration ended:\n{told}"
        assert time.monotonic() < deadline, f"The demonstration was not ready in time:\n{told}"
        time.sleep(0.2)


class Doors:
    """Opens pages for people. Each logs in once, through the log-in page; later pages share the session."""

    def __init__(self, browser: Browser, hub: Hub) -> None:
        self._browser = browser
        self._hub = hub
        self._contexts: dict[str, BrowserContext] = {}

    def open(self, key: str, path: str = "/") -> Watched:
        """Open a page for a person of the demo."""
        watched = Watched(self._context(key).new_page())
        watched.page.goto(path)
        return watched

    def _context(self, key: str) -> BrowserContext:
        if key not in self._contexts:
            context = self._browser.new_context(base_url=self._hub.url, viewport=DESKTOP, color_scheme="dark")
            context.set_default_timeout(PATIENCE_MS)
            self._log_in(context.new_page(), key)
            self._contexts[key] = context
        return self._contexts[key]

    def _log_in(self, page: Page, key: str) -> None:
        page.goto("/accounts/login/")
        page.locator("[name=login]").fill(self._hub.email(key))
        page.locator("[name=password]").fill(self._hub.facts["password"])
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(f"{self._hub.url}/")
        page.close()

    def close(self) -> None:
        """Close every page."""
        for context in self._contexts.values():
            context.close()


def settled(page: Page) -> Page:
    """Wait until the player shows the frame that it was asked for."""
    expect(page.locator("frame-player")).to_have_js_property("settled", value=True, timeout=60_000)
    return page


def seek(page: Page, frame: int) -> int:
    """Ask the player for a frame; return the frame that it says it shows."""
    return int(page.evaluate("n => document.querySelector('frame-player').seek(n)", frame))


def submit(page: Page) -> None:
    """Press the main form's own button."""
    page.locator("main form:has([name=csrfmiddlewaretoken]) button[type=submit].button--primary").first.click()
