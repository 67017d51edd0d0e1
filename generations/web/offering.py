"""What the catalogue offers, as people look for it: a model by a route, with its modes and its standing. Pure."""

import datetime as dt
from dataclasses import dataclass

from generations import catalog
from generations.catalog import Capability, Lifecycle
from generations.pipeline.remote import shut_routes


@dataclass(frozen=True)
class Entry:
    """A model by one route, with its rows: one for each mode."""

    route: catalog.Route
    rows: tuple[Capability, ...]

    @property
    def key(self) -> str:
        """How addresses name it."""
        return f"{self.route.name}:{self.model}"

    @property
    def model(self) -> str:
        """Our name for the model."""
        return self.rows[0].model

    @property
    def plain(self) -> Capability:
        """The row for words alone, or else the first."""
        return next((row for row in self.rows if row.mode == "text_to_video"), self.rows[0])

    @property
    def title(self) -> str:
        """The model's name for people."""
        return self.plain.title

    def launchable(self, at: dt.date) -> bool:
        """Whether new work may be sent to any of its modes."""
        return self.route.name not in shut_routes() and any(row.launchable(at) for row in self.rows)


def entries() -> list[Entry]:
    """Return every model by every route that offers it, import-only and retired ones included."""
    found: dict[tuple[str, str], list[Capability]] = {}
    for row in catalog.rows():
        found.setdefault((row.route, row.model), []).append(row)
    return [Entry(catalog.route(route), tuple(rows)) for (route, _), rows in found.items()]


def lifecycle(row: Capability, at: dt.date) -> tuple[str, str]:
    """Return the row's standing as a state word and a sentence with its dates."""
    if row.lifecycle is Lifecycle.IMPORT_ONLY:
        return "closed", "only for clips made elsewhere"
    if row.retired_on and at >= row.retired_on:
        return "expired", f"shut down on {row.retired_on}"
    if not row.wire_model:
        return "unknown", "its name there must come from your own catalogue"
    if row.route in shut_routes():
        return "unknown", "its provider’s file is incomplete"
    if at < row.since:
        return "waiting", f"from {row.since} on"
    if row.retired_on:
        return "stale", f"will be shut down on {row.retired_on}"
    return ("stale", "deprecated") if row.lifecycle is Lifecycle.DEPRECATED else ("ready", "can be used")
