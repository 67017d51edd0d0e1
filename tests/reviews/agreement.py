"""What the single function says of a clip, to be held against the SQL over the library."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from generations.models import Clip
from reviews.actions import descent, facts
from reviews.rules import clearance as rules
from reviews.rules.clearance import Facts, Question

MATHEMATICS = frozenset({"signature-invalid"})
"""What the SQL leaves to the function."""


class Found:
    """Everything that clearance looks at of these clips, less promises to others; gathered once for a time that is asked for."""

    def __init__(self, clips: Iterable[Clip]) -> None:
        self._clips = {clip.pk: clip for clip in clips}
        self._facts: dict[tuple[datetime, datetime], dict[UUID, Facts]] = {}

    def codes(self, question: Question) -> dict[UUID, frozenset[str]]:
        """What the function says of each clip to this question."""
        when = question.at, question.last
        if when not in self._facts:
            self._facts[when] = {
                pk: facts.gather(clip, question.at, last=question.last)[0] for pk, clip in self._clips.items()
            }
        return {pk: codes_of_the_function(clip, self._facts[when][pk], question) for pk, clip in self._clips.items()}


def codes_of_the_function(clip: Clip, found: Facts, question: Question) -> frozenset[str]:
    """The codes of all reasons against, less the mathematics of the signature."""
    answer = rules.answer(replace(found, conflicts=descent.conflicts(clip, question)), question)
    return frozenset(one.code for one in answer.reasons) - MATHEMATICS
