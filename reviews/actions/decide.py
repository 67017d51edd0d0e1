"""Decide about exact bytes in a stage. Decisions are appended; a later one of the same person supersedes."""

from django.db import transaction

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions import refusals
from reviews.actions.facts import involvement
from reviews.actions.stages import stage_states
from reviews.models import Decision, Stage, Verdict
from reviews.rules import separation
from reviews.rules.stages import WAITING
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound

LONGEST_REASON = 5_000


def decide(*, actor: User, clip: Clip, stage: Stage, verdict: str, reason: str = "", seen_sha256: str) -> Decision:
    """Say approved or changes_requested (with a reason) about the bytes that were seen.

    The stage names the kind of person who decides in it; the legal stage is passed by the sign-off alone. Who made the
    clip may ask for changes but not approve it. Raises NotFound, Forbidden, InvalidInput, Refused for one's own clip,
    Conflict for other bytes than seen, a clip that is out of use, a stage whose turn has not come, or an archived project.
    """
    checks.require_seen(actor, Clip.objects.all(), clip)
    _require_role(actor, clip, stage)
    checks.require_open(clip.project)
    words = _checked(verdict, reason)
    _require_bytes(clip, seen_sha256)
    _require_turn(clip, stage)
    if verdict == Verdict.APPROVED:
        _require_other_hands(actor, clip, stage)
    with transaction.atomic():
        decision = Decision.objects.create(
            stage=stage,
            clip=clip,
            clip_sha256=clip.sha256,
            user=actor,
            person_id=actor.person_id,
            verdict=verdict,
            reason=words,
        )
        Pulse.objects.bump(clip.project)
        _append(decision)
    return decision


def _require_role(actor: User, clip: Clip, stage: Stage) -> None:
    if stage.project_id != clip.project_id:
        raise NotFound("There is no such stage in this clip's project.")
    if stage.role == Kind.LEGAL:
        raise Forbidden("The legal stage is passed by signing the licence record.", code="legal-stage-is-signed")
    if not actor.is_active or actor.kind != stage.role:
        raise Forbidden(f"“{stage.name}” is decided by: {Kind(stage.role).label}.", code="not-your-stage")


def _checked(verdict: str, reason: str) -> str:
    words = reason.strip()
    if verdict not in Verdict.values:
        raise InvalidInput("Approve, or ask for changes.", fields={"verdict": f"One of: {', '.join(Verdict.values)}."})
    if verdict == Verdict.CHANGES_REQUESTED and not words:
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


def _require_turn(clip: Clip, stage: Stage) -> None:
    standing = {state.stage.pk: state.state for state in stage_states(clip=clip)}
    if standing[stage.pk] == WAITING:
        raise Conflict("An earlier stage has not approved this clip yet.", code="stage-waiting")


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
            "person": str(decision.person_id),
            "words": words,
        },
    )
