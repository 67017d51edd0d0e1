"""Stages of approval: what state each is in for one clip, computed from decisions and never stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from reviews.models import Decision, Stage, Verdict
from sorahub.accounts.roles import Kind

WAITING, OPEN, APPROVED, CHANGES_REQUESTED = "waiting", "open", "approved", "changes_requested"
STANDS = ("approved", "changes", "open", "signed")
"""How approval as a whole stands: all stages but the sign-off, something asked for, neither, all stages."""
DECIDERS = (Kind.REVIEWER, Kind.GUEST, Kind.LEGAL)


@dataclass(frozen=True)
class StageSpec:
    """A stage as a project names it: how it is called, which kind of person decides, how many must approve.

    ``worst_wins`` and ``locks`` are as in ``Stage``.
    """

    name: str
    role: str
    needed: int = 1
    worst_wins: bool = True
    locks: bool = False


@dataclass(frozen=True)
class StageState:
    """A stage as it stands for exact bytes. ``state`` is waiting, open, approved or changes_requested.

    ``decisions`` are the newest of each person, oldest first, without those that were taken back; ``approvals`` counts
    persons.
    """

    stage: Stage
    state: str
    approvals: int
    needed: int
    decisions: tuple[Decision, ...]

    @property
    def passed(self) -> bool:
        """Whether enough people approved and, where the worst decision wins, nobody asked for changes."""
        return self.state == APPROVED

    @property
    def locked(self) -> bool:
        """Whether the stage takes no further decision about these bytes."""
        return self.stage.locks and self.passed

    def said_by(self, person_id: UUID) -> Decision | None:
        """Return what this person last said here, None where they said nothing or took it back."""
        return next((one for one in self.decisions if one.person_id == person_id), None)


DEFAULT = (
    StageSpec("Creative", Kind.REVIEWER),
    StageSpec("Client", Kind.GUEST),
    StageSpec("Legal", Kind.LEGAL),
)


def problems(specs: Sequence[StageSpec]) -> list[str]:
    """Return what is wrong with this list of stages, in words; an empty list means nothing."""
    found: list[str] = []
    names = [spec.name.strip().casefold() for spec in specs]
    if not specs:
        found.append("A project needs at least one stage.")
    if len(set(names)) != len(names) or "" in names:
        found.append("Give each stage a name of its own.")
    if any(spec.role not in DECIDERS for spec in specs):
        found.append("A stage is decided by reviewers, guests or legal approvers.")
    if any(spec.needed < 1 for spec in specs):
        found.append("At least one person must approve in each stage.")
    legal = [index for index, spec in enumerate(specs) if spec.role == Kind.LEGAL]
    if legal and (legal != [len(specs) - 1] or specs[-1].needed != 1):
        found.append("The legal stage comes once, last, and is passed by one sign-off.")
    return found


def newest_of_each(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return each person's last decision; a later one supersedes, whichever account it came from.

    Whoever took theirs back has said nothing.
    """
    newest: dict[UUID, Decision] = {}
    for decision in sorted(decisions, key=lambda one: (one.decided_at, one.id)):
        newest.pop(decision.person_id, None)
        newest[decision.person_id] = decision
    return tuple(one for one in newest.values() if one.verdict != Verdict.TAKEN_BACK)


def states(
    stages: Sequence[Stage], decisions: Sequence[Decision], clip_sha256: str, legal_verdict: str | None
) -> list[StageState]:
    """Return the state of each stage for these bytes, in order.

    Decisions about other bytes do not count. ``legal_verdict`` is approved, changes_requested or None: what the
    sign-off says, which alone passes a legal stage.
    """
    answers: list[StageState] = []
    for stage in sorted(stages, key=lambda one: one.position):
        mine = newest_of_each(d for d in decisions if d.stage_id == stage.pk and d.clip_sha256 == clip_sha256)
        reached = all(answer.passed for answer in answers)
        answers.append(_state(stage, mine, reached=reached, legal_verdict=legal_verdict))
    return answers


def _state(stage: Stage, mine: tuple[Decision, ...], *, reached: bool, legal_verdict: str | None) -> StageState:
    if stage.role == Kind.LEGAL:
        verdict = legal_verdict or (OPEN if reached else WAITING)
        return StageState(stage, verdict, int(verdict == APPROVED), 1, ())
    approvals = sum(decision.verdict == Verdict.APPROVED for decision in mine)
    return StageState(stage, _word(stage, approvals, len(mine), reached=reached), approvals, stage.needed, mine)


def _word(stage: Stage, approvals: int, said: int, *, reached: bool) -> str:
    """Without ``worst_wins`` the approvals needed are enough; a request for changes weighs until they are there."""
    enough, against = approvals >= stage.needed, approvals < said
    if against and (stage.worst_wins or not enough):
        return CHANGES_REQUESTED
    if enough:
        return APPROVED
    return OPEN if reached else WAITING


def stands(answers: Sequence[StageState]) -> str:
    """Return one of ``STANDS``; empty where there are no stages."""
    if not answers:
        return ""
    if all(answer.passed for answer in answers):
        return "signed"
    if any(answer.state == CHANGES_REQUESTED for answer in answers):
        return "changes"
    before = [answer for answer in answers if answer.stage.role != Kind.LEGAL]
    return "approved" if before and all(answer.passed for answer in before) else "open"


def not_passed(answers: Sequence[StageState]) -> tuple[str, ...]:
    """Return the names of the stages before the sign-off that have not approved."""
    return tuple(answer.stage.name for answer in answers if answer.stage.role != Kind.LEGAL and not answer.passed)
