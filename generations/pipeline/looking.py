"""The tracker's rows as light values: what is due, and one statement for many looks that brought nothing new."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Count

from generations.models import Generation, State
from generations.models.generation import POLLED
from generations.pipeline.following import LATE_SECONDS, next_time

AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A task to be asked for: what is needed to see whether an answer brings anything new. ``scheduled`` is when it is
    asked for next.
    """

    id: UUID
    remote_id: str
    state: str
    raw_state: str
    alarm: str
    progress: int
    poll_count: int
    poll_failures: int
    actual: dict[str, Any]
    provider_created_at: dt.datetime | None
    provider_expires_at: dt.datetime | None
    deadline_at: dt.datetime | None
    scheduled: dt.datetime
    project: UUID


COLUMNS = (
    "id", "remote_id", "state", "raw_state", "alarm", "progress", "poll_count", "poll_failures", "actual",
    "provider_created_at", "provider_expires_at", "deadline_at", "next_poll_at", "project_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What a look leaves behind. ``at`` becomes the next moment unless something else (a webhook) has changed ``seen``."""

    id: UUID
    seen: dt.datetime
    at: dt.datetime
    progress: int
    failures: int
    counted: int


def waiting(now: dt.datetime) -> dict[UUID, int]:
    """How many tasks are due at each account; accounts with none are left out."""
    return _by_account(Generation.objects.due_for_poll(now))


def late_waiting(now: dt.datetime) -> dict[UUID, int]:
    """The same for those that were given up and are still asked for now and then."""
    return _by_account(Generation.objects.filter(state=State.LOST, next_poll_at__lte=now))


def in_flight() -> dict[UUID, int]:
    """How many tasks are followed at each account."""
    return _by_account(Generation.objects.filter(state__in=POLLED, next_poll_at__isnull=False))


def claim(account: UUID, now: dt.datetime, limit: int, floor: float) -> list[Due]:
    """Take up to ``limit`` due tasks, the longest due first, and move each to its next moment before it is asked for.

    So nothing is asked twice because an answer was slow to be written, and a tracker that dies in between loses one look.
    ``floor``: the shortest interval that the account's budget allows, in seconds.
    """
    rows = Generation.objects.filter(account=account).due_for_poll(now)
    found = _read(rows, limit)
    return _claimed([(due, next_time(due.poll_count, floor=floor)) for due in found])


def claim_late(account: UUID, now: dt.datetime, limit: int) -> list[Due]:
    """``claim`` for those that were given up."""
    rows = Generation.objects.filter(account=account, state=State.LOST, next_poll_at__lte=now)
    again = now + dt.timedelta(seconds=LATE_SECONDS)
    return _claimed([(due, again) for due in _read(rows, limit)])


def store(looks: Sequence[Look]) -> None:
    """Write many looks, some hundred rows to a statement. A task that has left the list meanwhile is left alone."""
    for start in range(0, len(looks), AT_A_TIME):
        _write(looks[start : start + AT_A_TIME])


def _by_account(rows: models.QuerySet[Generation]) -> dict[UUID, int]:
    counted = rows.order_by().values_list("account_id").annotate(times=Count("pk"))
    return {account: times for account, times in counted}  # noqa: C416 (the plugin's row type is not a pair)


def _read(rows: models.QuerySet[Generation], limit: int) -> list[Due]:
    found = rows.exclude(remote_id=None).order_by("next_poll_at").values_list(*COLUMNS)
    return [Due(*values) for values in found[:limit]]


def _claimed(found: Sequence[tuple[Due, dt.datetime]]) -> list[Due]:
    store([Look(due.id, due.scheduled, at, due.progress, due.poll_failures, 1) for due, at in found])
    return [replace(due, scheduled=at, poll_count=due.poll_count + 1) for due, at in found]


def _write(looks: Sequence[Look]) -> None:
    row = "(%s, %s, %s, %s, %s, %s)"
    first = "(%s::uuid, %s::timestamptz, %s::timestamptz, %s::int, %s::int, %s::int)"
    first = first if connection.vendor == "postgresql" else row
    values = ", ".join([first, *[row] * (len(looks) - 1)])
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT.format(values=values), [each for look in looks for each in _prepared(look)])


_STATEMENT = """
UPDATE generations_generation AS task
SET next_poll_at = CASE WHEN task.next_poll_at = look.column2 THEN look.column3 ELSE task.next_poll_at END,
    progress = look.column4, poll_failures = look.column5, poll_count = task.poll_count + look.column6
FROM (VALUES {values}) AS look
WHERE task.id = look.column1 AND task.next_poll_at IS NOT NULL
"""
_ID, _MOMENT = Generation._meta.get_field("id"), Generation._meta.get_field("next_poll_at")


def _prepared(look: Look) -> list[Any]:
    """The values as this database's driver wants them."""
    moments = [_MOMENT.get_db_prep_value(each, connection) for each in (look.seen, look.at)]
    return [_ID.get_db_prep_value(look.id, connection), *moments, look.progress, look.failures, look.counted]
