"""What an operator's account has otherwise than a row of ours says: its price, its name for a model, its limits."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from generations.catalog.capability import Capability
from generations.catalog.entries import digest
from generations.catalog.price_lists import pricing
from generations.catalog.reading import CatalogueError, Reader

LIMITS = ("concurrency", "requests_per_minute", "max_references", "result_ttl", "expires_after", "characters")


@dataclass(frozen=True)
class Amendment:
    """Changes to the rows of one model by one route, in one mode or ("") in all. ``price`` is an unread table."""

    where: str
    route: str
    model: str
    mode: str
    fields: Mapping[str, Any]
    price: dict[str, Any] | None

    def apply(self, rows: MutableMapping[tuple[str, str, str], Capability]) -> None:
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


def amendment(reader: Reader) -> Amendment:
    """Read one ``[[amend]]`` table: route, model, source and as_of, and at least one thing that is otherwise."""
    route, model, mode = reader.text("route"), reader.text("model"), reader.take("mode", str, "")
    fields: dict[str, Any] = {"source": reader.text("source"), "as_of": reader.take("as_of", dt.date)}
    fields |= {name: reader.positive(name) for name in LIMITS if name in reader.table}
    fields |= {name: reader.text(name) for name in ("wire_model", "note") if name in reader.table}
    price = reader.take("pricing", dict, None)
    reader.end()
    if len(fields) == 2 and price is None:
        raise reader.fail("wire_model, pricing or a limit", "is missing")
    return Amendment(reader.where, route, model, mode, fields, price)
