"""Who can take over where somebody may not sign: in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

FEW = 4


@dataclass(frozen=True)
class Advice:
    """What to do next. ``stuck``: nobody who takes part in the project can sign."""

    words: str
    stuck: bool = False


def to_sign(signers: Sequence[str], drafters: Sequence[str]) -> Advice:
    """Say who can sign instead of one who had a hand in it; ``signers`` are those who may, ``drafters`` who may draft without signing."""
    if signers:
        return Advice(f"{listed(signers, 'or')} can sign it.")
    words = "Nobody else takes part in this project who can sign it. Ask an administrator to add another legal approver to it."
    if drafters:
        words += f" Next time let {listed(drafters, 'or')} draft the record: whoever drafts it cannot sign it."
    return Advice(words, stuck=True)


def to_draft(drafters: Sequence[str]) -> str:
    """Say to the only legal approver of a project who may draft instead of them."""
    words = (
        "You are the only legal approver here. Whoever drafts a record cannot sign it, so leave drafting to others: "
    )
    if drafters:
        return f"{words}{listed(drafters, 'or')} can do it."
    return f"{words}nobody else takes part who can. Ask an administrator to add a producer or a creative reviewer."


def listed(names: Sequence[str], last: str) -> str:
    """Write names out, many of them shortened to a few and a number."""
    several = list(names) if len(names) <= FEW else [*names[:FEW], f"{len(names) - FEW} more"]
    return several[0] if len(several) == 1 else f"{', '.join(several[:-1])} {last} {several[-1]}"
