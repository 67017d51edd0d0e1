"""What an operator has otherwise than a row or a route of ours says: a price, a name, limits, lengths, sizes; a wire more."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from generations.catalog.capability import Capability, Route
from generations.catalog.entries import digest
from generations.catalog.price_lists import pricing
from generations.catalog.reading import CatalogueError, Reader
from generations.catalog.shapes import seconds, shapes

LIMITS = ("concurrency", "requests_per_minute", "max_references", "result_ttl", "expires_after", "characters")
Rows = MutableMapping[tuple[str, str, str], Capability]
Routes = MutableMapping[str, Route]


@dataclass(frozen=True)
class Amendment:
    """Changes to the rows of one model by one route, in one mode or ("") in all. ``price`` is an unread table."""

    where: str
    route: str
    model: str
    mode: str
    fields: Mapping[str, Any]
    price: dict[str, Any] | None

    def apply(self, rows: Rows, routes: Routes) -> None:
        """Change the rows it names, each with a new digest. Raises CatalogueError where there is none."""
        keys = [key for key in rows if key[:2] == (self.route, self.model) and self.mode in ("", key[2])]
        if not keys:
            raise CatalogueError(f"{self.where}: there is no {self.model} by route {self.route} {self.mode}".rstrip())
        for key in keys:
            row = dataclasses.replace(rows[key], **self.fields)
            if self.price is not None:
                reader = Reader(self.price, f"{self.where}, pricing")
                row = dataclasses.replace(row, pricing=pricing(reader, row.shapes))
            rows[key] = dataclasses.replace(row, digest=digest(row))


@dataclass(frozen=True)
class RouteAmendment:
    """Changes to a route: ``dialects`` that it speaks besides, before those it has; ``fields`` take the place of its own."""

    where: str
    route: str
    dialects: tuple[str, ...]
    fields: Mapping[str, Any]

    def apply(self, rows: Rows, routes: Routes) -> None:
        """Change the route it names. Raises CatalogueError where there is none."""
        found = routes.get(self.route)
        if found is None:
            raise CatalogueError(f"{self.where}: there is no route {self.route}")
        spoken = tuple(dict.fromkeys((*self.dialects, *found.dialects)))
        routes[self.route] = dataclasses.replace(found, dialects=spoken, **self.fields)


def amendment(reader: Reader) -> Amendment | RouteAmendment:
    """Read one ``[[amend]]`` table: of a model's rows where it names a ``model``, else of the route itself."""
    return _of_rows(reader) if "model" in reader.table else _of_route(reader)


def _of_rows(reader: Reader) -> Amendment:
    route, model, mode = reader.text("route"), reader.text("model"), reader.take("mode", str, "")
    fields = _origin(reader)
    fields |= {name: reader.positive(name) for name in LIMITS if name in reader.table}
    fields |= {name: reader.text(name) for name in ("wire_model", "note") if name in reader.table}
    for name, column, read in (("seconds", "seconds", seconds), ("sizes", "shapes", shapes)):
        if name in reader.table:
            fields[column] = read(reader)
            if not fields[column]:
                raise reader.fail(name, "must not be empty")
    price = reader.take("pricing", dict, None)
    reader.end()
    if len(fields) == 2 and price is None:
        raise reader.fail("wire_model, pricing, seconds, sizes or a limit", "is missing")
    return Amendment(reader.where, route, model, mode, fields, price)


def _of_route(reader: Reader) -> RouteAmendment:
    route, fields = reader.text("route"), _origin(reader)
    dialects = reader.texts("dialects")
    if "result_hosts" in reader.table:
        fields["result_hosts"] = reader.hosts("result_hosts")
    if "note" in reader.table:
        fields["note"] = reader.text("note")
    if "resells" in reader.table:
        fields["resells"] = reader.flag("resells")
    reader.end()
    if len(fields) == 2 and not dialects:
        raise reader.fail("model, or dialects, result_hosts, resells or note of the route,", "is missing")
    return RouteAmendment(reader.where, route, dialects, fields)


def _origin(reader: Reader) -> dict[str, Any]:
    return {"source": reader.text("source"), "as_of": reader.take("as_of", dt.date)}
