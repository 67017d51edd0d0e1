"""Rows that the database itself writes as JSON, just as the API's serializers would: for the few lists that are always asked for.

Everything here is SQL text made from models and names of their fields; no value ever becomes part of it. Times are written in
UTC. A percent sign is doubled, as Django's ``RawSQL`` wants it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Field, ForeignKey, Model


@dataclass(frozen=True)
class Dialect:
    """How one database writes JSON; ``columns`` says it of the kinds of fields that need more than their name."""

    make: str
    quote: str
    collect: str
    columns: Mapping[str, str]

    def row(self, model: type[Model], fields: Iterable[str], **written: str) -> str:
        """Return the JSON object of a row of the model's table: its fields by name, and what is ``written`` otherwise."""
        members = (f"'{name}', {written.get(name) or self._column(model, name)}" for name in fields)
        return f"{self.make}({', '.join(members)})"

    def value(self, model: type[Model], field: str) -> str:
        """Return one field of a row as JSON."""
        return self.quote.format(self._column(model, field))

    def rows(self, model: type[Model], each: str, *, where: str, order: Iterable[str]) -> str:
        """Return the JSON array of ``each`` of the model's rows that are so, in this order."""
        table = model._meta.db_table
        chosen = f"SELECT {each} AS one FROM {table} WHERE {where} ORDER BY {', '.join(order)}"  # noqa: S608 (no value in it)
        return f"(SELECT {self.collect} FROM ({chosen}) AS chosen)"  # noqa: S608 (as above)

    def _column(self, model: type[Model], name: str) -> str:
        field = model._meta.get_field(name)
        if not isinstance(field, Field):
            raise TypeError(f"{name} is no column of {model.__name__}.")
        column = f"{model._meta.db_table}.{field.column}"
        kind = field.target_field if isinstance(field, ForeignKey) else field
        written = self.columns.get(kind.get_internal_type(), "{column}")
        return written.format(column=column, places=getattr(kind, "decimal_places", 0))


_HEX = "substr({column}, 1, 8), substr({column}, 9, 4), substr({column}, 13, 4), substr({column}, 17, 4), substr({column}, 21)"
DIALECTS = {
    "postgresql": Dialect(
        make="json_build_object",
        quote="to_json({})",
        collect="coalesce(json_agg(one), '[]')",
        columns={
            "DateTimeField": (
                "replace(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), '.000000Z', 'Z')"
            ),
            "DecimalField": "{column}::text",
        },
    ),
    "sqlite": Dialect(
        make="json_object",
        quote="json_quote({})",
        collect="json(json_group_array(json(one)))",
        columns={
            "UUIDField": f"CASE WHEN {{column}} IS NOT NULL THEN printf('%%s-%%s-%%s-%%s-%%s', {_HEX}) END",
            "DateTimeField": "replace({column}, ' ', 'T') || 'Z'",
            "DecimalField": "printf('%%.{places}f', {column})",
            "JSONField": "json({column})",
        },
    ),
}
