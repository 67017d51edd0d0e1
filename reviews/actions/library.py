"""Ask a question of the whole library: what may be used so, there, then, and what lacks but one thing."""

from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from generations.models.clip import ClipQuerySet
from reviews.actions.mirror import conditions, small
from reviews.actions.mirror.statement import Statement
from reviews.rules.clearance import Question


def all_codes(clips: ClipQuerySet, question: Question) -> Mapping[UUID, frozenset[str]]:
    """Return every code against each of these clips, as SQL finds them: all but the mathematics of signatures."""
    told = Statement(clips, question, small.gather(clips, question), most=len(conditions.BITS))
    with connection.cursor() as cursor:
        cursor.execute(f"{told.text} SELECT id, codes FROM judged", told.parameters)
        return {_id(pk): conditions.codes(number) for pk, number in cursor.fetchall()}


def _id(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
