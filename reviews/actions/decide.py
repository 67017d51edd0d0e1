"""Decide about exact bytes in a stage. Decisions are appended; a later one of the same person supersedes."""

from django.db import transaction

from generations.actions import checks
from generations.models import Clip, Pulse, Rendition
from reviews.actions import refusals, seats
from reviews.actions.facts import involvement
from reviews.actions.stages import signed, stage_states
from reviews.models import Decision, ReasonKind, Stage, Verdict
from reviews.rules import separation
from reviews.rules.stages import WAITING, StageState
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound

LONGEST_REASON = 5_000


def decide(
    *,
    actor: User,
    clip: Clip,
    stage: Stage,
    verdict: str,
    reason_kind: str = "",
    reason: str = "",
    seen_sha256: str,
) -> Decision:
    """Say approved or changes_requested (with a reason) about the bytes that were seen, or take back what one said.

    A reason is one of ``ReasonKind``, words, or both; “other” needs words. The stage names the kind of person who
    decides in it; the legal stage is passed by the sign-off alone. Who made the clip may ask for changes but not
    approve it. Raises NotFound, Forbidden, InvalidInput, Refused for one's own clip, Conflict for other bytes than seen,
    a clip that is out of use or that a guest cannot watch yet, a stage whose turn has not come or that has locked,
    nothing to take back, or an archived project.
    """
    checks.require_seen(actor, Clip.objects.all(), clip)
    _require_role(actor, clip, stage)
    checks.require_open(clip.project)
    words = _checked(verdict, reason_kind, reason)
    _require_bytes(clip, seen_sha256)
    _require_watchable(actor, clip)
    if verdict == Verdict.APPROVED:
        _require_other_hands(actor, clip, stage)
    with transaction.atomic():
        Stage.objects.select_for_update(no_key=True).get(pk=stage.pk)  # one after another: the last may lock it
        _require_turn(actor, clip, stage, verdict)
        decision = Decision.objects.create(
            stage=stage,
            clip=clip,
            clip_sha256=clip.sha256,
            user=actor,
            person_id=actor.person_id,
            verdict=verdict,
            reason_kind=reason_kind if verdict == Verdict.CHANGES_REQUESTED else "",
            reason=words,
        )
        seats.decided(decision)
        Pulse.objects.bump(clip.project)
        _append(decision)
    return decision


def take_back(*, actor: User, clip: Clip, stage: Stage, seen_sha256: str) -> Decision:
    """Undo one's own last verdict: it stays in the history and counts as silence. Raises as ``decide``."""
    return decide(actor=actor, clip=clip, stage=stage, verdict=Verdict.TAKEN_BACK, seen_sha256=seen_sha256)


def _require_role(actor: User, clip: Clip, stage: Stage) -> None:
    if stage.project_id != clip.project_id:
        raise NotFound("There is no such stage in this clip's project.")
    if stage.role == Kind.LEGAL:
        raise Forbidden("The legal stage is passed by signing the licence record.", code="legal-stage-is-signed")
    if not actor.is_active or actor.kind != stage.role:
        raise Forbidden(f"“{stage.name}” is decided by: {Kind(stage.role).label}.", code="not-your-stage")


def _checked(verdict: str, reason_kind: str, reason: str) -> str:
    words = reason.strip()
    if verdict not in Verdict.values:
        raise InvalidInput("Approve, or ask for changes.", fields={"verdict": f"One of: {', '.join(Verdict.values)}."})
    if reason_kind and reason_kind not in ReasonKind.values:
        listed = f"One of: {', '.join(ReasonKind.values)}."
        raise InvalidInput("Choose a reason from the list.", fields={"reason_kind": listed})
    if verdict == Verdict.CHANGES_REQUESTED and not words and reason_kind in {"", ReasonKind.OTHER}:
        raise InvalidInput(
            "Say what should change.", code="reason-missing", fields={"reason": "Say what should change."}
        )
    if len(words) > LONGEST_REASON:
        raise InvalidInput(f"At most {LONGEST_REASON} characters.", fields={"reason": "Too long."})
    return words


def _require_bytes(clip: Clip, seen_sha256: str) -> None:
    if seen_sha256 != clip.sha256:
        raise Conflict("These are not the bytes that you saw: load the page again.", code="stale-bytes")
    if clip.quarantined_at or clip.withdrawn_at:
        raise Conflict("This clip is out of use: nothing is decided about it.", code="clip-out-of-use")


def _require_watchable(actor: User, clip: Clip) -> None:
    """A guest watches the watermarked proxy alone: before it is there, they have seen nothing to decide about."""
    if actor.kind == Kind.GUEST and not clip.renditions.filter(kind=Rendition.Kind.GUEST_PROXY).exists():
        raise Conflict("This clip cannot be watched yet: decide once you have seen it.", code="not-watchable-yet")


def _require_turn(actor: User, clip: Clip, stage: Stage, verdict: str) -> None:
    standing = next(state for state in stage_states(clip=clip) if state.stage.pk == stage.pk)
    if standing.state == WAITING:
        raise Conflict("An earlier stage has not approved this clip yet.", code="stage-waiting")
    if standing.locked:
        raise Conflict(
            f"“{stage.name}” has approved these bytes and is locked: decisions in it are final.", code="stage-locked"
        )
    if verdict == Verdict.TAKEN_BACK:
        _require_undoable(actor, clip, standing)


def _require_undoable(actor: User, clip: Clip, standing: StageState) -> None:
    if standing.said_by(actor.person_id) is None:
        raise Conflict("You have said nothing here that could be taken back.", code="nothing-to-take-back")
    if signed(clip):
        raise Conflict("This clip has been signed on the strength of it.", code="signed-already")


def _require_other_hands(actor: User, clip: Clip, stage: Stage) -> None:
    against = separation.against_approving(actor.person_id, involvement(clip))
    if against:
        refusals.record_and_raise("decision.refused", actor, clip, stage, against)


def _append(decision: Decision) -> None:
    words = record.conceal(decision.reason) if decision.reason else ""
    record.append(
        kind="decision.made",
        actor=decision.user_id,
        client=decision.clip.project.client_id,
        subject=decision,
        body={
            "clip_id": str(decision.clip_id),
            "clip_sha256": decision.clip_sha256,
            "stage_id": str(decision.stage_id),
            "verdict": str(decision.verdict),
            "reason_kind": str(decision.reason_kind),
            "person": str(decision.person_id),
            "words": words,
        },
    )
