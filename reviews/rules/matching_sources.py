"""Which source an archive's document probably belongs to, by name. A proposal for a person, nothing more."""

from collections.abc import Hashable, Iterable
from typing import TypeVar

from rapidfuzz import fuzz

K = TypeVar("K", bound=Hashable)
ALIKE = 80.0


def proposed(service: str, terms_type: str, sources: Iterable[tuple[K, str, str]]) -> K | None:
    """Return the key of the source (key, publisher, title) whose publisher is the service and whose title is most like the type.

    None where no title is alike, and where two are equally so.
    """
    publisher = _plain(service)
    found = [
        (fuzz.token_sort_ratio(_plain(terms_type), _plain(title)), key)
        for key, who, title in sources
        if _plain(who) == publisher
    ]
    best = max((score for score, _ in found), default=0.0)
    keys = [key for score, key in found if score == best]
    return keys[0] if best >= ALIKE and len(keys) == 1 else None


def _plain(words: str) -> str:
    return " ".join(words.casefold().replace("&", " and ").split())
