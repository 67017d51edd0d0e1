"""Separation of duties: nobody judges or signs their own work. It looks at the person, never at the account."""

from dataclasses import dataclass
from uuid import UUID

from reviews.rules.reasons import Reason, reason

OWN_WORK = frozenset({"maker-brought-clip", "maker-launched-generation", "maker-wrote-prompt", "drafter-of-record"})
"""The codes of its reasons."""


@dataclass(frozen=True, kw_only=True)
class Involvement:
    """Who had a hand in a clip and its record, as ids of persons."""

    brought: frozenset[UUID] = frozenset()
    launched: frozenset[UUID] = frozenset()
    wrote_prompt: frozenset[UUID] = frozenset()
    drafted: frozenset[UUID] = frozenset()


def against_approving(person: UUID, hands: Involvement) -> list[Reason]:
    """Return every reason why this person may not approve the clip in a stage: its makers may not."""
    made = {
        "maker-brought-clip": hands.brought,
        "maker-launched-generation": hands.launched,
        "maker-wrote-prompt": hands.wrote_prompt,
    }
    return [reason(code) for code, people in made.items() if person in people]


def against_signing(person: UUID, hands: Involvement) -> list[Reason]:
    """Return every reason why this person may not sign the record: makers of the clip and drafters of the record may not."""
    found = against_approving(person, hands)
    return [*found, reason("drafter-of-record")] if person in hands.drafted else found


def two_persons(first: UUID, second: UUID) -> bool:
    """Say whether an exception asked for by one and approved by the other rests on two human beings."""
    return first != second
