"""File clips that came in without a shot under one: they become its next takes."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from generations.actions import checks
from generations.models import Clip, Project, Pulse, Shot
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput, NotFound

MOST = 500


def file_clips(*, actor: User, clips: Sequence[Clip], shot: Shot) -> list[Clip]:
    """Make clips of the shot's project its next takes, in the order given; all of them or none, one event each.

    Bytes, story, notes and decisions stay as they are; no take is selected by it. The board's version does not count it, as it does not
    count a take that is made: no shot moves. Raises Forbidden, NotFound, InvalidInput (none, too many, another project's), Conflict for
    a clip that has a shot, is withdrawn or quarantined, and for an archived shot or project.
    """
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Shot.objects.all(), shot)
    checks.require_open(shot.project)
    ids = _seen(actor, clips)
    with transaction.atomic():
        # The project first and then the shot, as for clips that come in (pipeline/ingest.py): no number is given twice.
        Project.objects.select_for_update(no_key=True).get(pk=shot.project_id)
        held = Shot.objects.select_for_update(of=("self",)).select_related("project").get(pk=shot.pk)
        if held.archived_at is not None:
            raise Conflict("This shot is archived: restore it first.", code="shot-archived")
        rows = Clip.objects.select_for_update().filter(pk__in=ids).order_by("pk").in_bulk()
        found = [rows[pk] for pk in ids]
        for clip in found:
            _require_fit(clip, held)
        last = Clip.objects.filter(shot=held).aggregate(last=Max("take"))["last"] or 0
        for take, clip in enumerate(found, last + 1):
            clip.shot, clip.take = held, take
        Clip.objects.bulk_update(found, ["shot", "take"])
        Pulse.objects.bump(held.project)
        for clip in found:
            body: dict[str, Json] = {"shot": str(held.pk), "take": clip.take, "clip_sha256": clip.sha256}
            record.append(kind="clip.filed", actor=actor.pk, client=held.project.client_id, subject=clip, body=body)
    return found


def _seen(actor: User, clips: Sequence[Clip]) -> list[UUID]:
    ids = list(dict.fromkeys(clip.pk for clip in clips))
    if not ids:
        raise InvalidInput("Say which clips.", fields={"clips": "Choose at least one."})
    if len(ids) > MOST:
        words = f"At most {MOST} clips are filed at once; do it in parts."
        raise InvalidInput(words, code="too-many", fields={"clips": words})
    if Clip.objects.visible_to(actor).filter(pk__in=ids).count() < len(ids):
        raise NotFound("There is no such clip.")
    return ids


def _require_fit(clip: Clip, shot: Shot) -> None:
    if clip.project_id != shot.project_id:
        words = f"{clip} belongs to another project than the shot."
        raise InvalidInput(words, code="other-project", fields={"clips": words})
    if clip.shot_id is not None:
        raise Conflict(f"{clip} is filed already: a take stays with its shot.", code="clip-has-shot")
    try:
        checks.require_sound(clip)
    except Conflict as error:
        raise Conflict(f"{clip.original_name or 'A clip'}: {error.message}", code=error.code) from error
