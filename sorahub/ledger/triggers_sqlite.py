"""Append-only triggers for SQLite: UPDATE, DELETE, and the INSERT OR REPLACE that slips past both.

REPLACE removes old rows without firing delete triggers, so a BEFORE INSERT trigger refuses a row whose rowid, primary
key or any unique key is already there. The keys are read from the database itself, partial and expression indexes too.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from sorahub.ledger.dialect import quoted


class Key(NamedTuple):
    """A unique key: its columns or expressions, comma-separated, and the condition under which it holds."""

    columns: str
    condition: str


class SQLite:
    """The statements for SQLite."""

    operations: tuple[str, ...] = ("update", "delete", "insert")

    def preparation(self) -> list[str]:
        """Nothing is needed before the tables' own triggers."""
        return []

    def creation(self, connection: BaseDatabaseWrapper, table: str) -> list[str]:
        """Drop and create each trigger; the insert trigger follows the table's present keys."""
        return [*self.removal(table), *self._definitions(connection, table).values()]

    def removal(self, table: str) -> list[str]:
        """Drop the triggers."""
        return [f"DROP TRIGGER IF EXISTS {_name(table, operation)}" for operation in self.operations]

    def found(self, connection: BaseDatabaseWrapper, table: str) -> Iterator[str]:
        """Yield the operations whose trigger reads exactly as it would be written for the table's present keys."""
        stored = dict(_rows(connection, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        for operation, statement in self._definitions(connection, table).items():
            if stored.get(_bare(table, operation)) == statement:
                yield operation

    def _definitions(self, connection: BaseDatabaseWrapper, table: str) -> dict[str, str]:
        conditions = {"update": "", "delete": "", "insert": f"WHEN {_taken(connection, table)} "}
        return {operation: _create(table, operation, conditions[operation]) for operation in self.operations}


def _create(table: str, operation: str, condition: str) -> str:
    said = {"insert": "REPLACE"}.get(operation, operation.upper())
    message = f"append-only: {said} on {table} is refused".replace("'", "''")
    return (
        f"CREATE TRIGGER {_name(table, operation)} BEFORE {operation.upper()} ON {quoted(table)} "
        f"FOR EACH ROW {condition}BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _taken(connection: BaseDatabaseWrapper, table: str) -> str:
    """Return the SQL condition "a key of NEW is already in the table"."""
    names = [row[1] for row in _rows(connection, f"PRAGMA table_info({quoted(table)})")]
    new = ", ".join(f"NEW.{quoted(name)} AS {quoted(name)}" for name in names)
    same_row = f"EXISTS (SELECT 1 FROM {quoted(table)} WHERE rowid = NEW.rowid)"  # noqa: S608 (DDL: names from the schema)
    return " OR ".join([same_row, *(_same(table, new, key) for key in _keys(connection, table))])


def _same(table: str, new: str, key: Key) -> str:
    given = f"(SELECT {key.columns} FROM (SELECT {new}) WHERE {key.condition})"  # noqa: S608 (as above)
    return f"EXISTS (SELECT 1 FROM {quoted(table)} WHERE {key.condition} AND ({key.columns}) = {given})"  # noqa: S608


def _keys(connection: BaseDatabaseWrapper, table: str) -> list[Key]:
    indexes = _rows(connection, f"PRAGMA index_list({quoted(table)})")
    return sorted(_key(connection, str(row[1])) for row in indexes if row[2])


def _key(connection: BaseDatabaseWrapper, index: str) -> Key:
    """Read one unique index: its own SQL where it has one, its columns where a table constraint made it."""
    sql = _rows(connection, "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s", index)[0][0]
    if sql is None:
        columns = _rows(connection, f"PRAGMA index_info({quoted(index)})")
        return Key(", ".join(quoted(str(row[2])) for row in columns), "1")
    head, _, condition = str(sql).partition(" WHERE ")
    return Key(head[head.index("(") + 1 : head.rindex(")")], f"({condition})" if condition else "1")


def _rows(connection: BaseDatabaseWrapper, statement: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def _bare(table: str, operation: str) -> str:
    return f"{table}_append_only_{operation}"


def _name(table: str, operation: str) -> str:
    return quoted(_bare(table, operation))
