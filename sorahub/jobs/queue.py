"""Put work into the queue, in the same transaction as its cause: both are there after the commit, or
neither.
"""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from sorahub.jobs.models import Job, JobState
from sorahub.jobs.values import Json
from sorahub.lib import correlation

RUN = "sorahub.jobs.tasks.run"


class DatedBroker(ORM):  # type: ignore[misc]
    """django-q2's database broker, with a time before which the row is not pulled, and the row's id for
    later.
    """

    def __init__(self, due: dt.datetime) -> None:
        super().__init__()
        self.due = due
        self.row: int = 0

    def enqueue(self, task: str) -> int:
        """Write the queue row; its lock time is when it becomes visible to a cluster."""
        key = self.list_key or Conf.CLUSTER_NAME
        self.row = OrmQ.objects.create(key=key, payload=task, lock=self.due).pk
        return self.row


class Collecting(DatedBroker):
    """Makes the queue row and leaves it to the caller to write it, with others."""

    parcel: OrmQ

    def enqueue(self, task: str) -> int:
        """Keep the queue row that would be written."""
        self.parcel = OrmQ(key=self.list_key or Conf.CLUSTER_NAME, payload=task, lock=self.due)
        return 0


def enqueue(
    kind: str,
    *,
    key: str,
    payload: dict[str, Json],
    run_at: dt.datetime | None = None,
    max_attempts: int = 5,
    subject_id: UUID | None = None,
) -> Job:
    """Create the job called ``key`` and its kick; one that exists already is returned unchanged, whatever its
    state.

    Must be called inside the caller's ``transaction.atomic``; raises TransactionManagementError otherwise.
    """
    if not transaction.get_connection().in_atomic_block:
        raise TransactionManagementError("A job is enqueued in the transaction of its cause: open one first.")
    values = {
        "kind": kind,
        "payload": payload,
        "run_at": run_at or timezone.now(),
        "max_attempts": max_attempts,
        "request_id": correlation.request_id.get(),
        "subject_id": subject_id,
    }
    job, created = Job.objects.get_or_create(key=key, defaults=values)
    if created:
        kick(job)
    return job


def enqueue_many(kind: str, subjects: Mapping[UUID, dict[str, Json]], *, max_attempts: int = 5) -> None:
    """Create the jobs "kind:subject" with these payloads, and their kicks, in a handful of statements; those that exist stay.

    Must be called inside the caller's ``transaction.atomic``, as ``enqueue``.
    """
    if not transaction.get_connection().in_atomic_block:
        raise TransactionManagementError("A job is enqueued in the transaction of its cause: open one first.")
    keys = {f"{kind}:{pk}": pk for pk in subjects}
    there = set(Job.objects.filter(key__in=keys).values_list("key", flat=True))
    asked = correlation.request_id.get()
    jobs = [
        Job(kind=kind, key=key, payload=subjects[pk], request_id=asked, subject_id=pk, max_attempts=max_attempts)
        for key, pk in keys.items()
        if key not in there
    ]
    parcels = []
    for job in jobs:
        broker = Collecting(job.run_at)
        async_task(RUN, str(job.pk), broker=broker)
        parcels.append(broker.parcel)
    for job, row in zip(jobs, OrmQ.objects.bulk_create(parcels), strict=True):
        job.queue_row = row.pk
    Job.objects.bulk_create(jobs)


def kick(job: Job) -> None:
    """Write the queue row that wakes a worker when the job is due, and remember it on the job."""
    broker = DatedBroker(job.run_at)
    async_task(RUN, str(job.pk), broker=broker)
    job.queue_row = broker.row
    Job.objects.filter(pk=job.pk).update(queue_row=broker.row)


def hasten(job: Job) -> None:
    """Make a queued job due now instead of later; one that is due, taken or done is left alone."""
    now = timezone.now()
    if Job.objects.filter(pk=job.pk, state=JobState.QUEUED, run_at__gt=now).update(run_at=now):
        OrmQ.objects.filter(pk=job.queue_row).delete()
        job.run_at = now
        kick(job)


def kick_function(path: str) -> int:
    """Write a queue row that calls a function without arguments; return the row's id."""
    broker = DatedBroker(timezone.now())
    async_task(path, broker=broker)
    return broker.row
