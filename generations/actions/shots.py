"""Plan shots and choose their takes. Their order is in generations/actions/shot_order.py."""

from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from generations.actions import checks, shot_order
from generations.models import Clip, Project, Pulse, Shot
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput


def add_shot(
    *,
    actor: User,
    project: Project,
    code: str,
    title: str = "",
    intended_frames: int | None = None,
    after: Shot | None = None,
) -> Shot:
    """Add a shot at the project's end, or right ``after`` another. ``intended_frames`` counts frames at the project's rate.

    Raises Forbidden, NotFound, InvalidInput (also for a shot of another project), Conflict for a code in use or an archived
    project.
    """
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    if after is not None and after.project_id != project.pk:
        raise InvalidInput("That shot belongs to another project.", fields={"after": "Not of this project."})
    with transaction.atomic():
        shot_order.count_change(project)
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
        if after is not None:
            shot_order.put_after(shot, after)
        Pulse.objects.bump(project)
    return shot


class ShotChanges(TypedDict, total=False):
    """What changes of a shot; what is left out stays as it is by then."""

    code: str
    title: str
    intended_frames: int | None
    standing: str


def edit_shot(*, actor: User, shot: Shot, **changes: Unpack[ShotChanges]) -> Shot:
    """Change how a shot is called, how long it is meant to be, whether it is in the story: only what is given.

    Raises Forbidden, NotFound, InvalidInput, Conflict for a code in use or an archived project.
    """
    _require_manager(actor, shot)
    with transaction.atomic():
        held = Shot.objects.select_for_update(of=("self",)).select_related("project").get(pk=shot.pk)
        if "code" in changes:
            held.code = checks.words(changes["code"], "code", "Give the shot a code, such as SC010-SH020.")
        if "title" in changes:
            held.title = changes["title"].strip()
        held.intended_frames = changes.get("intended_frames", held.intended_frames)
        held.standing = changes.get("standing", held.standing)
        checks.update(held, [*changes])
        Pulse.objects.bump(held.project)
    return held


def set_standing(*, actor: User, shot: Shot, standing: str, reason: str) -> Shot:
    """Say whether a shot is in the story, on hold or omitted, and why; the reason is kept in the ledger.

    Raises Forbidden, NotFound, InvalidInput without a reason, Conflict where it stands so already or the project is archived.
    """
    _require_manager(actor, shot)
    words = checks.words(reason, "reason", "Say why.")
    with transaction.atomic():
        held = Shot.objects.select_for_update(of=("self",)).select_related("project").get(pk=shot.pk)
        if held.standing == standing:
            raise Conflict(f"It is {held.get_standing_display().lower()} already.", code="unchanged")
        held.standing = standing
        checks.update(held, ["standing"])
        Pulse.objects.bump(held.project)
        body: dict[str, Json] = {"standing": standing, "words": record.conceal(words)}
        client = held.project.client_id
        record.append(kind="shot.standing_set", actor=actor.pk, client=client, subject=held, body=body)
    return held


def trim_shot(*, actor: User, shot: Shot, source_in: int, source_out: int | None, clip: Clip | None = None) -> Shot:
    """Say which frames of the selected take are used: from 0, both ends included, at the take's own rate; None: to its last.

    ``clip``: the take that the range was meant for. Raises Forbidden, NotFound, InvalidInput for frames that it does not have,
    Conflict while no take is selected, when another one is by now, or in an archived project.
    """
    actor.demand(Permission.CHOOSE)
    checks.require_seen(actor, Shot.objects.all(), shot)
    checks.require_open(shot.project)
    with transaction.atomic():
        rows = Shot.objects.select_for_update(of=("self",)).select_related("project", "selected_clip")
        held = rows.get(pk=shot.pk)
        taken = held.selected_clip
        if taken is None:
            raise Conflict("Select a take first: a range is one of its frames.", code="no-take-selected")
        if clip is not None and clip.pk != taken.pk:
            raise Conflict("Another take was selected meanwhile. Load the page again.", code="other-take-selected")
        _require_frames(taken, source_in, source_out)
        held.source_in = source_in
        held.source_out = None if source_out == taken.frame_count - 1 else source_out
        held.save(update_fields=["source_in", "source_out"])
        Pulse.objects.bump(held.project)
    return held


def archive_shot(*, actor: User, shot: Shot) -> Shot:
    """Take a shot off the board; its prompts and takes stay. Raises Forbidden, NotFound, Conflict if it is archived already."""
    _require_manager(actor, shot)
    with transaction.atomic():
        shot_order.count_change(shot.project)
        if not Shot.objects.filter(pk=shot.pk, archived_at=None).update(archived_at=timezone.now()):
            raise Conflict("This shot is archived already.", code="shot-archived")
        shot_order.close_gaps(shot.project)
        Pulse.objects.bump(shot.project)
    shot.refresh_from_db()
    return shot


def restore_shot(*, actor: User, shot: Shot) -> Shot:
    """Put an archived shot back, at the end. Raises Forbidden, NotFound, Conflict if it is on the board."""
    _require_manager(actor, shot)
    with transaction.atomic():
        shot_order.count_change(shot.project)
        last = Shot.objects.filter(project=shot.project).aggregate(last=Max("position"))["last"]
        if not Shot.objects.filter(pk=shot.pk).exclude(archived_at=None).update(archived_at=None, position=last + 1):
            raise Conflict("This shot is on the board.", code="shot-not-archived")
        shot_order.close_gaps(shot.project)
        Pulse.objects.bump(shot.project)
    shot.refresh_from_db()
    return shot


def _require_manager(actor: User, shot: Shot) -> None:
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Shot.objects.all(), shot)
    checks.require_open(shot.project)


def _require_frames(clip: Clip, source_in: int, source_out: int | None) -> None:
    last = clip.frame_count - 1
    wrong = {
        "source_in": "" if 0 <= source_in <= last else f"Between 0 and {last}.",
        "source_out": ""
        if source_out is None or source_in <= source_out <= last
        else f"Up to {last}, not before the first.",
    }
    fields = {name: words for name, words in wrong.items() if words}
    if fields:
        raise InvalidInput(f"Take {clip.take} has the frames 0 to {last}.", fields=fields)


def select_take(*, actor: User, shot: Shot, clip: Clip | None) -> Shot:
    """Make one of the shot's clips its selected take (None: none); choosing what is chosen already changes nothing.

    It is ledgered, though a shortlist is not: it says which bytes stand for the shot from now on, the shot keeps only the
    last choice, and who made it over which other take is asked for long afterwards. The range of frames that was used of the
    take before is let go: it counted the frames of other bytes.
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
    with transaction.atomic():
        held = Shot.objects.select_for_update().get(pk=shot.pk)
        if clip is not None:
            checks.require_sound(
                Clip.objects.get(pk=clip.pk)
            )  # as it is now that nobody else can choose or withdraw it
        before, after = held.selected_clip_id, clip.pk if clip else None
        if before != after:
            Shot.objects.filter(pk=shot.pk).update(selected_clip=clip, source_in=0, source_out=None)
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
