"""Scopes in words: what one allows, what it allows beyond another, and what two have in common."""

from reviews.models import WORLD
from reviews.rules.clearance import local, purpose_label, use_label
from reviews.rules.clearance_facts import ScopeFacts
from reviews.rules.countries import name_of


def in_words(scope: ScopeFacts) -> str:
    """Write a scope out: uses, places, purposes and term."""
    words = [_uses(scope.uses) or "no use at all", _places(scope.territories) or "in no country", term(scope)]
    if scope.purposes is not None:
        words.insert(2, f"for {_purposes(scope.purposes) or 'no purpose'}")
    return "; ".join(words)


def term(scope: ScopeFacts) -> str:
    """Write out from when until when, in the scope's own zone."""
    start = f"from {local(scope.starts_at, scope.time_zone)}"
    if scope.ends_at is None:
        return f"{start} without end"
    return f"{start} up to, but not including, {local(scope.ends_at, scope.time_zone)}"


def beyond(scope: ScopeFacts, wider: ScopeFacts) -> list[str]:
    """Return in words all that a scope allows beyond another; empty when it lies inside it."""
    found = []
    if uses := scope.uses - wider.uses:
        found.append(f"not for {_uses(uses)}")
    if WORLD not in wider.territories and (places := scope.territories - wider.territories):
        found.append("not worldwide" if WORLD in places else f"not {_places(places)}")
    if wider.purposes is not None:
        if scope.purposes is None:
            found.append(f"only for {_purposes(wider.purposes) or 'no purpose'}")
        elif purposes := scope.purposes - wider.purposes:
            found.append(f"not for {_purposes(purposes)}")
    if scope.starts_at < wider.starts_at:
        found.append(f"not before {local(wider.starts_at, wider.time_zone)}")
    if wider.ends_at is not None and (scope.ends_at is None or scope.ends_at > wider.ends_at):
        found.append(f"not from {local(wider.ends_at, wider.time_zone)} on")
    return found


def _uses(uses: frozenset[str]) -> str:
    return ", ".join(sorted(use_label(use) for use in uses))


def _purposes(purposes: frozenset[str]) -> str:
    return ", ".join(sorted(purpose_label(each).lower() for each in purposes))


def _places(territories: frozenset[str]) -> str:
    if WORLD in territories:
        return "worldwide"
    return f"in {', '.join(sorted(map(name_of, territories)))}" if territories else ""
