"""Append-only triggers for PostgreSQL: one function, and per table one trigger each for UPDATE, DELETE and TRUNCATE.

INSERT … ON CONFLICT DO UPDATE and MERGE fire the UPDATE trigger. A superuser or the table's owner can disable triggers:
production therefore has two roles, and the audit finds what was changed nevertheless.
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

from sorahub.ledger.dialect import quoted

FUNCTION = "sorahub_append_only"
BODY = """
BEGIN
    RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
"""
ROW, BEFORE = 1, 2  # pg_trigger.tgtype, as PostgreSQL's catalog/pg_trigger.h numbers its bits
TYPES = {"update": ROW | BEFORE | 16, "delete": ROW | BEFORE | 8, "truncate": BEFORE | 32}
LOOK = """
SELECT t.tgname, t.tgtype FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relname = %s AND pg_table_is_visible(c.oid)
  AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND t.tgattr = '' AND p.proname = %s AND p.prosrc = %s
"""


class PostgreSQL:
    """The statements for PostgreSQL 14 and later."""

    operations: tuple[str, ...] = ("update", "delete", "truncate")

    def preparation(self) -> list[str]:
        """Create the function that refuses."""
        return [f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS '{_escaped(BODY)}'"]

    def creation(self, connection: BaseDatabaseWrapper, table: str) -> list[str]:
        """Replace each trigger in one statement: there is no moment without it."""
        return [self._create(table, operation) for operation in self.operations]

    def removal(self, table: str) -> list[str]:
        """Drop the triggers; the function stays."""
        names = (_name(operation) for operation in self.operations)
        return [f"DROP TRIGGER IF EXISTS {name} ON {quoted(table)}" for name in names]

    def found(self, connection: BaseDatabaseWrapper, table: str) -> Iterator[str]:
        """Yield the operations whose trigger is enabled, fires before every such change, and calls our function as we wrote it."""
        with connection.cursor() as cursor:
            cursor.execute(LOOK, [table, FUNCTION, BODY])
            there = set(cursor.fetchall())
        yield from (operation for operation in self.operations if (_name(operation), TYPES[operation]) in there)

    def _create(self, table: str, operation: str) -> str:
        level = "STATEMENT" if operation == "truncate" else "ROW"
        return (
            f"CREATE OR REPLACE TRIGGER {_name(operation)} BEFORE {operation.upper()} ON {quoted(table)} "
            f"FOR EACH {level} EXECUTE FUNCTION {FUNCTION}()"
        )


def _name(operation: str) -> str:
    return f"append_only_{operation}"


def _escaped(text: str) -> str:
    return text.replace("'", "''")
