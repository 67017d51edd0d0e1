"""A queryset whose SQL is made once, for the few statements that thousands of requests begin with: only what they look for changes.

Making SQL out of a queryset takes Django longer than PostgreSQL takes to answer such a statement.
"""

from copy import copy
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)


class Later(Expression):
    """Stands in a compiled queryset for a value that is said when it is asked."""

    def __init__(self, name: str, kind: "Field[Any, Any]") -> None:
        super().__init__(output_field=kind)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        """Be the parameter oneself; ``Compiled`` puts the value in its place."""
        return "%s", [self]


class Compiled(Generic[M]):
    """A queryset to be asked again and again. Whatever changes from one time to the next must stand in it as ``Later``:
    every other value is kept for ever as it was on the first day. Moments and ids are always of that kind, and refused.
    """

    def __init__(self, rows: QuerySet[M]) -> None:
        self.rows = rows
        self._made: dict[str, tuple[SQLCompiler, str, tuple[Any, ...]]] = {}

    def ask(self, **values: Any) -> list[M]:
        """Return the rows for these values. Raises KeyError for one that is missing."""
        rows = self.rows.all()
        known, sql, parameters = self._made.get(rows.db) or self._compile(rows)
        compiler = copy(known)
        compiler.connection = connections[rows.db]  # each thread has its own
        given = [self._given(one, values, compiler.connection) for one in parameters]
        compiler.as_sql = lambda *_, **__: (sql, tuple(given))  # type: ignore[method-assign]
        rows.query.get_compiler = lambda *_, **__: compiler  # type: ignore[method-assign]
        return list(rows)

    def _compile(self, rows: QuerySet[M]) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
        compiler = rows.query.get_compiler(using=rows.db)
        sql, parameters = compiler.as_sql()
        if frozen := [one for one in parameters if isinstance(one, (date, UUID))]:
            raise TypeError(f"These would never change again: {frozen}")
        self._made[rows.db] = compiler, sql, tuple(parameters)
        return self._made[rows.db]

    @staticmethod
    def _given(one: Any, values: dict[str, Any], connection: Any) -> Any:
        return one.output_field.get_db_prep_value(values[one.name], connection) if isinstance(one, Later) else one
