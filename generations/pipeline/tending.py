"""Tend: find what a crash left between two steps, and put it back on its way or end it with the reason. Safe to repeat."""

import datetime as dt
import shutil
import time
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from generations.models import ErrorClass, Generation, State, Upload
from generations.pipeline.endings import Ending, end
from generations.pipeline.following import follow
from generations.pipeline.places import FOLDER, incoming
from generations.pipeline.reconcile import LOST, doubt
from sorahub.jobs.models import Job, JobState

STALE_SUBMIT = dt.timedelta(minutes=10)
"""Longer than any create call may take."""
KEEP_INCOMING_SECONDS = 48 * 3600.0
OVER = (JobState.DEAD, JobState.FAILED)


def tend() -> dict[str, int]:
    """Mend stuck generations; return how many of each kind."""
    return {
        "doubted": _doubt_stale(),
        "unsent": _end_dead(State.RESERVED, "submit", ErrorClass.PROVIDER_TRANSIENT),
        "lost": _end_unreconciled(),
        "unfetched": _end_dead(State.FETCHING, "fetch", ErrorClass.INTEGRITY),
        "followed": _follow_forgotten(),
    }


def tidy() -> int:
    """Remove what lies in the incoming folder for nothing: at once where its owner has ended, else after two days."""
    oldest = time.time() - KEEP_INCOMING_SECONDS
    over = _over()
    removable = [path for path in incoming().glob("*") if path.stem in over or path.stat().st_mtime < oldest]
    waiting = {str(pk) for pk in Upload.objects.filter(state=Upload.State.RECEIVED).values_list("pk", flat=True)}
    removed = [path for path in removable if path.stem not in waiting]
    for path in removed:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(removed)


def _over() -> set[str]:
    """The names of what belongs to uploads and fetches that have ended; a worker died between their end and its tidying."""
    found = {path.stem.removeprefix(FOLDER): path.stem for path in incoming().glob("*")}
    ids = {as_id: name for name in found if (as_id := _uuid(name))}
    uploads = Upload.objects.exclude(state=Upload.State.RECEIVED).filter(pk__in=ids)
    fetches = Generation.objects.exclude(state=State.FETCHING).filter(pk__in=ids)
    ended = {*uploads.values_list("pk", flat=True), *fetches.values_list("pk", flat=True)}
    return {found[ids[pk]] for pk in ended}


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _doubt_stale() -> int:
    """Sending since long, and its job is over: nobody is waiting for that answer any more."""
    stale = Generation.objects.filter(state=State.SUBMITTING, submitted_at__lt=timezone.now() - STALE_SUBMIT)
    rows = [row for row in stale.select_related("project") if not _job_open(row, "submit")]
    for generation in rows:
        doubt(generation, "Its worker is gone and left no answer.")
    return len(rows)


def _end_dead(state: State, step: str, error_class: ErrorClass) -> int:
    """The job that would move it on was given up."""
    ended = 0
    for generation in Generation.objects.filter(state=state).select_related("project"):
        job = Job.objects.filter(key=f"generation.{step}:{generation.pk}", state__in=OVER).first()
        if job is not None:
            message = f"The step was given up: {job.error_message or job.error_code}"
            ending = Ending(error_class, job.error_code, message, charged=state == State.FETCHING)
            ended += end(generation, State.FAILED, ending)
    return ended


def _end_unreconciled() -> int:
    ended = 0
    for generation in Generation.objects.filter(state=State.SUBMIT_UNKNOWN).select_related("project"):
        if not _job_open(generation, "reconcile"):
            ending = Ending(ErrorClass.AMBIGUOUS_SUBMIT, "not-found", LOST, charged=None, alarm=LOST[:200])
            ended += end(generation, State.LOST, ending)
    return ended


def _follow_forgotten() -> int:
    """A generation at the provider that nobody would ever ask for."""
    forgotten = list(Generation.objects.filter(state__in=[State.QUEUED, State.RUNNING], next_poll_at=None))
    for generation in forgotten:
        with transaction.atomic():
            follow(generation)
    return len(forgotten)


def _job_open(generation: Generation, step: str) -> bool:
    open_states = (JobState.QUEUED, JobState.RUNNING)
    return Job.objects.filter(key=f"generation.{step}:{generation.pk}", state__in=open_states).exists()
