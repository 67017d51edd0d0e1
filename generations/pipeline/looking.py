"""The tracker's rows as light values: what is due, and one statement for many looks that brought nothing new."""

import datetime as dt
import json
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
LONGEST_LATE = dt.timedelta(days=60)
"""Longer than any provider keeps a task."""


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
class Facts:
    """What an answer tells beside the state, where any of it is new."""

    raw_state: str
    actual: dict[str, Any]
    created_at: dt.datetime | None
    expires_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Look:
    """What a look leaves behind. ``at`` becomes the next moment unless something else (a webhook) has changed ``seen``."""

    id: UUID
    seen: dt.datetime
    at: dt.datetime
    progress: int
    failures: int
    counted: int
    facts: Facts | None = None


def waiting(now: dt.datetime) -> dict[UUID, int]:
    """How many tasks are due at each account; accounts with none are left out."""
    return _by_account(Generation.objects.due_for_poll(now))


def late_waiting(now: dt.datetime) -> dict[UUID, int]:
    """The same for those that were given up and are still asked for now and then."""
    return _by_account(_late(now))


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
    rows = _late(now).filter(account=account)
    again = now + dt.timedelta(seconds=LATE_SECONDS)
    return _claimed([(due, again) for due in _read(rows, limit)])


def _late(now: dt.datetime) -> models.QuerySet[Generation]:
    """Given up and due; not for ever where the provider never answers."""
    given_up = Generation.objects.filter(state=State.LOST, remote_id__isnull=False)
    return given_up.filter(next_poll_at__lte=now, finished_at__gt=now - LONGEST_LATE)


def store(looks: Sequence[Look]) -> None:
    """Write many looks, some hundred rows to a statement. A task that has left the list meanwhile is left alone."""
    rows = [_moments(look) for look in looks]
    told = [_told(look.id, look.facts) for look in looks if look.facts]
    for start in range(0, len(rows), AT_A_TIME):
        _write(_MOMENTS, _MOMENT_TYPES, rows[start : start + AT_A_TIME])
    for start in range(0, len(told), AT_A_TIME):
        _write(_FACTS, _FACT_TYPES, told[start : start + AT_A_TIME])


def _by_account(rows: models.QuerySet[Generation]) -> dict[UUID, int]:
    counted = rows.order_by().values_list("account_id").annotate(times=Count("pk"))
    return {account: times for account, times in counted}  # noqa: C416 (the plugin's row type is not a pair)


def _read(rows: models.QuerySet[Generation], limit: int) -> list[Due]:
    found = rows.exclude(remote_id=None).order_by("next_poll_at").values_list(*COLUMNS)
    return [Due(*values) for values in found[:limit]]


def _claimed(found: Sequence[tuple[Due, dt.datetime]]) -> list[Due]:
    store([Look(due.id, due.scheduled, at, due.progress, due.poll_failures, 1) for due, at in found])
    return [replace(due, scheduled=at, poll_count=due.poll_count + 1) for due, at in found]


def _write(statement: str, types: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Run an UPDATE from a list of rows; PostgreSQL learns the columns' types from the first."""
    plain = ", ".join(["%s"] * len(types))
    typed = ", ".join(f"%s::{each}" for each in types) if connection.vendor == "postgresql" else plain
    values = ", ".join([f"({typed})", *[f"({plain})"] * (len(rows) - 1)])
    with connection.cursor() as cursor:
        cursor.execute(statement.format(values=values), [value for row in rows for value in row])


_MOMENT_TYPES = ("uuid", "timestamptz", "timestamptz", "int", "int", "int")
_MOMENTS = """
UPDATE generations_generation AS task
SET next_poll_at = CASE WHEN task.next_poll_at = look.column2 THEN look.column3 ELSE task.next_poll_at END,
    progress = CASE WHEN look.column4 > task.progress THEN look.column4 ELSE task.progress END,
    poll_failures = look.column5, poll_count = task.poll_count + look.column6
FROM (VALUES {values}) AS look
WHERE task.id = look.column1 AND task.next_poll_at IS NOT NULL
"""
_FACT_TYPES = ("uuid", "text", "jsonb", "timestamptz", "timestamptz")
_FACTS = """
UPDATE generations_generation AS task
SET raw_state = look.column2, actual = look.column3,
    provider_created_at = COALESCE(look.column4, task.provider_created_at),
    provider_expires_at = COALESCE(look.column5, task.provider_expires_at)
FROM (VALUES {values}) AS look
WHERE task.id = look.column1 AND task.next_poll_at IS NOT NULL
"""


def _moments(look: Look) -> list[Any]:
    moments = [_prepared("next_poll_at", each) for each in (look.seen, look.at)]
    return [_prepared("id", look.id), *moments, look.progress, look.failures, look.counted]


def _told(task: UUID, facts: Facts) -> list[Any]:
    dates = [_prepared("next_poll_at", each) for each in (facts.created_at, facts.expires_at)]
    return [_prepared("id", task), facts.raw_state, json.dumps(facts.actual), *dates]


def _prepared(column: str, value: Any) -> Any:
    """The value as this database's driver wants it."""
    return _FIELDS[column].get_db_prep_value(value, connection)


_FIELDS: "dict[str, models.Field[Any, Any]]" = {each.name: each for each in Generation._meta.local_fields}
