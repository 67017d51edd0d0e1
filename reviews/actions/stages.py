"""Name a project's stages, and gather how each stands for a clip."""

from collections.abc import Sequence
from functools import cache

from django.db import transaction
from django.db.models import CharField, F, UUIDField

from generations.actions import checks
from generations.models import Clip, Project, Pulse
from reviews.models import Decision, SignOff, Stage
from reviews.rules import stages as rules
from reviews.rules.stages import StageSpec, StageState
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.compiled import Asking, Compiled, Later, together
from sorahub.lib.errors import Conflict, InvalidInput

_ASIDE = 10_000


def stage_states(*, clip: Clip) -> list[StageState]:
    """Return the state of each stage of the project for this clip's bytes, in order. Three queries."""
    return rules.states(
        list(Stage.objects.filter(project=clip.project_id)),
        list(clip.decisions.select_related("user__person", "stage")),
        clip.sha256,
        _legal_verdict(clip),
    )


def stages_not_passed(clip: Clip) -> tuple[str, ...]:
    """Return the names of the stages before the sign-off that these bytes have not passed."""
    return not_passed(clip, *together(*asking(clip)))


def asking(clip: Clip) -> tuple[Asking, Asking]:
    """Return what ``not_passed`` has to know: the stages before the sign-off, and the decisions about these bytes."""
    return _before_sign_off().of(project=clip.project_id), _decided().of(clip=clip.pk, sha256=clip.sha256)


def not_passed(clip: Clip, asked: Sequence[Stage], said: Sequence[Decision]) -> tuple[str, ...]:
    """Return the names of those of the stages that these bytes have not passed by these decisions."""
    return rules.not_passed(rules.states(asked, said, clip.sha256, None))


@cache
def _before_sign_off() -> Compiled[Stage]:
    return Compiled(Stage.objects.filter(project=Later("project", UUIDField())).exclude(role=Kind.LEGAL))


@cache
def _decided() -> Compiled[Decision]:
    sha256 = Later("sha256", CharField())
    return Compiled(Decision.objects.filter(clip=Later("clip", UUIDField()), clip_sha256=sha256))


def signed(clip: Clip) -> bool:
    """Say whether a sign-off approves these bytes."""
    return _legal_verdict(clip) == rules.APPROVED


def set_stages(*, actor: User, project: Project, stages: Sequence[StageSpec]) -> list[Stage]:
    """Give the project exactly these stages, in this order; a stage keeps its decisions by keeping its name.

    Raises Forbidden, NotFound, InvalidInput, and Conflict for dropping a stage, or changing who decides in it, after
    somebody decided or was asked there, or in an archived project.
    """
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    problems = rules.problems(stages)
    if problems:
        raise InvalidInput(" ".join(problems), code="invalid-stages", fields={"stages": " ".join(problems)})
    with transaction.atomic():
        present = {stage.name.casefold(): stage for stage in Stage.objects.select_for_update().filter(project=project)}
        _drop(present, stages)
        Stage.objects.filter(project=project).update(position=F("position") + _ASIDE)
        kept = [_place(project, present, position, spec) for position, spec in enumerate(stages, start=1)]
        _announce(actor, project, kept)
    return kept


def lay_default_stages(*, actor: User, project: Project) -> list[Stage]:
    """Give a new project the usual three stages. Called inside the transaction that creates it, which is where ``actor`` was checked."""
    made = [
        Stage.objects.create(project=project, position=position, name=spec.name, role=spec.role, needed=spec.needed)
        for position, spec in enumerate(rules.DEFAULT, start=1)
    ]
    _announce(actor, project, made)
    return made


def _legal_verdict(clip: Clip) -> str | None:
    """What the newest sign-off over these bytes says: approved, changes_requested for a rejection, None for none, and for one
    that is revoked or suspended.
    """
    signed = SignOff.objects.verdicts().filter(clip=clip, clip_sha256=clip.sha256).with_suspension()
    newest = signed.select_related("revocation").order_by("-signed_at", "-id").first()
    if newest is None or hasattr(newest, "revocation") or newest.suspended_why:  # type: ignore[attr-defined]  # annotated
        return None
    return rules.APPROVED if newest.meaning == SignOff.Meaning.APPROVED else rules.CHANGES_REQUESTED


def _drop(present: dict[str, Stage], specs: Sequence[StageSpec]) -> None:
    wanted = {spec.name.strip().casefold() for spec in specs}
    for stage in [stage for name, stage in present.items() if name not in wanted]:
        _require_unused(stage)
        stage.delete()


def _place(project: Project, present: dict[str, Stage], position: int, spec: StageSpec) -> Stage:
    stage = present.get(spec.name.strip().casefold()) or Stage(project=project, role=spec.role)
    if stage.role != spec.role:
        _require_unused(stage)
    stage.position, stage.name, stage.role, stage.needed = position, spec.name.strip(), spec.role, spec.needed
    stage.worst_wins, stage.locks = spec.worst_wins, spec.locks
    stage.save()
    return stage


def _require_unused(stage: Stage) -> None:
    if stage.decisions.exists() or stage.reviews.exists():
        words = f"Somebody has decided or was asked in “{stage.name}”: it stays as it is."
        raise Conflict(words, code="stage-in-use", fields={"stages": words})


def _announce(actor: User, project: Project, stages: Sequence[Stage]) -> None:
    body: list[Json] = [_told(stage) for stage in stages]
    Pulse.objects.bump(project)
    record.append(kind="stages.set", actor=actor.pk, client=project.client_id, subject=project, body={"stages": body})


def _told(stage: Stage) -> Json:
    rule = {"needed": stage.needed, "worst_wins": stage.worst_wins, "locks": stage.locks}
    return {"name": stage.name, "role": str(stage.role), **rule}
