"""Whether a governing set holds terms of everybody by way of whom a clip was made."""

from collections.abc import Collection, Iterable

from generations.catalog import Party


def not_governed(hops: Iterable[Party], parties: Collection[str]) -> tuple[str, ...]:
    """Return the names of the hops of which no party has terms in the set, each once. A hop that nobody can name stays open."""
    held = set(parties)
    return tuple(dict.fromkeys(hop.name for hop in hops if held.isdisjoint(hop.parties)))
