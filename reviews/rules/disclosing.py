"""Duties to tell viewers that a clip is made by AI: which of them what is asked calls for, and whether the record meets them."""

from collections.abc import Iterable, Iterator

from reviews.models import WORLD, Finding
from reviews.rules.clearance_facts import Asked, DepictionFacts, DutyFacts
from reviews.rules.reasons import Reason, reason


def against(duties: Iterable[DutyFacts], depictions: Iterable[DepictionFacts], asked: Asked) -> Iterator[Reason]:
    """Yield a reason for each duty that applies and that the record neither plans for nor explains away."""
    seen = list(depictions)
    for duty in duties:
        if not duty.met and applies(duty, seen, asked):
            yield reason("disclosure-missing", duty.title)


def applies(duty: DutyFacts, depictions: Iterable[DepictionFacts], asked: Asked) -> bool:
    """Say whether the duty binds some of what is asked: a use, a place, a day, and something depicted."""
    return (
        (not duty.uses or bool(duty.uses & asked.uses))
        and _place(duty, asked)
        and (duty.applies_from is None or asked.last is None or duty.applies_from <= asked.last)
        and (duty.applies_until is None or asked.first <= duty.applies_until)
        and (not duty.depicts or _shows(duty, depictions))
    )


def _place(duty: DutyFacts, asked: Asked) -> bool:
    return WORLD in duty.territories | asked.territories or bool(duty.territories & asked.territories)


def _shows(duty: DutyFacts, depictions: Iterable[DepictionFacts]) -> bool:
    """Invented people count too: a synthetic performer is what some duties are about. Unknown counts as shown."""
    return any(one.kind in duty.depicts and one.real in Finding.values for one in depictions)
