"""The database's own refusal to change append-only rows, on PostgreSQL and SQLite.

One set of triggers per table of every concrete ``AppendOnly`` model of every app. ``install`` may be run any time;
``installed`` counts only triggers that are enabled and say exactly what we would write today.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

from sorahub.ledger.append_only import AppendOnly
from sorahub.ledger.dialect import Dialect
from sorahub.ledger.triggers_postgresql import PostgreSQL
from sorahub.ledger.triggers_sqlite import SQLite

DIALECTS: dict[str, Dialect] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}


class Trigger(NamedTuple):
    """One trigger: the table it guards and the operation it refuses."""

    table: str
    operation: str


def guarded() -> list[type[models.Model]]:
    """Return every concrete append-only model of the installed apps."""
    return [model for model in apps.get_models() if issubclass(model, AppendOnly) and not model._meta.proxy]


def expected(connection: BaseDatabaseWrapper | None = None) -> set[Trigger]:
    """Return the triggers that must be there for this kind of database (default: the default database)."""
    database, dialect = _resolve(connection)
    return {Trigger(table, operation) for table in _tables(database) for operation in dialect.operations}


def installed(connection: BaseDatabaseWrapper | None = None) -> set[Trigger]:
    """Return the triggers that are there, enabled and unaltered."""
    database, dialect = _resolve(connection)
    return {Trigger(table, found) for table in _present(database) for found in dialect.found(database, table)}


def install(connection: BaseDatabaseWrapper | None = None, tables: Iterable[str] | None = None) -> None:
    """Put the triggers in place, replacing what is there; tables that do not exist (yet) are passed over."""
    database, dialect = _resolve(connection)
    names = _present(database) if tables is None else tables
    _run(database, dialect.preparation())
    _run(database, [sql for table in names for sql in dialect.creation(database, table)])


def remove(connection: BaseDatabaseWrapper | None = None, tables: Iterable[str] | None = None) -> None:
    """Take the triggers away: for a migration's own time on SQLite, and for tests. Never while the hub runs."""
    database, dialect = _resolve(connection)
    names = _present(database) if tables is None else tables
    _run(database, [sql for table in names for sql in dialect.removal(table)])


def _resolve(connection: BaseDatabaseWrapper | None) -> tuple[BaseDatabaseWrapper, Dialect]:
    database = connection or connections[DEFAULT_DB_ALIAS]
    try:
        return database, DIALECTS[database.vendor]
    except KeyError as error:
        raise ImproperlyConfigured("SoraHub runs on PostgreSQL or SQLite: no other database can guard it.") from error


def _tables(connection: BaseDatabaseWrapper) -> list[str]:
    here = [model for model in guarded() if router.allow_migrate_model(connection.alias, model)]
    return sorted(model._meta.db_table for model in here)


def _present(connection: BaseDatabaseWrapper) -> list[str]:
    there = set(connection.introspection.table_names())
    return [table for table in _tables(connection) if table in there]


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
