"""How many clips stand in their stages at once: a few queries, however many clips there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from generations.models import Clip
from reviews.models import Decision, SignOff, Stage
from reviews.rules import stages as rules
from reviews.rules.stages import StageState


def standing_of(clips: Sequence[Clip], *, signed: bool = True) -> Mapping[UUID, list[StageState]]:
    """Return each clip's stages as they stand for its bytes, in order. Three queries; two without the sign-offs (``signed``)."""
    stages: defaultdict[UUID, list[Stage]] = defaultdict(list)
    for stage in Stage.objects.filter(project__in={clip.project_id for clip in clips}):
        stages[stage.project_id].append(stage)
    decisions: defaultdict[UUID, list[Decision]] = defaultdict(list)
    for decision in Decision.objects.filter(clip__in=clips).select_related("user__person", "stage"):
        decisions[decision.clip_id].append(decision)
    legal = _legal_verdicts(clips) if signed else {}
    return {
        clip.pk: rules.states(stages[clip.project_id], decisions[clip.pk], clip.sha256, legal.get(clip.pk))
        for clip in clips
    }


def _legal_verdicts(clips: Sequence[Clip]) -> dict[UUID, str]:
    """Return what the newest sign-off over each clip's bytes says; clips without one that stands are left out. One query."""
    wanted = {clip.pk: clip.sha256 for clip in clips}
    rows = SignOff.objects.verdicts().filter(clip__in=clips).with_suspension().select_related("revocation")
    verdicts: dict[UUID, str] = {}
    for row in rows.defer("payload", "statement").order_by("signed_at", "id"):
        if row.clip_sha256 == wanted[row.clip_id]:
            verdicts[row.clip_id] = _verdict(row)
    return {pk: verdict for pk, verdict in verdicts.items() if verdict}


def _verdict(row: SignOff) -> str:
    suspended = row.suspended_why  # type: ignore[attr-defined]  # annotated by with_suspension()
    if hasattr(row, "revocation") or suspended:
        return ""
    return rules.APPROVED if row.meaning == SignOff.Meaning.APPROVED else rules.CHANGES_REQUESTED
