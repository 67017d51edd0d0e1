"""A queryset whose SQL is made once, for the few statements that thousands of requests begin with: only what they look for changes.

Making SQL out of a queryset takes Django longer than PostgreSQL takes to answer such a statement; where the database can keep
a statement that it has planned, it does.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connections
from django.db.models import Expression, Field, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

R = TypeVar("R")
"""What a row becomes."""


def prepared(connection: Any) -> AbstractContextManager[None]:
    """Have the database keep the statements of this block, where it can: see ``sorahub.postgresql``."""
    preparing: AbstractContextManager[None] = getattr(connection, "preparing", nullcontext)()
    return preparing


class Later(Expression):
    """Stands in a compiled queryset for a value that is said when it is asked."""

    def __init__(self, name: str, kind: "Field[Any, Any]") -> None:
        super().__init__(output_field=kind)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        """Be the parameter oneself; ``Compiled`` puts the value in its place."""
        return "%s", [self]


@dataclass(frozen=True)
class Made:
    """What of a queryset stays the same: its SQL, how values come out of the database, and what is made of a row."""

    sql: str
    parameters: tuple[Any, ...]
    converters: list[tuple[int, list[Callable[..., Any]], Any]]
    build: Callable[[Sequence[Any]], Any]


class Compiled(Generic[R]):
    """A queryset to be asked again and again. Whatever changes from one time to the next must stand in it as ``Later``:
    every other value is kept for ever as it was on the first day. Moments and ids are always of that kind, and refused.

    For rows with what ``select_related`` joins and ``annotate`` adds, and for ``values``; nothing is fetched beside.
    """

    def __init__(self, rows: QuerySet[Any, R]) -> None:
        self.rows = rows
        self._made: dict[str, Made] = {}

    def ask(self, **values: Any) -> list[R]:
        """Return the rows for these values. Raises KeyError for one that is missing."""
        [rows] = together(self.of(**values))
        return rows

    def of(self, **values: Any) -> "Asking":
        """Return this question with its values, to be asked ``together`` with others."""
        return Asking(self, values)

    def sent(self, connection: Any, cursor: Any, values: dict[str, Any]) -> Made:
        """Have the cursor ask for these values; return what is to be made of its rows."""
        made = self._made.get(connection.alias) or self._make(connection)
        cursor.execute(made.sql, [self._given(one, values, connection) for one in made.parameters])
        return made

    def _make(self, connection: Any) -> Made:
        compiler = self.rows.query.get_compiler(using=connection.alias)
        sql, parameters = compiler.as_sql()
        if frozen := [one for one in parameters if isinstance(one, (date, UUID))]:
            raise TypeError(f"These would never change again: {frozen}")
        columns = [column for column, _, _ in compiler.select]
        converters = [(at, by, column) for at, (by, column) in compiler.get_converters(columns).items()]
        self._made[connection.alias] = Made(sql, tuple(parameters), converters, _builder(self.rows, compiler))
        return self._made[connection.alias]

    @staticmethod
    def _given(one: Any, values: dict[str, Any], connection: Any) -> Any:
        return one.output_field.get_db_prep_value(values[one.name], connection) if isinstance(one, Later) else one


@dataclass(frozen=True)
class Asking:
    """A compiled queryset with the values that it is to be asked for."""

    question: Compiled[Any]
    values: dict[str, Any]


def together(*asked: Asking) -> list[list[Any]]:
    """Return the rows of each question. Where the database can, all are sent before the first answer is waited for."""
    connection: Any = connections[asked[0].question.rows.db]  # each thread has its own
    with ExitStack() as stack:
        stack.enter_context(prepared(connection))
        cursors = [stack.enter_context(connection.cursor()) for _ in asked]
        with pipelined(connection) if len(asked) > 1 else nullcontext():
            made = [
                each.question.sent(connection, cursor, each.values) for each, cursor in zip(asked, cursors, strict=True)
            ]
        found = [cursor.fetchall() for cursor in cursors]
    return [[of.build(_converted(row, of, connection)) for row in rows] for of, rows in zip(made, found, strict=True)]


def pipelined(connection: Any) -> AbstractContextManager[Any]:
    """Send what is asked in this block in one go, where the database can: see ``sorahub.postgresql``."""
    pipe: AbstractContextManager[Any] = getattr(connection, "pipelined", nullcontext)()
    return pipe


def _converted(row: Sequence[Any], made: Made, connection: Any) -> Sequence[Any]:
    """The row as Python has it: for most columns the driver has seen to that already."""
    if not made.converters:
        return row
    values = list(row)
    for at, converters, column in made.converters:
        for convert in converters:
            values[at] = convert(values[at], column, connection)
    return values


def _builder(rows: QuerySet[Any], compiler: Any) -> Callable[[Sequence[Any]], Any]:
    """How Django makes its objects, or the dictionaries of ``values``, out of a row."""
    if not rows.query.default_cols:  # ``values``
        names = list(rows.query.values_select) + list(rows.query.annotation_select)
        return lambda row: dict(zip(names, row, strict=True))
    made_of = compiler.klass_info["select_fields"]
    columns = slice(made_of[0], made_of[-1] + 1)
    attributes = [column.target.attname for column, _, _ in compiler.select[columns]]
    annotated = list(compiler.annotation_col_map.items())
    joined = get_related_populators(compiler.klass_info, compiler.select, compiler.using)  # type: ignore[call-arg]  # the stubs are a later Django's

    def build(row: Sequence[Any]) -> Any:
        made = rows.model.from_db(compiler.using, attributes, row[columns])
        for populator in joined:
            populator.populate(row, made)
        for name, at in annotated:
            setattr(made, name, row[at])
        return made

    return build
