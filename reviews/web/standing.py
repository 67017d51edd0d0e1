"""How a clip stands in its stages, in words, marks and steps."""

from collections.abc import Sequence

from reviews.models import Decision
from reviews.rules import stages as rules
from reviews.rules.stages import StageState
from sorahub.accounts.roles import Kind


def current(states: Sequence[StageState]) -> StageState | None:
    """Return the first stage that is not passed: where the clip waits, or None when it went all the way."""
    return next((state for state in states if not state.passed), None)


def ready_for_legal(states: Sequence[StageState]) -> bool:
    """Say whether only the sign-off is missing."""
    now = current(states)
    return now is not None and now.stage.role == Kind.LEGAL and now.state == rules.OPEN


def words(states: Sequence[StageState]) -> tuple[str, str]:
    """Return (state word for the badge, label) of a clip in a list."""
    now = current(states)
    if not states:
        return "unknown", "No stages"
    if now is None:
        return "cleared", "Signed"
    if now.state == rules.CHANGES_REQUESTED:
        return "changes_requested", f"{now.stage.name}: needs work"
    return "open", f"{now.stage.name}: open"


def steps(states: Sequence[StageState], *, guest: bool = False) -> list[dict[str, str]]:
    """Return what components/stages.html takes; a guest sees the client's own stages only."""
    return [_step(state) for state in states if not guest or state.stage.role == Kind.GUEST]


MARKS = {
    rules.WAITING: "waiting",
    rules.OPEN: "current",
    rules.APPROVED: "passed",
    rules.CHANGES_REQUESTED: "failed",
}


def _step(state: StageState) -> dict[str, str]:
    return {
        "name": state.stage.name,
        "state": MARKS[state.state],
        "words": _step_words(state),
        "note": " · ".join(_said(one) for one in state.decisions),
    }


def _said(one: Decision) -> str:
    """Who decided what, and why if they said why."""
    verdict = f"{one.user.get_full_name()}: {one.get_verdict_display().lower()}"
    return f"{verdict}, “{one.reason}”" if one.reason else verdict


def _step_words(state: StageState) -> str:
    if state.state == rules.CHANGES_REQUESTED:
        return "Rejected" if state.stage.role == Kind.LEGAL else "Changes requested"
    if state.state == rules.APPROVED:
        return "Signed" if state.stage.role == Kind.LEGAL else "Approved"
    if state.state == rules.WAITING:
        return "Not begun"
    if state.stage.role == Kind.LEGAL:
        return "Waits for the sign-off"
    return f"{state.approvals} of {state.needed} approved" if state.needed > 1 else "Waiting for a decision"
