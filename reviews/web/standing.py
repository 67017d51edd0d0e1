"""How many clips stand in their stages, for pages that list them: three queries, however many clips there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from generations.models import Clip
from reviews.models import Decision, SignOff, Stage
from reviews.rules import stages as rules
from reviews.rules.stages import StageState
from sorahub.accounts.roles import Kind


def standing_of(clips: Sequence[Clip]) -> Mapping[UUID, list[StageState]]:
    """Return each clip's stages as they stand for its bytes, in order."""
    stages: defaultdict[UUID, list[Stage]] = defaultdict(list)
    for stage in Stage.objects.filter(project__in={clip.project_id for clip in clips}):
        stages[stage.project_id].append(stage)
    decisions: defaultdict[UUID, list[Decision]] = defaultdict(list)
    for decision in Decision.objects.filter(clip__in=clips).select_related("user__person", "stage"):
        decisions[decision.clip_id].append(decision)
    legal = legal_verdicts(clips)
    return {
        clip.pk: rules.states(stages[clip.project_id], decisions[clip.pk], clip.sha256, legal.get(clip.pk))
        for clip in clips
    }


def legal_verdicts(clips: Sequence[Clip]) -> dict[UUID, str]:
    """Return what the newest sign-off over each clip's bytes says; clips without one that stands are left out. One query."""
    wanted = {clip.pk: clip.sha256 for clip in clips}
    rows = SignOff.objects.filter(clip__in=clips, revokes=None).select_related("revocation")
    verdicts: dict[UUID, str] = {}
    for row in rows.defer("payload", "statement").order_by("signed_at", "id"):
        if row.clip_sha256 == wanted[row.clip_id]:
            verdicts[row.clip_id] = _verdict(row)
    return {pk: verdict for pk, verdict in verdicts.items() if verdict}


def _verdict(row: SignOff) -> str:
    if hasattr(row, "revocation"):
        return ""
    return rules.APPROVED if row.meaning == SignOff.Meaning.APPROVED else rules.CHANGES_REQUESTED


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
