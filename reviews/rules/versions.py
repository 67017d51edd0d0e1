"""Data that counsel edits in versions: of each key the newest counts, and a retired one ends it."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Versioned(Protocol):
    """A row that is one version of something with a key."""

    key: str
    version: int


V = TypeVar("V", bound=Versioned)


def newest(rows: Iterable[V]) -> list[V]:
    """Return the newest version of each key, by key."""
    found: dict[str, V] = {}
    for row in rows:
        known = found.get(row.key)
        if known is None or row.version > known.version:
            found[row.key] = row
    return [found[key] for key in sorted(found)]
