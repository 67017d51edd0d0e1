"""How far a shot is, in one word: computed from facts, never stored. The furthest that is true is said."""

from dataclasses import dataclass

from generations.models import Shot

LABELS = {
    "omitted": "Omitted",
    "on_hold": "On hold",
    "empty": "Nothing yet",
    "failed": "Last try failed",
    "generating": "Generating",
    "choose": "Takes to choose",
    "selected": "Take selected",
    "in_review": "In review",
    "needs_work": "Needs work",
    "approved": "Approved",
    "stopped": "Stopped",
    "cleared": "Signed off",
}
BADGES = {
    "omitted": "closed", "on_hold": "held", "empty": "draft", "failed": "failed", "generating": "running", "choose": "open",
    "selected": "ready", "in_review": "current", "needs_work": "needs_work", "approved": "approved", "stopped": "blocked",
    "cleared": "cleared",
}  # fmt: skip
"""The state that components/state.html knows for each."""


@dataclass(frozen=True, slots=True)
class ShotFacts:
    """What is known of a shot. ``stages``: of its selected take, ``needs_work``, ``open``, ``approved`` (all but the signature) or
    ``signed``; empty where there are none. ``stopped``: a hold, a withdrawal or damaged bytes.
    """

    standing: str
    takes: int
    selected: bool
    generating: bool = False
    failed: bool = False
    stages: str = ""
    in_review: bool = False
    stopped: bool = False


def status(facts: ShotFacts) -> str:
    """Return one of the words of ``LABELS``."""
    if facts.standing != Shot.Standing.ACTIVE:
        return facts.standing
    return _of_the_take(facts) if facts.selected else _on_the_way(facts)


def _of_the_take(facts: ShotFacts) -> str:
    if facts.stopped:
        return "stopped"
    said = {"signed": "cleared", "needs_work": "needs_work", "approved": "approved"}.get(facts.stages)
    return said or ("in_review" if facts.in_review else "selected")


def _on_the_way(facts: ShotFacts) -> str:
    if facts.generating:
        return "generating"
    if facts.takes:
        return "choose"
    return "failed" if facts.failed else "empty"
