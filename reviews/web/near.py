"""The takes of a shot that a clip's page leads to: a shot has hundreds, of which few are looked for from there."""

from django.db.models import Q

from generations.models import Clip
from generations.models.clip import ClipQuerySet
from sorahub.accounts.models import User

NEWEST, BESIDE = 5, 2
MOST_OTHERS = 500


def takes(shown: Clip, user: User) -> tuple[list[Clip], int]:
    """Return the newest takes, the selected one and those beside this one, the newest first; and how many there are in all."""
    if shown.shot_id is None:
        return [shown], 1
    rows = _rows(shown, user)
    return list(rows.filter(_near(shown, rows)).select_related("shot")), rows.count()


def others(shown: Clip, user: User) -> list[Clip]:
    """Return the takes that ``takes`` leaves out, the newest first."""
    if shown.shot_id is None:
        return []
    rows = _rows(shown, user)
    return list(rows.exclude(_near(shown, rows)).select_related("shot")[:MOST_OTHERS])


def _rows(shown: Clip, user: User) -> ClipQuerySet:
    return Clip.objects.visible_to(user).filter(shot=shown.shot_id).order_by("-take")


def _near(shown: Clip, rows: ClipQuerySet) -> Q:
    newest, older = rows.values("pk")[:NEWEST], rows.filter(take__lt=shown.take).values("pk")[:BESIDE]
    newer = rows.filter(take__gt=shown.take).order_by("take").values("pk")[:BESIDE]
    own = [pk for pk in (shown.pk, shown.shot and shown.shot.selected_clip_id) if pk]
    return Q(pk__in=newest) | Q(pk__in=older) | Q(pk__in=newer) | Q(pk__in=own)
