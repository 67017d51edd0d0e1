"""Plan shots and choose their takes."""

from django.db import transaction
from django.db.models import Max

from generations.actions import checks
from generations.models import Clip, Project, Pulse, Shot
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
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
    """Make one of the shot's clips its selected take (None: none). Raises Forbidden, NotFound, InvalidInput."""
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Shot.objects.all(), shot)
    if clip is not None:
        checks.require_seen(actor, Clip.objects.all(), clip)
        if clip.shot_id != shot.pk:
            raise InvalidInput("This clip is not a take of the shot.", fields={"clip": "Not a take of this shot."})
    with transaction.atomic():
        Shot.objects.filter(pk=shot.pk).update(selected_clip=clip)
        Pulse.objects.bump(shot.project)
    shot.refresh_from_db()
    return shot
