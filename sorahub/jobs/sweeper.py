"""The net under the queue: nothing that is due stays unkicked, nothing abandoned stays "running", nothing old
piles up.
"""

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ, Task

from sorahub.jobs import holders
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import kick

log = logging.getLogger(__name__)
SWEEP_LIMIT = 500
KEEP_SUCCEEDED = dt.timedelta(days=30)
KEEP_QUEUE_FAILURES = dt.timedelta(days=14)


def sweep() -> dict[str, int]:
    """Bury jobs whose last attempt was abandoned, and kick every claimable job that has no queue row to wake
    it.
    """
    return {"dead": bury(), "kicked": rekick()}


def release_orphans() -> int:
    """Bring back at once the jobs whose worker on this machine was killed: their leases would run for minutes yet.

    A lease protects against two workers at once, and here the first is known to be gone.
    """
    now = timezone.now()
    orphans = [job for job in Job.objects.all().held_on(holders.machine()) if holders.is_gone(job.holder)]
    released = sum(Job.objects.held(job).filter(holder=job.holder).update(lease_until=now) for job in orphans)
    if released:
        log.warning("%d jobs come back: their worker is gone", released)
        sweep()
    return released


def bury() -> int:
    """Mark dead what ran out of attempts without an end; a person has to look at these."""
    now = timezone.now()
    buried = 0
    for job in Job.objects.all().exhausted(now)[:SWEEP_LIMIT]:
        ended = (
            Job.objects.held(job)
            .filter(lease_until__lt=now)
            .update(
                state=JobState.DEAD,
                finished_at=now,
                lease_until=None,
                error_code="abandoned",
                error_message="Every attempt ended without a word; the worker was killed each time.",
            )
        )
        if ended:
            log.error("job %s %s is dead: abandoned in its last attempt", job.kind, job.key)
        buried += ended
    return buried


def rekick() -> int:
    """Write a queue row for each claimable job whose own one is gone, or was pulled by a worker that then
    died.
    """
    now = timezone.now()
    kicked = 0
    for job in Job.objects.all().claimable(now)[:SWEEP_LIMIT]:
        if OrmQ.objects.filter(pk=job.queue_row, lock__lte=now).exists():
            continue
        with transaction.atomic():
            still = Job.objects.filter(pk=job.pk).claimable(now).select_for_update().first()
            if still:
                OrmQ.objects.filter(pk=still.queue_row).delete()
                job.run_at = now
                kick(job)
                kicked += 1
    return kicked


def prune(keep: dt.timedelta = KEEP_SUCCEEDED) -> int:
    """Delete jobs that ended well long ago, and django-q2's old failure records; failed and dead jobs
    stay.
    """
    now = timezone.now()
    Task.objects.filter(stopped__lt=now - KEEP_QUEUE_FAILURES).delete()
    old = Job.objects.all().finished_before(now - keep).filter(state=JobState.SUCCEEDED)
    return old.delete()[0]
