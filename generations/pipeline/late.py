"""Late: what becomes of a generation that was given up and of which the provider then speaks again. Its state stays."""

from django.db import transaction
from django.utils import timezone

from generations.models import Alarm, Generation, Pulse, TimelineEntry
from generations.pipeline import billing
from generations.pipeline.alarms import clear_alarm
from generations.pipeline.following import keep_asking
from generations.pipeline.remote import words_of
from generations.pipeline.story import tell
from generations.providers.base import RemoteState, RemoteTask
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import enqueue
from sorahub.ledger import record

RECOVER = "generation.recover"
RECOVER_ATTEMPTS = 12
Kind = TimelineEntry.Kind


def apply_late_answer(generation: Generation, task: RemoteTask) -> None:
    """Recover what has become ready, close the money of what has ended, ask on for everything else."""
    if generation.recovered_at is not None:
        return
    if task.state is RemoteState.FETCHING:
        take(generation, task)
    elif task.state in (RemoteState.FAILED, RemoteState.CANCELLED, RemoteState.EXPIRED):
        _close(generation, task)
    else:
        keep_asking(generation)


def take(generation: Generation, task: RemoteTask) -> None:
    """It is ready after all: the job that brings its clip in."""
    made = generation.made_at or timezone.now()
    with transaction.atomic():
        facts = {"next_poll_at": None, "raw_state": task.raw_state[:100], "made_at": made}
        Generation.objects.filter(pk=generation.pk).update(**facts)
        generation.next_poll_at, generation.made_at = None, made
        if bring_in(generation):
            words = "The provider has finished it after all; its clip is brought in."
            tell(generation, Kind.STATE, words, raw=task.raw_state)


def bring_in(generation: Generation) -> bool:
    """Have its clip brought in by job "generation.recover"; False when that is under way. Inside the caller's transaction."""
    Generation.objects.select_for_update(no_key=True).get(pk=generation.pk)
    jobs = Job.objects.filter(kind=RECOVER, subject_id=generation.pk)
    if being_brought_in(generation):
        return False
    again = f":{again}" if (again := jobs.count()) else ""
    enqueue(
        RECOVER,
        key=f"{RECOVER}:{generation.pk}{again}",
        payload={"generation": str(generation.pk)},
        max_attempts=RECOVER_ATTEMPTS,
        subject_id=generation.pk,
    )
    return True


def being_brought_in(generation: Generation) -> bool:
    """Whether its clip is on its way in."""
    open_now = (JobState.QUEUED, JobState.RUNNING)
    return Job.objects.filter(kind=RECOVER, subject_id=generation.pk, state__in=open_now).exists()


def _close(generation: Generation, task: RemoteTask) -> None:
    """It has ended there without a clip: now its money can be closed, where the provider tells whether it is charged. Where it
    does not, nobody knows: the money stays set aside, with its alarm, until a person settles it by the bill.
    """
    charged = billing.charged_for(task, unrendered=False)
    words = words_of(task.error) if task.error else f"The provider says: {task.raw_state}."
    with transaction.atomic():
        alarm = billing.UNCLEAR if charged is None else ""
        facts = {"next_poll_at": None, "alarm": alarm, "raw_state": task.raw_state[:100], "updated_at": timezone.now()}
        Generation.objects.filter(pk=generation.pk).update(**facts)
        close_doubt(generation)  # locks the pulse before the budgets, as every end of a generation does
        billing.close(generation, charged, words)
        tell(generation, Kind.STATE, f"It has ended at the provider: {words}", raw=task.raw_state, charged=charged)
        body = {"state": task.state.value, "charged": charged, "amount_micro": generation.settled_micro or 0}
        record.append(
            kind="generation.cleared_up", actor=None, client=generation.project.client_id, subject=generation, body=body
        )
    generation.refresh_from_db()


def close_doubt(generation: Generation) -> None:
    """The alarm about it no longer holds; open pages are told. Inside the caller's transaction."""
    clear_alarm(Alarm.Kind.LATE, str(generation.pk))
    Pulse.objects.bump(generation.project)
