"""Who may do what at each of the admin's addresses: nobody, the kinds of people, and legal staff (``counsel``).

The addresses come from the URL resolver, the answers from tests/admin_permissions.toml. An address that the table says
nothing of fails here under its URL name. Each request runs in a savepoint that is rolled back; a refusal writes nothing,
an answer names no row of the other client, and for whom a row does not exist, it looks as an id that was never given out.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, reset_queries, transaction
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generations.models import Membership
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.ids import uuid7
from tests.admin_rows import by_model, with_admin_rows
from tests.admin_table import Line, Page, Table, pages
from tests.people import user
from tests.test_permissions import AGENCY, REFUSED, is_write
from tests.two_clients import found_two_clients, inside_a_transaction

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.long]

TABLE = Table()
PAGES = pages()
ABSENT = str(uuid7())
DRAWN = re.compile(rb"[A-Za-z0-9]{64}|nonce=\"[^\"]+\"")
ONLY_READ = ("_changelist", "_export", "_history", "_short")  # what has no form: an empty POST says no more than a GET
RECORDED = ('"ledger_event"', '"ledger_chain"')  # a rule's refusal to two accounts of one person is kept in the ledger
UNDONE = "ROLLBACK TO SAVEPOINT"


@dataclass(frozen=True)
class Site:
    """A logged-in browser for each kind of person, the rows of both sides by model, and what no answer may name."""

    browsers: dict[str, Client]
    own: dict[str, Model]
    other: dict[str, Model]
    foreign: set[str]


@dataclass(frozen=True)
class Answer:
    """What one request gave."""

    status: int
    content: bytes


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    """Both sides, once for all requests of this module."""
    with inside_a_transaction(django_db_blocker):
        hub = found_two_clients()
        own, other = with_admin_rows(hub.own, "north"), with_admin_rows(hub.other, "south")
        people = {**hub.people, "counsel": _counsel(own["project"])}
        foreign = {str(row.pk) for name, row in other.items() if name not in AGENCY and hasattr(row, "pk")}
        yield Site({kind: _browser(people[kind]) for kind in TABLE.who}, by_model(own), by_model(other), foreign)


def _counsel(project: Any) -> User:
    """A legal approver whom the administrator let into the admin."""
    made = user("clara", Kind.LEGAL)
    User.objects.filter(pk=made.pk).update(is_staff=True)
    Membership.objects.create(project=project, user=made)
    return User.objects.get(pk=made.pk)


def _browser(person: User | None) -> Client:
    made = Client()
    if person is not None:
        made.force_login(person)
    return made


def test_every_address_of_the_admin_is_in_the_table() -> None:
    assert [page.name for page in PAGES if TABLE.line(page) is None] == []


def test_the_table_knows_no_address_that_is_not_there() -> None:
    assert set(TABLE.models) == {model._meta.label_lower for model in admin.site._registry}
    assert set(TABLE.lines) - {page.name for page in PAGES} == set()
    assert {name.partition(".")[0] for name in TABLE.classes} == set(TABLE.models.values())


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.name)
def test_everybody_gets_what_the_table_says(address: Page, site: Site) -> None:
    line = TABLE.line(address)
    assert line is not None
    assert asdict(walked(address, site)) == asdict(line)


def walked(page: Page, site: Site) -> Line:
    """Ask everything of everybody at one address, and return the statuses."""
    methods = ["get"] if page.name.endswith(ONLY_READ) else ["get", "post"]
    said = {method: _statuses(page, site, site.own, method) for method in methods}
    if page.has_row:
        said |= {f"{method}_other": _statuses(page, site, site.other, method) for method in methods}
    return Line(**said)


def _statuses(page: Page, site: Site, rows: dict[str, Model], method: str) -> list[int]:
    return [_status(page, site, rows, method, kind) for kind in TABLE.who]


def _status(page: Page, site: Site, rows: dict[str, Model], method: str, kind: str) -> int:
    row = str(rows[page.model].pk) if page.has_row else ""
    answer = _ask(site, kind, method, page.path.format(row=row))
    if 200 <= answer.status < 300 and rows is site.own and kind != "administrator":
        assert sorted(pk for pk in site.foreign if pk.encode() in answer.content) == [], f"{kind} at {page.path}"
    if answer.status in REFUSED and rows is site.other:
        absent = _ask(site, kind, method, page.path.format(row=ABSENT))
        told = (answer.status, _plain(answer, row)) != (absent.status, _plain(absent, ABSENT))
        assert not told or _opens(site, kind, rows[page.model]), f"{kind} at {page.path}: {absent.status} if absent"
    return answer.status


def _plain(answer: Answer, row: str) -> bytes:
    """Return the page without the row's id and without what is drawn by lot for each page."""
    return DRAWN.sub(b"", answer.content.replace(row.encode(), b""))


def _opens(site: Site, kind: str, row: Model) -> bool:
    """Whether this person reads the row anyway: it belongs to the whole agency."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return _ask(site, kind, "get", reverse(name, args=[row.pk])).status == 200


def _ask(site: Site, kind: str, method: str, path: str) -> Answer:
    """Send the request as this person; prove that nothing was written unless it went through."""
    browser = site.browsers[kind]
    logged_in = browser.cookies.output(header="")
    reset_queries()
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        response: Any = getattr(browser, method)(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        answer = Answer(response.status_code, body)
        response.close()
        transaction.set_rollback(True)
    browser.cookies.clear()
    browser.cookies.load(logged_in.strip())
    if answer.status != 302 or "/login/" in response.headers["Location"]:
        written = _written([query["sql"] for query in asked.captured_queries])
        told = RECORDED if answer.status == 200 else ()
        assert [sql for sql in written if not any(table in sql for table in told)] == [], f"{kind} at {path}"
    return answer


def _written(statements: list[str]) -> list[str]:
    """Return what was written and not rolled back by the action itself."""
    undone = [place for place, sql in enumerate(statements) if sql.startswith(UNDONE)]
    return [sql for sql in statements[undone[-1] if undone else 0 :] if is_write(sql)]
