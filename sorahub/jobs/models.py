"""A Job is our own row for work to be done; a Heartbeat is a cluster's sign of life."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from sorahub.jobs.errors import LeaseLost
from sorahub.lib.ids import uuid7

DEFAULT_LEASE_SECONDS = 120


def lease_seconds() -> int:
    """How long an attempt may go without finishing or renewing before somebody else may take over."""
    return int(getattr(settings, "JOBS_LEASE_SECONDS", DEFAULT_LEASE_SECONDS))


class JobState(models.TextChoices):
    """Queued and running are open; succeeded, failed (a rule said no) and dead (gave up) are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DEAD = "dead"


class JobQuerySet(models.QuerySet["Job"]):
    """The only questions asked about jobs."""

    def claimable(self, now: dt.datetime) -> JobQuerySet:
        """Jobs that an attempt may be started on: due, or abandoned by an attempt whose lease ran out."""
        due = Q(state=JobState.QUEUED, run_at__lte=now)
        abandoned = Q(state=JobState.RUNNING, lease_until__lt=now)
        return self.filter(due | abandoned, attempt__lt=F("max_attempts"))

    def exhausted(self, now: dt.datetime) -> JobQuerySet:
        """Jobs whose last allowed attempt was abandoned."""
        return self.filter(state=JobState.RUNNING, lease_until__lt=now, attempt__gte=F("max_attempts"))

    def leased(self, now: dt.datetime) -> JobQuerySet:
        """Jobs that somebody is working on."""
        return self.filter(state=JobState.RUNNING, lease_until__gte=now)

    def held_on(self, machine: str) -> JobQuerySet:
        """Jobs that a process of this machine works on, or died over."""
        return self.leased(timezone.now()).filter(holder__startswith=f"{machine}:")

    def finished_before(self, when: dt.datetime) -> JobQuerySet:
        """Jobs in a final state since before ``when``."""
        return self.filter(state__in=(JobState.SUCCEEDED, JobState.FAILED, JobState.DEAD), finished_at__lt=when)

    def held(self, job: Job) -> JobQuerySet:
        """This job, if the attempt in hand is still the one in charge."""
        return self.filter(pk=job.pk, state=JobState.RUNNING, attempt=job.attempt)


class Job(models.Model):
    """Work to be done exactly once in effect, however often it is started.

    ``key`` says what "the same work" means; ``attempt`` is the fence: only the newest attempt may write.
    ``payload`` holds ids and small words, never secrets or files. ``subject_id`` (a generation, a clip) is
    for logs. ``holder`` is the process of the newest attempt, as "machine:id".
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=80)
    key = models.CharField(max_length=200, unique=True)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=5)
    run_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=100, blank=True)
    queue_row = models.BigIntegerField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    lease: float | None = None  # not a column: what the attempt in hand was given, set by the runner

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["run_at", "id"]
        indexes = [
            models.Index(fields=["state", "run_at"], name="job_state_run_at"),
            models.Index(fields=["state", "lease_until"], name="job_state_lease"),
            models.Index(fields=["subject_id"], name="job_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(condition=Q(attempt__lte=F("max_attempts")), name="job_attempt_bounded"),
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING) | Q(lease_until__isnull=False),
                name="job_running_has_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    def _lease(self) -> float:
        return lease_seconds() if self.lease is None else self.lease

    @contextmanager
    def fenced(self, *, final: bool = True) -> Iterator[None]:
        """Write the effect inside this block: it commits only if this attempt is still in charge.

        ``final`` marks the job succeeded in the same transaction, so a crash after it cannot repeat the
        effect; pass False for writing progress. Raises LeaseLost, with nothing written, when another attempt
        has taken over.
        """
        now = timezone.now()
        done = {"state": JobState.SUCCEEDED, "finished_at": now, "lease_until": None}
        progress = {"lease_until": now + dt.timedelta(seconds=self._lease())}
        with transaction.atomic():
            if not Job.objects.held(self).update(**(done if final else progress)):
                raise LeaseLost(f"Attempt {self.attempt} of {self} was taken over; its result is dropped.")
            yield

    def renew(self, seconds: float | None = None) -> None:
        """Keep the lease for ``seconds`` more (default: as long as it was given at first). Raises LeaseLost when it is gone
        already.
        """
        until = timezone.now() + dt.timedelta(seconds=self._lease() if seconds is None else seconds)
        if not Job.objects.held(self).update(lease_until=until):
            raise LeaseLost(f"Attempt {self.attempt} of {self} was taken over; it stops here.")


class Heartbeat(models.Model):
    """When a cluster last did anything. ``name`` is the cluster's, ``process`` the worker that said so."""

    name = models.CharField(max_length=100, primary_key=True)
    beat_at = models.DateTimeField()
    process = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.beat_at:%Y-%m-%d %H:%M:%S}"
