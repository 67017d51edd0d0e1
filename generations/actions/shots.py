"""Plan shots and choose their takes."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from generations.actions import checks
from generations.models import Clip, Project, Pulse, Shot
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.errors import InvalidInput


def add_shot(*, actor: User, project: Project, code: str, title: str = "", intended_frames: int | None = None) -> Shot:
    """Add a shot at the project's end. ``intended_frames`` counts frames at the project's rate.

    Raises Forbidden, NotFound, InvalidInput, Conflict for a code in use or an archived project.
    """
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    with transaction.atomic():
        last = Shot.objects.filter(project=project).aggregate(last=Max("position"))["last"]
        shot = Shot(
            project=project,
            code=checks.words(code, "code", "Give the shot a code, such as SC010-SH020."),
            title=title.strip(),
            intended_frames=intended_frames,
            position=0 if last is None else last + 1,
            created_by=actor,
        )
        checks.insert(shot)
        Pulse.objects.bump(project)
    return shot


def select_take(*, actor: User, shot: Shot, clip: Clip | None) -> Shot:
    """Make one of the shot's clips its selected take (None: none); choosing what is chosen already changes nothing.

    It is ledgered, though a shortlist is not: it says which bytes stand for the shot from now on, the shot keeps only the
    last choice, and who made it over which other take is asked for long afterwards.
    Raises Forbidden, NotFound, InvalidInput for another shot's clip, and Conflict for an archived project, a quarantined
    or a withdrawn clip.
    """
    actor.demand(Permission.CHOOSE)
    checks.require_seen(actor, Shot.objects.all(), shot)
    checks.require_open(shot.project)
    if clip is not None:
        checks.require_seen(actor, Clip.objects.all(), clip)
        if clip.shot_id != shot.pk:
            raise InvalidInput("This clip is not a take of the shot.", fields={"clip": "Not a take of this shot."})
        checks.require_sound(clip)
    with transaction.atomic():
        held = Shot.objects.select_for_update().get(pk=shot.pk)
        before, after = held.selected_clip_id, clip.pk if clip else None
        if before != after:
            Shot.objects.filter(pk=shot.pk).update(selected_clip=clip)
            Pulse.objects.bump(shot.project)
            _append(actor, shot, clip, before)
    shot.refresh_from_db()
    return shot


def _append(actor: User, shot: Shot, clip: Clip | None, before: UUID | None) -> None:
    body = {
        "clip": str(clip.pk) if clip else None,
        "clip_sha256": clip.sha256 if clip else None,
        "before": str(before) if before else None,
    }
    record.append(kind="take.selected", actor=actor.pk, client=shot.project.client_id, subject=shot, body=body)
