"""What a clip may be used for at most, given the clips that it was made from; and when a promise to somebody else meets a question."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from reviews.models import WORLD
from reviews.rules import scoping
from reviews.rules.clearance_facts import ParentFacts, Question, RecordFacts, ScopeFacts
from reviews.rules.reasons import Reason, reason


def at_most(parents: Sequence[ParentFacts]) -> ScopeFacts | None:
    """Return what all parents allow together. None: there is no parent, or of one of them nothing is known."""
    scopes = [parent.scope for parent in parents if parent.scope is not None]
    if not scopes or len(scopes) < len(parents):
        return None
    ends = [scope.ends_at for scope in scopes if scope.ends_at is not None]
    purposes = [scope.purposes for scope in scopes if scope.purposes is not None]
    last = min(ends, default=None)
    return ScopeFacts(
        uses=frozenset.intersection(*(scope.uses for scope in scopes)),
        territories=_shared(scope.territories for scope in scopes),
        starts_at=max(scope.starts_at for scope in scopes),
        ends_at=last,
        time_zone=next((scope.time_zone for scope in scopes if scope.ends_at == last), scopes[0].time_zone),
        purposes=frozenset.intersection(*purposes) if purposes else None,
    )


def against_record(parents: Iterable[ParentFacts], record: RecordFacts) -> list[Reason]:
    """Return why a record allows more than the clips allow that its clip was made from, each with what is beyond them."""
    found = []
    for parent in parents:
        if parent.stopped:
            found.append(reason("parent-stopped", parent.name))
        if parent.scope is None:
            found.append(reason("parent-without-record", parent.name))
        elif further := scoping.beyond(record, parent.scope):
            found.append(reason("parent-not-in-scope", f"{parent.name} ({'; '.join(further)})"))
    return list(dict.fromkeys(found))


def overlaps(promised: ScopeFacts, question: Question) -> bool:
    """Say whether some of what is asked lies inside what was promised: a use, a place, and any of the time."""
    return (
        question.use in promised.uses
        and (question.territory == WORLD or bool(promised.territories & {WORLD, question.territory}))
        and _meet(promised, question.at, question.last)
    )


def _meet(promised: ScopeFacts, first: datetime, last: datetime) -> bool:
    return promised.starts_at <= last and (promised.ends_at is None or first < promised.ends_at)


def _shared(several: Iterable[frozenset[str]]) -> frozenset[str]:
    """The territories of all; the whole world takes nothing away."""
    named = [each for each in several if WORLD not in each]
    return frozenset.intersection(*named) if named else frozenset({WORLD})
