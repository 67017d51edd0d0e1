"""A real Chromium for the browser tests: the machine's own, found as tests/run.py finds it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from playwright.sync_api import Browser, Page, expect

from generations.models import Clip
from tests.browsers import chromium
from tests.e2e.footage import make_clip
from tests.e2e.hub import PATIENCE_MS, Doors, Hub, Watched, running_hub, submit
from tests.e2e.rooms import Room, collect_static, numbered_clip, rooms
from tests.e2e.theatre import SETTLED, Theatre, theatre
from tests.people import Agency

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder ``browser``; without a Chromium, skip it and say so."""
    here = __name__.rpartition(".")[0]
    absent = pytest.mark.skip(reason="no Chromium found: install chromium, or set SORAHUB_CHROMIUM to its path")
    for item in items:
        if isinstance(item, pytest.Function) and item.module.__name__.startswith(here):
            item.add_marker(pytest.mark.browser)
            if chromium() is None:
                item.add_marker(absent)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the machine's Chromium; its sandbox is off because it refuses to work for root and in containers."""
    return {
        **browser_type_launch_args,
        "executable_path": str(chromium()),
        "args": ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"],
    }


@pytest.fixture(scope="session", autouse=True)
def orm_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in the test's thread, which makes Django refuse its ORM there unless told not to."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session", autouse=True)
def live_servers_keep_no_connection() -> None:
    """The live server's threads end unseen: what they kept open would stop the test database from being removed."""
    connections.settings[DEFAULT_DB_ALIAS]["CONN_MAX_AGE"] = 0


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One demonstration for all tests."""
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


@pytest.fixture(scope="session")
def doors(hub: Hub, browser: Browser) -> Iterator[Doors]:
    """The people's browsers."""
    opened = Doors(browser, hub)
    yield opened
    opened.close()


@pytest.fixture
def enter(doors: Doors) -> Iterator[Callable[..., Watched]]:
    """Open pages for people; afterwards they are closed, and not one may have complained."""
    visits: list[Watched] = []

    def opening(key: str, path: str = "/") -> Watched:
        visits.append(doors.open(key, path))
        return visits[-1]

    yield opening
    for visit in visits:
        visit.page.close()
    assert [complaint for visit in visits for complaint in visit.complaints] == []


@pytest.fixture(scope="session")
def uploaded(doors: Doors, hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a clip that Alice uploaded through the page, with its story, and that nobody judged yet."""
    footage = make_clip(tmp_path_factory.mktemp("footage") / "ridge_v3.mp4", frames=48)
    visit = doors.open("alice", f"/projects/{hub.facts['projects']['RIDGE']}/")
    page = visit.page
    page.get_by_role("link", name="Upload a clip").first.click()
    page.locator("[name=file]").set_input_files(footage)
    page.get_by_label("Made with").fill("sora-2")
    page.get_by_label("Through").fill("The agency's API account")
    page.get_by_label("I vouch for this story").check()
    submit(page)
    page.get_by_role("link", name="Open for review").click()
    page.wait_for_url("**/clips/*/")
    address = page.url
    page.close()
    assert visit.complaints == []
    return address


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The player alone on a page, with real footage; see tests/e2e/theatre.py."""
    with theatre(tmp_path_factory.mktemp("theatre")) as served:
        yield served


@pytest.fixture
def player(page: Page, origin: str) -> Iterator[Page]:
    """The opened player; whatever the console says that is a complaint fails the test."""
    Theatre.kept = []
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(origin)
    page.wait_for_function(SETTLED)
    yield page
    assert complaints == []


@pytest.fixture(scope="session")
def numbered_footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The numbered clip's file; the scripts of the pages are put where the server of the tests serves them."""
    collect_static()
    return make_clip(tmp_path_factory.mktemp("footage") / "numbered.mp4")


@pytest.fixture
def room_clip(agency: Agency, numbered_footage: Path) -> Clip:
    """The numbered clip in Aurora."""
    return numbered_clip(agency, numbered_footage)


@pytest.fixture
def enter_room(live_server: Any, browser: Browser, room_clip: Clip) -> Iterator[Callable[..., Room]]:
    """Open the numbered clip's review room for people; none may complain of anything unexpected."""
    with rooms(browser, live_server.url, room_clip) as opening:
        yield opening
