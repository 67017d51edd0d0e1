"""A kept connection is looked at before each request: one that was ended is replaced before anybody notices."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import DataError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

from sorahub.accounts.models import User
from sorahub.lib.compiled import prepared
from sorahub.postgresql import base

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def beside() -> Iterator[BaseDatabaseWrapper]:
    """A second connection to the same database."""
    other = connection.copy()
    yield other
    other.close()


def ask(through: BaseDatabaseWrapper, sql: str, *values: Any) -> Any:
    with through.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def own_pid() -> int:
    pid: int = ask(connection, "SELECT pg_backend_pid()")
    return pid


def asked_last(beside: BaseDatabaseWrapper, pid: int) -> str:
    words: str = ask(beside, "SELECT query FROM pg_stat_activity WHERE pid = %s", pid)
    return words


def test_a_connection_in_use_is_not_asked_each_time(beside: BaseDatabaseWrapper) -> None:
    pid = own_pid()
    assert connection.is_usable()
    ask(connection, "SELECT 7")
    assert connection.is_usable()
    assert asked_last(beside, pid) == "SELECT 7"


def test_after_a_silence_the_server_is_asked(beside: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = own_pid()
    assert connection.is_usable()
    ask(connection, "SELECT 7")
    monkeypatch.setattr(base, "FRESH_SECONDS", 0.0)
    assert connection.is_usable()
    assert asked_last(beside, pid) == "SELECT 1"


def test_after_an_error_the_server_is_asked(beside: BaseDatabaseWrapper) -> None:
    pid = own_pid()
    assert connection.is_usable()
    ask(connection, "SELECT 7")
    connection.errors_occurred = True
    assert connection.is_usable()
    assert asked_last(beside, pid) == "SELECT 1"
    connection.errors_occurred = False


def test_a_connection_that_was_ended_is_replaced(beside: BaseDatabaseWrapper) -> None:
    pid = own_pid()
    assert connection.is_usable()
    ask(beside, "SELECT pg_terminate_backend(%s, 5000)", pid)
    kept: Any = connection
    kept.health_check_enabled, kept.health_check_done = True, False
    assert not User.objects.exists()
    assert own_pid() != pid
    assert connection.is_usable()


def test_statements_of_the_hot_paths_are_kept_by_the_server_and_no_others() -> None:
    query = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int +%%'"
    before = ask(connection, query)
    assert ask(connection, "SELECT %s::int + 1", 2) == 3
    assert ask(connection, query) == before
    with prepared(connection), CaptureQueriesContext(connection) as asked:
        assert [ask(connection, "SELECT %s::int + 1", number) for number in range(8)] == list(range(1, 9))
    assert {one["sql"] for one in asked} == {"SELECT %s::int + 1"}
    assert ask(connection, query) == before + 1


def test_a_statement_that_is_kept_outlives_an_error_and_what_was_undone() -> None:
    with prepared(connection):
        assert ask(connection, "SELECT 12 / %s::int", 3) == 4
        with pytest.raises(DataError):
            ask(connection, "SELECT 12 / %s::int", 0)
        with suppress(DataError), transaction.atomic():
            ask(connection, "SELECT 12 / %s::int", 0)
        assert ask(connection, "SELECT 12 / %s::int", 4) == 3
