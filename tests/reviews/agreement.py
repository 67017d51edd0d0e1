"""What the single function says of a clip, to be held against the SQL over the library."""

from dataclasses import replace
from datetime import datetime

from generations.models import Clip
from reviews.actions import descent, facts
from reviews.rules import clearance as rules
from reviews.rules.clearance import Facts, Question

MATHEMATICS = frozenset({"signature-invalid"})
"""What the SQL leaves to the function."""


def known(clip: Clip, at: datetime) -> Facts:
    """Everything that clearance looks at, less promises to others, which depend on the question."""
    return facts.gather(clip, at)[0]


def codes_of_the_function(clip: Clip, found: Facts, question: Question) -> frozenset[str]:
    """The codes of all reasons against, less the mathematics of the signature."""
    answer = rules.answer(
        replace(found, conflicts=descent.conflicts(clip, question, derived=bool(found.parents))), question
    )
    return frozenset(one.code for one in answer.reasons) - MATHEMATICS
