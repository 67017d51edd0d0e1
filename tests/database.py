"""Emptying a database whose tables refuse to be emptied: for tests alone.

Django's transactional tests flush all tables afterwards. On PostgreSQL the flush runs with
``session_replication_role = replica`` (the throwaway cluster's user is its superuser); on SQLite the triggers are taken
away for the flush and put back in the same transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from sorahub.ledger import triggers

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
        yield


def _let_flush_through(patch: pytest.MonkeyPatch, operations: type[Any]) -> None:
    original: Flush = operations.execute_sql_flush

    def flush(ops: Any, statements: list[str]) -> None:
        with unguarded(ops.connection):
            original(ops, statements)

    patch.setattr(operations, "execute_sql_flush", flush)
