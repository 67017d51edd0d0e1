"""Ask a question of the whole library: what may be used so, there, then, and what lacks but one thing."""

from collections.abc import Mapping
from uuid import UUID

from generations.models.clip import ClipQuerySet
from reviews.actions.mirror import conditions, small
from reviews.actions.mirror.dialect import Dialect
from reviews.actions.mirror.statement import Statement
from reviews.rules.clearance import Question


def all_codes(clips: ClipQuerySet, question: Question) -> Mapping[UUID, frozenset[str]]:
    """Return every code against each of these clips, as SQL finds them: all but the mathematics of signatures."""
    told = Statement(clips, question, small.gather(clips, question), most=len(conditions.BITS))
    rows = told.parameters.fetched(f"{told.text} SELECT id, codes FROM judged")
    return {Dialect.id(pk): conditions.codes(number) for pk, number in rows}
