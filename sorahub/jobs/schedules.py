"""Bring django-q2's schedule rows in line with the code table."""

from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule

from sorahub.jobs import registry

PREFIX = "sorahub."


def install() -> list[str]:
    """Create or mend one row per declared schedule and delete ours that are no longer declared; return their
    names.

    Names are not unique in django-q2's table, so doubles are removed. One malformed row would stop every
    schedule: rows are therefore made here and nowhere else.
    """
    wanted = registry.repeating()
    with transaction.atomic():
        for entry in wanted:
            _install(entry)
        names = [entry.name for entry in wanted]
        Schedule.objects.filter(name__startswith=PREFIX).exclude(name__in=names).delete()
    return names


def _install(entry: registry.Repeating) -> None:
    values = {
        "func": entry.function,
        "schedule_type": Schedule.MINUTES,
        "minutes": entry.minutes,
        "repeats": -1,
        "cron": None,
        "args": None,
        "kwargs": None,
        "hook": None,
        "cluster": None,
    }
    rows = list(Schedule.objects.filter(name=entry.name).order_by("pk"))
    if not rows:
        Schedule.objects.create(name=entry.name, next_run=timezone.now(), **values)
        return
    Schedule.objects.filter(pk__in=[row.pk for row in rows[1:]]).delete()
    Schedule.objects.filter(pk=rows[0].pk).update(**values)
