"""Who may do what, at every address: five kinds of people and nobody, on their own client's rows and on another's.

The addresses come from the URL resolver, the answers from tests/permissions.toml. An address without a line fails here
under its name; so does a line without an address. Each request runs in a savepoint that is rolled back. On SQLite, which
decides nothing about roles, each address is asked by one kind of people for each answer that the table has.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, reset_queries, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sorahub.accounts.models import Person, User
from sorahub.ledger.models import Event
from tests.generations.factories import png
from tests.permission_table import Entry, addresses, filled, path_of, table
from tests.reviews import world
from tests.two_clients import Side, TwoClients, found_two_clients, inside_a_transaction

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.long]

WHO, TABLE = table()
REFUSED = {401, 403, 404, 405}
# What people write in words of their own, by the names of the fields: the ledger holds it concealed.
WORDS = {
    "body",
    "email",
    "name",
    "negative",
    "operation",
    "prompt",
    "reason",
    "receipt",
    "subject",
    "text",
    "words",
}
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH MOVED")  # the last: a ledger event and its chain's head in one
# What belongs to the whole agency, or stands in the hub's own chain, which legal approvers of every client read.
AGENCY = {
    "terms-errand",
    "terms-import",
    "governing-set",
    "clause",
    "terms-source",
    "terms-version",
    "terms-change",
    "changed-source",
    "clause-flag",
    "disclosure-rule",
    "account",
    "plan-period",
    "token",
}
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
    own = {
        kind: _ask(browsers[kind], address, line, hub.own, foreign if kind != "administrator" else set())
        for kind in _asking(line.own)
    }
    other = {kind: _ask(browsers[kind], address, line, hub.other, set()) for kind in _asking(line.other or ())}
    wanted = [
        {kind: row[WHO.index(kind)] for kind in said} for said, row in ((own, line.own), (other, line.other or ()))
    ]
    assert [own, other] == wanted, f"any/own = {[*own.values()]}\nother = {[*other.values()]}"


def _asking(answers: Sequence[int]) -> list[str]:
    """The kinds of people who are asked of a row of the table: everybody, on SQLite the first for each answer."""
    if connection.vendor == "postgresql":
        return [kind for kind, _ in zip(WHO, answers, strict=False)]
    return [WHO[answers.index(answer)] for answer in dict.fromkeys(answers)]


def _ask(browser: Client, address: str, line: Entry, side: Side, foreign: set[str]) -> int:
    """Send the request, prove that a refusal wrote nothing and that an answer names no row of the other client."""
    logged_in = deepcopy(browser.cookies)
    reset_queries()
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        began = timezone.now()
        answer = _send(browser, address, line, side)
        _require_nobody_in_clear(began, line)
        content = b"" if answer.streaming else answer.content
        answer.close()
        transaction.set_rollback(True)
    browser.cookies = logged_in  # one of the addresses logs out
    status: int = answer.status_code
    if status in REFUSED or (status == 302 and "/accounts/login/" in answer.headers["Location"]):
        assert [query["sql"] for query in asked.captured_queries if is_write(query["sql"])] == []
    if 200 <= status < 300:
        assert sorted(pk for pk in foreign if pk.encode() in content) == []
    return status


def _require_nobody_in_clear(began: datetime, line: Entry) -> None:
    """Prove that what was ledgered on the way holds no name, no address, and none of the words that were sent."""
    bodies = list(Event.objects.filter(at__gte=began).values_list("body", flat=True))
    if bodies:
        sent = {
            str(value) for key, value in (line.body or {}).items() if key in WORDS and not str(value).startswith("@")
        }
        people = set(Person.objects.values_list("name", flat=True)) | set(User.objects.values_list("email", flat=True))
        clear = [(words, body) for words in sent | people for body in bodies if words and f'"{words}"' in body]
        assert clear == []


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
        "file:csv": ("a.csv", lambda: b"Frame,Comment\n1,Darker\n"),
    }
    return {
        key: SimpleUploadedFile(files[value][0], files[value][1]())
        if isinstance(value, str) and value in files
        else value
        for key, value in body.items()
    }


def is_write(sql: str) -> bool:
    """Say whether a statement changes rows that matter."""
    return sql.lstrip().upper().startswith(WRITES) and not any(table in sql for table in HARMLESS)
