"""A note, its marks and the count that tells open pages, written by one statement: what is said all day long.

PostgreSQL makes the rows out of JSON: so the statement is the same however many marks there are, and is planned once. Nobody
waits for the count's row while this side is on its way from one statement to the next. What the note looks like to those who
read it is answered along with it.
"""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from generations.models import Pulse
from reviews.models import Annotation, Shape
from sorahub.lib.compiled import prepared


def possible() -> bool:
    """Whether the database can."""
    return connection.vendor == "postgresql"


def insert(note: Annotation, marks: Sequence[Shape], *, shown: str) -> Any:
    """Write the new note with its marks and count it; None when there is a note with this id, and nothing was written.

    ``shown`` is SQL over the row of a note, as a list of notes would select it: its value is returned.
    Raises IntegrityError, having written nothing, for the id of a mark that is taken.
    """
    values: list[Any] = [_json([_row(note)]), _json([_row(mark) for mark in marks]), note.clip.project_id]
    # One statement is a transaction of its own; within another one it must be able to fail alone.
    inside = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with inside, prepared(connection), connection.cursor() as cursor:
        cursor.execute(_statement(shown), values)
        written = cursor.fetchone()
    return written and written[0]


@cache
def _statement(shown: str) -> str:
    """To whoever reads in it the tables' names mean the rows that it has just written, and to whoever writes the tables."""
    note, mark, pulse = (model._meta.db_table for model in (Annotation, Shape, Pulse))
    return (
        f"WITH {note} AS ({_rows_of(Annotation)} ON CONFLICT (id) DO NOTHING RETURNING *),"  # noqa: S608 (names of tables and columns, no value)
        f" {mark} AS ({_rows_of(Shape)} WHERE EXISTS (SELECT FROM {note}) RETURNING *),"
        f" counted AS (INSERT INTO {pulse} AS pulse (project_id, version) SELECT %s::uuid, 1 FROM {note}"
        f" ON CONFLICT (project_id) DO UPDATE SET version = pulse.version + 1)"
        f" SELECT {shown} FROM {note}"
    )


def _rows_of(model: type[models.Model]) -> str:
    table, columns = model._meta.db_table, ", ".join(_columns(model).values())
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s)"  # noqa: S608 (as above)


@cache
def _columns(model: type[models.Model]) -> dict[str, str]:
    """The columns of a table by the attributes that hold them."""
    return {field.attname: str(field.column) for field in model._meta.concrete_fields}


def _row(row: models.Model) -> dict[str, Any]:
    return {column: getattr(row, name) for name, column in _columns(type(row)).items()}


def _json(rows: object) -> str:
    """As the database reads it back: ids, decimals and times are written as text."""
    return json.dumps(rows, default=str)
