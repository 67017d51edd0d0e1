"""A real Chromium for the browser tests: the machine's own, found as tests/run.py finds it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browsers import chromium


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
