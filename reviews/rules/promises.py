"""Promises of exclusivity against whole scopes: what may be asked under a record must not meet what somebody else was promised."""

from datetime import UTC, datetime

from reviews.models import WORLD
from reviews.rules import descent, scoping
from reviews.rules.clearance_facts import Question, ScopeFacts

_NEVER = datetime.max.replace(tzinfo=UTC)


def meet(promised: ScopeFacts, scope: ScopeFacts) -> bool:
    """Say whether there is a question inside the scope that meets the promise: the very rule by which clearance judges it."""
    end = scope.ends_at or _NEVER
    return any(
        descent.overlaps(promised, Question(use, place, scope.starts_at, until=end))
        for use in scope.uses
        for place in scope.territories
    )


def shared(promised: ScopeFacts, scope: ScopeFacts) -> str:
    """Write out in what two scopes meet, the times in the second one's zone. No promise is bound to a purpose."""
    ends = [end for end in (promised.ends_at, scope.ends_at) if end is not None]
    return scoping.in_words(
        ScopeFacts(
            uses=promised.uses & scope.uses,
            territories=_common(promised.territories, scope.territories),
            starts_at=max(promised.starts_at, scope.starts_at),
            ends_at=min(ends, default=None),
            time_zone=scope.time_zone,
        )
    )


def _common(some: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    if WORLD in some:
        return others
    return some if WORLD in others else some & others
