"""Tend: find what a crash left between two steps, and put it back on its way or end it with the reason. Safe to repeat."""

import datetime as dt
import logging
import shutil
import time
from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from generations.models import ErrorClass, Generation, State, Upload
from generations.models.generation import POLLED
from generations.pipeline.bringing import AWAY
from generations.pipeline.endings import Ending, end
from generations.pipeline.following import follow, keep_asking
from generations.pipeline.places import FOLDER, TRANSFERS, incoming
from generations.pipeline.polling import give_up
from generations.pipeline.reconcile import LOST, doubt, look_on
from sorahub.jobs.models import Job, JobState
from sorahub.lib.ids import read_id

STALE_SUBMIT = dt.timedelta(minutes=10)
"""Longer than any create call may take."""
KEEP_INCOMING_SECONDS = 48 * 3600.0
FARTHEST = dt.timedelta(hours=2)
"""Longer than any wait that the tracker plans."""
UNASKED = dt.timedelta(hours=1)
AT_ONCE = 200
OVER = (JobState.DEAD, JobState.FAILED)
OPEN = (JobState.QUEUED, JobState.RUNNING)
log = logging.getLogger(__name__)


def tend() -> dict[str, int]:
    """Mend stuck generations; return how many of each kind."""
    return {
        "doubted": _doubt_stale(),
        "unsent": _end_dead(State.RESERVED, "submit", ErrorClass.PROVIDER_TRANSIENT),
        "lost": _end_unreconciled(),
        "looked_for": _look_on(),
        "unfetched": _end_dead(State.FETCHING, "fetch", ErrorClass.INTEGRITY),
        "followed": _follow_forgotten(),
        "overdue": _give_up_unasked(),
    }


def tidy() -> int:
    """Remove what lies in the incoming folder for nothing: at once where its owner has ended, else after two days."""
    oldest = time.time() - KEEP_INCOMING_SECONDS
    over = _over()
    removable = [path for path in incoming().glob("*") if path.stem in over or path.stat().st_mtime < oldest]
    waiting = {str(pk) for pk in Upload.objects.filter(state=Upload.State.RECEIVED).values_list("pk", flat=True)}
    removed = [path for path in removable if path.stem not in {*waiting, TRANSFERS}]
    for path in removed:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(removed)


def _over() -> set[str]:
    """The names of what belongs to uploads and fetches that have ended; a worker died between their end and its tidying."""
    found = {path.stem.removeprefix(FOLDER): path.stem for path in incoming().glob("*")}
    ids = {as_id: name for name in found if (as_id := read_id(name))}
    uploads = Upload.objects.exclude(state=Upload.State.RECEIVED).filter(pk__in=ids)
    coming = Q(state=State.FETCHING) | Q(_has_job("recover", OPEN))
    fetches = Generation.objects.exclude(coming).filter(pk__in=ids)
    ended = {*uploads.values_list("pk", flat=True), *fetches.values_list("pk", flat=True)}
    return {found[ids[pk]] for pk in ended}


def _doubt_stale() -> int:
    """Sending since long, and its job is over: nobody is waiting for that answer any more."""
    stale = Generation.objects.filter(state=State.SUBMITTING, submitted_at__lt=timezone.now() - STALE_SUBMIT)
    rows = stale.exclude(_has_job("submit", OPEN)).select_related("project")
    return _each(rows[:AT_ONCE], lambda row: doubt(row, "Its worker is gone and left no answer."))


def _end_dead(state: State, step: str, error_class: ErrorClass) -> int:
    """The job that would move it on was given up."""
    rows = Generation.objects.filter(_has_job(step, OVER), state=state).select_related("project")[:AT_ONCE]

    def give_it_up(generation: Generation) -> None:
        job = Job.objects.get(kind=f"generation.{step}", subject_id=generation.pk, state__in=OVER)
        message = f"The step was given up: {job.error_message or job.error_code}"
        ending = Ending(error_class, job.error_code, message, charged=state == State.FETCHING)
        end(generation, State.FAILED, ending)

    return _each(rows, give_it_up)


def _end_unreconciled() -> int:
    rows = Generation.objects.filter(state=State.SUBMIT_UNKNOWN).exclude(_has_job("reconcile", OPEN))
    ending = Ending(ErrorClass.AMBIGUOUS_SUBMIT, "not-found", LOST, charged=None, alarm=LOST[:200])

    def lose_it(generation: Generation) -> None:
        if end(generation, State.LOST, ending):
            keep_asking(generation)

    return _each(rows.select_related("project", "account")[:AT_ONCE], lose_it)


def _look_on() -> int:
    """Given up without an id, and it is time to look whether the provider shows it after all."""
    rows = Generation.objects.filter(state=State.LOST, remote_id=None, next_poll_at__lte=timezone.now())
    return _each(rows.select_related("account")[:AT_ONCE], look_on)


def _follow_forgotten() -> int:
    """A generation at the provider that nobody would ever ask for, or not before long: the clock was wrong when it was noted."""
    never = Q(next_poll_at=None) | Q(next_poll_at__gt=timezone.now() + FARTHEST)
    return _each(Generation.objects.filter(never, state__in=POLLED).select_related("account")[:AT_ONCE], follow)


def _give_up_unasked() -> int:
    """Past its deadline, and the provider cannot be asked either. (One that can be asked is given up by its answer.)"""
    gone = Generation.objects.filter(state__in=POLLED, deadline_at__lt=timezone.now() - UNASKED, poll_failures__gt=0)
    return _each(gone.select_related("project", "account")[:AT_ONCE], give_up)


def _each(rows: Iterable[Generation], mend: Callable[[Generation], object]) -> int:
    """Mend each in a transaction of its own; return how many were. One that cannot be mended holds up nothing else."""
    mended = 0
    for generation in rows:
        try:
            with transaction.atomic():
                mend(generation)
            mended += 1
        except AWAY:
            raise
        except Exception:  # the edge of the process: one generation's trouble must not stop the tracker of all others
            log.exception("generation %s could not be mended", generation.pk)
    return mended


def _has_job(step: str, states: tuple[JobState, ...]) -> Exists:
    """Whether the generation's job for a step is in one of these states."""
    return Exists(Job.objects.filter(kind=f"generation.{step}", subject_id=OuterRef("pk"), state__in=states))
