"""What each (provider, route, model, mode) can do: data with dates, validated when it is loaded."""

import datetime as dt
from functools import cache

from generations.catalog.capability import (
    Audio,
    Cancel,
    Capability,
    Lifecycle,
    Money,
    Params,
    ReferenceFacts,
    Refusal,
    Size,
    Slot,
    Webhook,
)
from generations.catalog.loader import CatalogueError, load
from generations.catalog.rules import estimate, refusals
from sorahub.lib.errors import NotFound

__all__ = [
    "Audio",
    "Cancel",
    "Capability",
    "CatalogueError",
    "Lifecycle",
    "Money",
    "Params",
    "ReferenceFacts",
    "Refusal",
    "Size",
    "Slot",
    "Webhook",
    "capability",
    "estimate",
    "launchable",
    "refusals",
    "rows",
]


@cache
def _rows() -> dict[tuple[str, str, str], Capability]:
    return load()


def rows() -> list[Capability]:
    """Return every row, retired and import-only ones included, by route, model and mode."""
    return [_rows()[key] for key in sorted(_rows())]


def capability(route: str, model: str, mode: str) -> Capability:
    """Return one row. Raises NotFound."""
    try:
        return _rows()[(route, model, mode)]
    except KeyError:
        raise NotFound(f"The catalogue has no {model} for {mode} by route {route}.") from None


def launchable(at: dt.date) -> list[Capability]:
    """Return the rows that new work may be sent to on the day ``at``."""
    return [row for row in rows() if row.launchable(at)]
