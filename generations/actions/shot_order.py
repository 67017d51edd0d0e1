"""The order of a project's shots. Positions count from 0 without gaps; archived shots have none that matters.

Nobody's order is lost: whoever moves a shot says which version of the board they looked at, and is told when it has changed.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from generations.actions import checks
from generations.models import Project, Pulse, Shot
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, InvalidInput


@dataclass(frozen=True)
class Moved:
    """A shot's place before and after, from 0, and the version of the board that shows it there."""

    shot: Shot
    before: int
    after: int
    version: int


def move_shot(*, actor: User, shot: Shot, to: int, version: int | None = None) -> Moved:
    """Put a shot at place ``to`` (from 0; beyond the end: last); the others keep their order.

    ``version``: the project's ``shots_version`` that the person looked at; None: whatever it is. Raises Forbidden, NotFound,
    InvalidInput for a negative place, and Conflict (``board-changed``) when the board has changed since, or for an archived
    project or shot.
    """
    actor.demand(Permission.MANAGE_PROJECT)
    checks.require_seen(actor, Shot.objects.all(), shot)
    checks.require_open(shot.project)
    if to < 0:
        raise InvalidInput("Places count from 1.", fields={"to": "Places count from 1."})
    with transaction.atomic():
        reached = count_change(shot.project, version)
        order = _in_order(shot.project)
        before = next((place for place, each in enumerate(order) if each.pk == shot.pk), None)
        if before is None:
            raise Conflict("This shot is archived: restore it first.", code="shot-archived")
        after = min(to, len(order) - 1)
        order.insert(after, order.pop(before))
        _write(order)
        Pulse.objects.bump(shot.project)
    shot.refresh_from_db()
    return Moved(shot, before, after, reached)


def count_change(project: Project, version: int | None = None) -> int:
    """Count one more change of the board and return its version; the row stays locked until the transaction ends.

    Raises Conflict when ``version`` is given and is not the one before.
    """
    rows = Project.objects.filter(pk=project.pk)
    known = rows if version is None else rows.filter(shots_version=version)
    if not known.update(shots_version=F("shots_version") + 1):
        words = "The board has changed since you loaded it: it is shown as it is now. Your move was not made; make it again."
        raise Conflict(words, code="board-changed")
    return int(rows.values_list("shots_version", flat=True).get())


def put_after(shot: Shot, other: Shot) -> None:
    """Put a shot right behind another. Inside the caller's transaction, after ``count_change``."""
    order = [each for each in _in_order(shot.project) if each.pk != shot.pk]
    places = [place for place, each in enumerate(order) if each.pk == other.pk]
    order.insert(places[0] + 1 if places else len(order), shot)
    _write(order)
    shot.refresh_from_db(fields=["position"])


def close_gaps(project: Project) -> None:
    """Count the shots of the board anew. Inside the caller's transaction, after ``count_change``."""
    _write(_in_order(project))


def _in_order(project: Project) -> list[Shot]:
    return list(Shot.objects.filter(project=project).on_the_board())


def _write(order: list[Shot]) -> None:
    """Write the positions that are not right yet."""
    wrong = [(place, each) for place, each in enumerate(order) if each.position != place]
    for place, each in wrong:
        each.position = place
    Shot.objects.bulk_update([each for _, each in wrong], ["position"], batch_size=500)
