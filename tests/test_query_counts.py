"""A list asks the database the same number of questions for 10 rows and for 1,000: as many as tests/query_counts.toml says.

The lists of the API and of the admin come from the resolver: a new one without a line fails here under its name.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.admin_rows import with_admin_rows
from tests.admin_table import pages
from tests.crowd import crowd
from tests.permission_table import addresses
from tests.two_clients import TwoClients, found_two_clients, inside_a_transaction

pytestmark = [pytest.mark.django_db, pytest.mark.long]
COUNTS: dict[str, int] = tomllib.loads(Path(__file__).with_name("query_counts.toml").read_text("utf-8"))
NOT_FROM_ROWS = {"/api/v1/me/", "/api/v1/models/", "/api/v1/schema/"}
ASKED_WITH_A_QUESTION = {"/api/v1/library/", "/api/v1/search/"}
"""Counted where the question is at hand: tests/reviews/web/test_library.py and test_search_page.py."""
FEW, MANY = 10, 1_000
FOR_ITSELF = "SET LOCAL "
"""What PostgreSQL alone is told for one transaction: both databases are held to the same table."""


@pytest.fixture(scope="module")
def asked(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, tuple[int, int]]]:
    """Queries of every list at few rows and at many."""
    with inside_a_transaction(django_db_blocker):
        hub = found_two_clients()
        hub = replace(hub, own=with_admin_rows(hub.own, "north"))
        crowd(hub, FEW)
        few = _counts(hub)
        crowd(hub, MANY - FEW)
        many = _counts(hub)
        yield {path: (few[path], many[path]) for path in COUNTS}


def test_every_list_of_the_api_has_a_line() -> None:
    lists = [str(one.route) for one in addresses() if one.method == "GET" and one.route.startswith("/api/")]
    listed = {route for route in lists if "<" not in route} - NOT_FROM_ROWS - ASKED_WITH_A_QUESTION
    assert listed - {path.partition("?")[0] for path in COUNTS} == set()


def test_every_list_of_the_admin_has_a_line() -> None:
    lists = {page.path for page in pages() if page.name.endswith("_changelist")}
    assert lists == {path for path in COUNTS if path.startswith("/admin/") and path != "/admin/"}


@pytest.mark.parametrize("path", COUNTS)
def test_a_list_asks_as_often_for_many_rows_as_for_few(path: str, asked: dict[str, tuple[int, int]]) -> None:
    assert asked[path] == (COUNTS[path], COUNTS[path])


def _counts(hub: TwoClients) -> dict[str, int]:
    return {path: _count(hub, path) for path in COUNTS}


def _count(hub: TwoClients, path: str) -> int:
    """Ask as an administrator, who sees every row, on a page of 200 of the API's; the first request only warms caches."""
    person = hub.people["administrator"]
    assert person is not None
    browser = Client()
    browser.force_login(person)
    browser.get(path)
    reset_queries()
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(path, {"page_size": 200} if path.startswith("/api/") else {})
    assert answer.status_code == 200, path
    return sum(not each["sql"].startswith(FOR_ITSELF) for each in captured)
