"""A note, its marks and the count that tells open pages, written by one statement: the few words that are said all day long.

PostgreSQL makes the rows out of JSON: so the statement is the same however many marks there are, and is planned once. Nobody
waits for the count's row while this side is on its way from one statement to the next.
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


def insert(note: Annotation, marks: Sequence[Shape]) -> bool:
    """Write the new note with its marks and count it; False when there is a note with this id, and nothing was written.

    Raises IntegrityError, having written nothing, for the id of a mark that is taken.
    """
    values = [_json(_row(note)), _json([_row(mark) for mark in marks]), note.clip.project_id]
    # One statement is a transaction of its own; within another one it must be able to fail alone.
    inside = transaction.atomic() if connection.in_atomic_block else nullcontext()
    with inside, prepared(connection), connection.cursor() as cursor:
        cursor.execute(_statement(), values)
        return cursor.rowcount == 1


@cache
def _statement() -> str:
    note, mark, pulse = (model._meta.db_table for model in (Annotation, Shape, Pulse))
    names = ", ".join(_columns(Shape))
    return f"""
        WITH note AS (
            INSERT INTO {note} ({", ".join(_columns(Annotation))})
            SELECT {", ".join(_columns(Annotation))} FROM json_populate_record(NULL::{note}, %s)
            ON CONFLICT (id) DO NOTHING RETURNING id
        ), marks AS (
            INSERT INTO {mark} ({names})
            SELECT {", ".join(f"mark.{name}" for name in _columns(Shape))}
            FROM note, json_populate_recordset(NULL::{mark}, %s) AS mark
        )
        INSERT INTO {pulse} AS pulse (project_id, version) SELECT %s::uuid, 1 FROM note
        ON CONFLICT (project_id) DO UPDATE SET version = pulse.version + 1
    """  # noqa: S608 (names of tables and columns, no value)


def _columns(model: type[models.Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields]


def _row(row: models.Model) -> dict[str, Any]:
    return {field.column: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _json(rows: object) -> str:
    """As the database reads it back: ids, decimals and times are written as text."""
    return json.dumps(rows, default=str)
