"""Emptying a database whose tables refuse to be emptied: for tests alone.

Django's transactional tests flush all tables afterwards. On PostgreSQL the flush runs with
``session_replication_role = replica`` (the throwaway cluster's user is its superuser) and empties only the tables that have
rows, but for what Django writes down about models: to truncate everything and write that anew took a second a test. On
SQLite the triggers are taken away for the flush and put back in the same transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management.commands import flush
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from sorahub.ledger import triggers

OF_MODELS = {"django_content_type", "auth_permission"}
"""Written by migrations alone."""
Flush = Callable[[Any, list[str]], None]


@contextmanager
def unguarded(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let the append-only tables be changed inside this block (one transaction), as somebody who got past the triggers."""
    with transaction.atomic(using=connection.alias):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = origin")
        else:
            triggers.remove(connection)
            yield
            triggers.install(connection)


@pytest.fixture(autouse=True, scope="session")
def flush_past_triggers() -> Iterator[None]:
    """Let Django's flush through, for the whole session. ``tests/conftest.py`` imports this fixture by name."""
    with pytest.MonkeyPatch.context() as patch:
        for connection in connections.all():
            _let_flush_through(patch, type(connection.ops))
            if connection.vendor == "postgresql":
                patch.setattr(flush, "emit_post_migrate_signal", lambda *args: None)
        yield


def _empty(connection: BaseDatabaseWrapper) -> None:
    """Delete every row of every table of the program; in the role of a replica no trigger and no foreign key objects."""
    tables = set(connection.introspection.django_table_names(only_existing=True)) - OF_MODELS
    names = [connection.ops.quote_name(table) for table in sorted(tables)]
    with connection.cursor() as cursor:
        asked = (f"(SELECT {place} FROM {name} LIMIT 1)" for place, name in enumerate(names))  # noqa: S608 (as below)
        cursor.execute(" UNION ALL ".join(asked))
        for (place,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {names[place]}")  # noqa: S608 (the program's own tables)


def _let_flush_through(patch: pytest.MonkeyPatch, operations: type[Any]) -> None:
    original: Flush = operations.execute_sql_flush

    def let_through(ops: Any, statements: list[str]) -> None:
        with unguarded(ops.connection):
            if ops.connection.vendor == "postgresql":
                _empty(ops.connection)
            else:
                original(ops, statements)

    patch.setattr(operations, "execute_sql_flush", let_through)
