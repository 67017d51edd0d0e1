"""The few words in which PostgreSQL and SQLite differ, for one statement that runs on both."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction

Cell = Any
LATER = """
    SELECT 1 FROM reviews_licencerecordversion later WHERE later.record_id = v.record_id AND later.version > v.version"""
"""Is there a later version of the same record than the version ``v``?"""


@dataclass(frozen=True)
class Dialect:
    """How a database asks into JSON, and which day it was somewhere. Arguments are SQL; what comes back is SQL."""

    postgresql: bool

    @property
    def fence(self) -> str:
        """At the end of a step that is to be worked out once for each row, and not once for each use of its columns."""
        return "OFFSET 0" if self.postgresql else ""

    def any_bit(self, number: str, bits: Iterable[int]) -> str:
        """The bits that are set in some row of a group. ``bits``: those that there are."""
        if self.postgresql:
            return f"bit_or({number})"
        return " | ".join(f"max({number} & {bit})" for bit in bits)

    def has(self, column: str, value: str) -> str:
        """Say whether a JSON list of texts holds this one."""
        if self.postgresql:
            return f"jsonb_exists({column}, {value})"
        return f"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {value})"

    def rows(self, column: str, name: str) -> str:
        """The members of a JSON list as a table ``name(value)``."""
        if self.postgresql:
            return f"jsonb_array_elements({column}) AS {name}(value)"
        return f"json_each({column}) AS {name}"

    def rows_of(self, column: str, name: str, key: str, wanted: str) -> str:
        """The same, less objects of which it is certain that they say none of what is wanted under the key. ``wanted``: the
        place of a JSON object whose ``names`` are the texts.
        """
        if self.postgresql:
            return f"jsonb_path_query({column}, '$[*] ? (@.{key} == $names[*])', {wanted}) AS {name}(value)"
        return self.rows(column, name)

    def text(self, value: str, key: str) -> str:
        """The text under a key of a JSON object."""
        return f"({value} ->> '{key}')" if self.postgresql else f"json_extract({value}, '$.{key}')"

    def true(self, value: str, key: str) -> str:
        """Whether a JSON object says true under a key."""
        return f"({value} -> '{key}' = 'true'::jsonb)" if self.postgresql else f"json_extract({value}, '$.{key}') = 1"

    def day(self, moment: str, zone: str) -> str:
        """The day that this instant lies in, in a zone."""
        if self.postgresql:
            return f"CAST({moment} AT TIME ZONE {zone} AS date)"
        return f"django_datetime_cast_date({moment}, 'UTC', {zone})"

    def profiles(self, among: str = "") -> str:
        """A step ``profiles(version_id, profile)``: what counsel said of changes of terms for a record version, as one text.

        Each change with a sign before it: + it has no effect, ? it suspends while it is read, - the record must change.
        ``among``: a query for the ids of the versions that are wanted; else all.
        """
        change = "said || CAST(change_id AS text)"
        several = f"string_agg({change}, ',' ORDER BY change_id)" if self.postgresql else f"group_concat({change}, ',')"
        wanted = f"AND record_version_id IN ({among})" if among else ""
        return f"""
            profiles AS (
                SELECT version_id, {several} AS profile FROM (
                    SELECT record_version_id AS version_id, change_id,
                        CASE outcome WHEN 'no_effect' THEN '+' WHEN '' THEN '?' ELSE '-' END AS said
                    FROM reviews_rereview WHERE (outcome <> '' OR suspends) {wanted} ORDER BY record_version_id, change_id
                ) read GROUP BY version_id
            )"""

    @staticmethod
    def id(value: UUID | str) -> UUID:
        """An id as the program knows it."""
        return value if isinstance(value, UUID) else UUID(value)


def here() -> Dialect:
    """The dialect of the database in use."""
    return Dialect(postgresql=connection.vendor == "postgresql")


class Parameters(dict[str, Any]):
    """What a statement is given beside its text, each value once under a name of its own."""

    def put(self, value: Cell) -> str:
        """Take a value in and return its place in the text."""
        name = f"p{len(self)}"
        self[name] = _plain(value)
        return f"%({name})s"

    def table(self, name: str, columns: str, first: Sequence[Cell], rows: Sequence[Sequence[Cell]]) -> str:
        """A small table for the statement's WITH. ``first`` matches nothing: it gives the columns their types."""
        told = ", ".join(f"({', '.join(self.put(cell) for cell in row)})" for row in (first, *rows))
        return f"{name}({columns}) AS (VALUES {told})"

    def embedded(self, sql: str, values: Sequence[Cell]) -> str:
        """Another statement's text with its values taken in."""
        return sql % tuple(self.put(value) for value in values)


class Run:
    """Statements one after the other in one transaction, with tables that pass with it. PostgreSQL is to hold what it joins in
    memory; compiling would take it longer than running.
    """

    def __init__(self, given: Parameters, cursor: Any) -> None:
        self._given, self._cursor = given, cursor
        self._postgresql = connection.vendor == "postgresql"
        if self._postgresql:
            cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL default_statistics_target = 10")

    def write(self, name: str, text: str) -> None:
        """Keep what a statement finds in a passing table, with an ``id`` in it; whoever plans what comes after knows how much it is."""
        self._cursor.execute(f"CREATE TEMPORARY TABLE {name} AS {text}", self._given)
        if self._postgresql:
            self._cursor.execute(f"ANALYZE {name} (id)")

    def forget(self, name: str) -> None:
        """Drop a passing table: the next question in the same transaction has its own."""
        self._cursor.execute(f"DROP TABLE {name}")

    def seek(self) -> None:
        """Have PostgreSQL take it that looking up a row costs little: what is asked from here on, is asked of few clips."""
        if self._postgresql:
            self._cursor.execute("SET LOCAL random_page_cost = 2")

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        self._cursor.execute(text, self._given)
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found


@contextmanager
def running(given: Parameters) -> Iterator[Run]:
    """Open a transaction for statements with these parameters."""
    with transaction.atomic(), connection.cursor() as cursor:
        yield Run(given, cursor)


def _plain(value: Cell) -> Cell:
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return connection.ops.adapt_unknown_value(value) if isinstance(value, date) else value
