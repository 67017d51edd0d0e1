"""Run jobs: claim by one conditional UPDATE, do the work, and record how it ended unless somebody else took
over.
"""

import datetime as dt
import logging
import random
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sorahub.jobs import backoff, holders, registry
from sorahub.jobs.errors import LeaseLost, Retry
from sorahub.jobs.models import Job, JobState, lease_seconds
from sorahub.jobs.queue import kick
from sorahub.jobs.values import Json
from sorahub.lib import read_only
from sorahub.lib.correlation import correlated
from sorahub.lib.errors import DomainError

log = logging.getLogger(__name__)
spread = random.SystemRandom()
MESSAGE_LIMIT = 2000
SKIPPED = "skipped"


def claim(job_id: UUID | str) -> Job | None:
    """Start the next attempt on a job, or return None: done, not due, in somebody's hands, out of attempts, or the hub is
    read-only: then every job stays as it is.
    """
    if read_only.reason() is not None:
        return None
    now = timezone.now()
    with transaction.atomic():
        kind = Job.objects.filter(pk=job_id).values_list("kind", flat=True).first()
        lease = _lease(kind or "")
        taken = (
            Job.objects.filter(pk=job_id)
            .claimable(now)
            .update(
                state=JobState.RUNNING,
                attempt=F("attempt") + 1,
                lease_until=now + dt.timedelta(seconds=lease),
                holder=holders.own(),
                started_at=now,
            )
        )
        if not taken:
            return None
        job = Job.objects.get(pk=job_id)
        job.lease = lease
        return job


def _lease(kind: str) -> float:
    known = registry.registration(kind)
    return known.lease if known and known.lease is not None else lease_seconds()


def run_one(job_id: UUID | str) -> str:
    """Run one attempt of a job if one may be started; return the state it left the job in, or "skipped".

    Does not raise for what the handler does: here an attempt's failure becomes a row.
    """
    job = claim(job_id)
    if job is None:
        return SKIPPED
    with correlated(request=job.request_id, subject=str(job.subject_id or ""), job=str(job.pk)):
        state = _attempt(job)
        log.info("job %s attempt %d: %s", job.kind, job.attempt, state)
        return state


def _attempt(job: Job) -> str:
    known = registry.registration(job.kind)
    if known is None:
        return _close(job, JobState.FAILED, "no-handler", f"No code in this installation does {job.kind!r} jobs.")
    try:
        return _succeed(job, known.handler(job))
    except LeaseLost as error:
        log.warning("%s", error.message)
        return SKIPPED
    except Retry as error:
        return _again(job, error.code, error.message, after=error.after)
    except DomainError as error:
        if error.retryable:
            return _again(job, error.code, error.message, after=None)
        return _close(job, JobState.FAILED, error.code, error.message)
    except Exception as error:  # the edge of the process: whatever a handler raises becomes a row
        log.exception("job %s raised", job.kind)
        return _again(job, type(error).__name__, str(error), after=None)


def _succeed(job: Job, result: Json) -> str:
    """Record the result; mark the job succeeded unless its own fenced block has done so."""
    now = timezone.now()
    done = Job.objects.held(job).update(state=JobState.SUCCEEDED, finished_at=now, lease_until=None, result=result)
    own = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=JobState.SUCCEEDED)
    if not done and not own.update(result=result):
        raise LeaseLost(f"Attempt {job.attempt} of {job} was taken over; its result is dropped.")
    return JobState.SUCCEEDED


def _again(job: Job, code: str, message: str, *, after: float | None) -> str:
    """Put the job back for a later attempt, or give it up when this was the last one allowed."""
    if job.attempt >= job.max_attempts:
        return _close(job, JobState.DEAD, code, message)
    wait = backoff.seconds_before(job.attempt, chance=spread.random()) if after is None else after
    with transaction.atomic():
        job.run_at = timezone.now() + dt.timedelta(seconds=wait)
        put_back = Job.objects.held(job).update(
            state=JobState.QUEUED,
            run_at=job.run_at,
            lease_until=None,
            error_code=code[:100],
            error_message=message[:MESSAGE_LIMIT],
        )
        if put_back:
            kick(job)
    return JobState.QUEUED if put_back else SKIPPED


def _close(job: Job, state: JobState, code: str, message: str) -> str:
    """End the job in a final state that is not success."""
    log.error("job %s %s: %s %s", job.kind, state, code, message)
    closed = Job.objects.held(job).update(
        state=state,
        finished_at=timezone.now(),
        lease_until=None,
        error_code=code[:100],
        error_message=message[:MESSAGE_LIMIT],
    )
    return state if closed else SKIPPED


def drain(limit: int = 100) -> int:
    """Run due jobs in this process, one after another, until none is due or ``limit`` attempts were made; for
    tests.

    Jobs that become due while it runs are included. Returns the number of attempts made.
    """
    for made in range(limit):
        waiting = Job.objects.all().claimable(timezone.now()).first()
        if waiting is None:
            return made
        run_one(waiting.pk)
    return limit
