"""Handlers for the tests of the job queue; their effect is a row, so that it takes part in transactions.

Heartbeat rows serve as the counted effect: one named after the job's payload, whose ``process`` collects
attempts.
"""

import os
import signal
import time
from pathlib import Path

from django.utils import timezone

from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Heartbeat, Job
from sorahub.jobs.registry import handler
from sorahub.jobs.values import Json
from sorahub.lib.errors import Refused, Unavailable


def count(name: str) -> int:
    """How often the effect called ``name`` has happened."""
    row = Heartbeat.objects.filter(name=name).first()
    return len(row.process) if row else 0


def happen(name: str) -> None:
    """Let the effect happen once more."""
    row, _ = Heartbeat.objects.get_or_create(name=name, defaults={"beat_at": timezone.now()})
    Heartbeat.objects.filter(pk=row.pk).update(process=row.process + "x")


@handler("tests.effect")
def effect(job: Job) -> Json:
    """The usual shape: work, then the effect in the fenced block."""
    with job.fenced():
        happen(str(job.payload["name"]))
    return {"attempt": job.attempt}


@handler("tests.crash_after_effect")
def crash_after_effect(job: Job) -> Json:
    """Raises after its effect was committed."""
    with job.fenced():
        happen(str(job.payload["name"]))
    raise RuntimeError("after the commit")


@handler("tests.crash_within_effect")
def crash_within_effect(job: Job) -> Json:
    """Raises inside the fenced block on its first attempt."""
    with job.fenced():
        happen(str(job.payload["name"]))
        if job.attempt == 1:
            raise RuntimeError("before the commit")
    return None


@handler("tests.retry")
def retry(job: Job) -> Json:
    """Asks to be put back for 30 seconds."""
    raise Retry("busy", "The provider asks us to wait.", after=30)


@handler("tests.unavailable")
def unavailable(job: Job) -> Json:
    """Fails in a way that may pass."""
    raise Unavailable("Something is away.", code="away")


@handler("tests.refused")
def refused(job: Job) -> Json:
    """Fails for good."""
    raise Refused("A rule says no.", code="rule-x")


@handler("tests.killed")
def killed(job: Job) -> Json:
    """Kills its own process the first time, as the kernel does when memory runs out."""
    if job.attempt == 1:
        Path(str(job.payload["marker"])).write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
    with job.fenced():
        happen(str(job.payload["name"]))
    return None


@handler("tests.slow", lease=0.2)
def slow(job: Job) -> Json:
    """Takes longer than its lease."""
    time.sleep(0.4)
    with job.fenced():
        happen(str(job.payload["name"]))
    return None
