"""Who may do what, at every address: five kinds of people and nobody, on their own client's rows and on another's.

The addresses come from the URL resolver, the answers from tests/permissions.toml. An address without a line fails here
under its name; so does a line without an address. Each request runs in a savepoint that is rolled back.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, reset_queries, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.generations.factories import png
from tests.permission_table import Entry, addresses, admin_routes, filled, path_of, table
from tests.reviews import world
from tests.two_clients import Side, TwoClients, found_two_clients, inside_a_transaction

pytestmark = [pytest.mark.django_db, pytest.mark.core]

WHO, TABLE = table()
REFUSED = {401, 403, 404, 405}
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
# What belongs to the whole agency, or stands in the hub's own chain, which legal approvers of every client read.
AGENCY = {"governing-set", "clause", "terms-source", "terms-version", "account", "token"}
HARMLESS = ('"django_session"',)  # looking at a page may renew a session


@pytest.fixture(scope="module")
def hub(django_db_setup: None, django_db_blocker: Any) -> Iterator[TwoClients]:
    """Both sides, once for all requests of this module."""
    with inside_a_transaction(django_db_blocker):
        yield found_two_clients()


@pytest.fixture(scope="module")
def browsers(hub: TwoClients) -> dict[str, Client]:
    """One logged-in browser for each kind of person."""
    made = {kind: Client() for kind in WHO}
    for kind, person in hub.people.items():
        if person is not None:
            made[kind].force_login(person)
    return made


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    assert sorted(map(str, addresses())) == sorted(TABLE)


def test_every_line_answers_for_everybody() -> None:
    short = [name for name, line in TABLE.items() for row in (line.own, line.other or line.own) if len(row) != len(WHO)]
    assert short == []


@pytest.mark.parametrize("address", TABLE)
def test_everybody_gets_what_the_table_says(address: str, hub: TwoClients, browsers: dict[str, Client]) -> None:
    line = TABLE[address]
    foreign = {str(row.pk) for name, row in hub.other.items() if name not in AGENCY and hasattr(row, "pk")}
    own = [_ask(browsers[kind], address, line, hub.own, foreign if kind != "administrator" else set()) for kind in WHO]
    other = [_ask(browsers[kind], address, line, hub.other, set()) for kind in WHO] if line.other else None
    assert (own, other) == (line.own, line.other), f"any/own = {own}\nother = {other}"


LISTS = [route for route in admin_routes() if "<" not in route and "/log" not in route]


@pytest.mark.parametrize("route", LISTS)
def test_the_admin_lets_in_its_own_people_and_shows_them_their_own_rows(
    route: str, hub: TwoClients, browsers: dict[str, Client]
) -> None:
    foreign = {str(row.pk) for name, row in hub.other.items() if name not in AGENCY and hasattr(row, "pk")}
    line = Entry(own=[])
    statuses = [
        _ask(browsers[kind], f"GET {route}", line, hub.own, foreign if kind != "administrator" else set())
        for kind in WHO
    ]
    inside = {kind for kind, status in zip(WHO, statuses, strict=True) if status == 200} - {"administrator"}
    public = {"/admin/jsi18n/": set(WHO) - {"administrator"}}
    assert inside <= public.get(route, {"producer"})


def test_the_admin_opens_no_row_of_another_client(hub: TwoClients, browsers: dict[str, Client]) -> None:
    rows = [row for name, row in hub.other.items() if name not in AGENCY and hasattr(row, "_meta")]
    changes = {route.split("/")[3] for route in admin_routes() if route.endswith("<path:object_id>/change/")}
    opened = []
    for row in rows:
        if row._meta.model_name not in changes:
            continue
        page = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/"
        for place in ("change/", "delete/", "history/"):
            answers = {kind: browsers[kind].get(page + place).status_code for kind in WHO if kind != "administrator"}
            opened += [(page + place, kind) for kind, status in answers.items() if status == 200]
    assert opened == []


def _ask(browser: Client, address: str, line: Entry, side: Side, foreign: set[str]) -> int:
    """Send the request, prove that a refusal wrote nothing and that an answer names no row of the other client."""
    logged_in = deepcopy(browser.cookies)
    reset_queries()
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        answer = _send(browser, address, line, side)
        content = b"" if answer.streaming else answer.content
        answer.close()
        transaction.set_rollback(True)
    browser.cookies = logged_in  # one of the addresses logs out
    status: int = answer.status_code
    if status in REFUSED or (status == 302 and "/accounts/login/" in answer.headers["Location"]):
        assert [query["sql"] for query in asked.captured_queries if _writes(query["sql"])] == []
    if 200 <= status < 300:
        assert sorted(pk for pk in foreign if pk.encode() in content) == []
    return status


def _send(browser: Client, address: str, line: Entry, side: Side) -> Any:
    method = address.partition(" ")[0]
    path = path_of(address, line, side)
    query = filled(line.query or {}, side)
    if method == "GET":
        return browser.get(path, query)
    body = _with_files(filled(line.body or {}, side))
    multipart = any(hasattr(value, "read") for value in body.values())
    if multipart or not path.startswith("/api/"):
        return browser.post(path, body, query_params=query)
    return browser.generic(method, path, json.dumps(body).encode(), content_type="application/json", query_params=query)


def _with_files(body: dict[str, Any]) -> dict[str, Any]:
    files: dict[str, tuple[str, Callable[[], bytes]]] = {
        "file:png": ("a.png", png),
        "file:mp4": ("a.mp4", world.video_bytes),
    }
    return {
        key: SimpleUploadedFile(files[value][0], files[value][1]())
        if isinstance(value, str) and value in files
        else value
        for key, value in body.items()
    }


def _writes(sql: str) -> bool:
    return sql.lstrip().upper().startswith(WRITES) and not any(table in sql for table in HARMLESS)
