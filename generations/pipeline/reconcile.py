"""Reconcile: a create without an answer is looked up at the provider and never sent again.

By the id that we chose where the provider lets us choose one: that is exact. Else by time, model and words.
"""

import datetime as dt
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from generations.models import ErrorClass, Generation, State, TimelineEntry
from generations.pipeline.endings import Ending, end
from generations.pipeline.following import follow
from generations.pipeline.moves import move
from generations.pipeline.remote import adapter_for, capability_of, facts_of, request_for
from generations.pipeline.story import tell
from generations.providers.base import ErrorClass as Trouble
from generations.providers.base import ProviderError, RemoteTask
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job
from sorahub.jobs.queue import enqueue, hasten
from sorahub.jobs.values import Json

WAITS: tuple[float, ...] = (1.0, 5.0, 20.0, 60.0)
"""Seconds between looks; a provider's list may lag behind its create."""
ATTEMPTS = 1000
PATIENCE = dt.timedelta(hours=24)
NOT_YET = "not-found-yet"
"""How long a provider that cannot be asked, or answers nonsense, is waited for."""
LOST = "The provider shows no such order. It may be charged all the same: look there, then launch it again."
UNANSWERED = "The provider could not be asked whether it took the order: look there, then launch it again."
SEVERAL = "The provider shows several orders that it could be: look there, then launch it again."
CALL = TimelineEntry.Kind.CALL


def doubt(generation: Generation, why: str, **facts: Any) -> None:
    """The call may have left and no id came back: note it, and have it looked up. ``facts`` are for the timeline."""
    fields = {"error_class": ErrorClass.AMBIGUOUS_SUBMIT, "error_code": "no-answer", "error_message": why}
    with transaction.atomic():
        if move(generation, State.SUBMIT_UNKNOWN, since=[State.SUBMITTING], fields=fields):
            tell(generation, CALL, f"Sent, and no answer came: it is looked up, never sent again. {why}", **facts)
            enqueue(
                "generation.reconcile",
                key=_key(generation),
                payload={"generation": str(generation.pk)},
                max_attempts=ATTEMPTS,
                subject_id=generation.pk,
            )


def look_now(generation: Generation) -> None:
    """There is reason to believe that the provider has it: look it up at once. Inside the caller's transaction."""
    for job in Job.objects.filter(key=_key(generation)):
        hasten(job)


def reconcile(job: Job) -> Json:
    """Job "generation.reconcile": adopt the one task it can be; after the last look it is LOST, for a person to decide."""
    rows = Generation.objects.select_related("account", "prompt", "project", "source")
    generation = rows.get(pk=job.payload["generation"])
    if generation.state != State.SUBMIT_UNKNOWN:
        return generation.state
    try:
        found = adapter_for(generation.account).find(request_for(generation), _sent(generation))
    except ProviderError as error:
        _unanswered(job, generation, error)
    else:
        _judge(job, generation, found)
    return generation.state


def adopt(generation: Generation, task: RemoteTask, words: str) -> bool:
    """Take the task for this generation's; the tracker asks how it stands. Say whether it still wanted one."""
    cleared = {"error_class": "", "error_code": "", "error_message": "", "alarm": ""}
    facts = {"remote_id": task.remote_id, "raw_state": task.raw_state[:100], "provider_created_at": task.created_at}
    with transaction.atomic():
        since = [State.SUBMITTING, State.SUBMIT_UNKNOWN]
        moved = move(generation, State.QUEUED, since=since, fields={**facts, **cleared})
        if moved:
            follow(generation)
            tell(generation, CALL, words, raw=task.raw_state, remote_id=task.remote_id)
    return moved


def _sent(generation: Generation) -> dt.datetime:
    return generation.submitted_at or generation.created_at


def _judge(job: Job, generation: Generation, found: list[RemoteTask]) -> None:
    """Adopt, look again later, or give up. The first answer after silence is never the last look: a list may lag."""
    unclaimed = _unclaimed(generation, found)
    row = capability_of(generation)
    twins = Generation.objects.none() if row and row.client_chosen_id else _twins(generation)
    waiting = twins.filter(state=State.SUBMIT_UNKNOWN).count()
    being_sent = twins.filter(state=State.SUBMITTING).exists()
    if unclaimed and len(unclaimed) <= 1 + waiting and not being_sent:
        first = min(unclaimed, key=lambda task: (task.created_at or _sent(generation), task.remote_id))
        adopt(generation, first, "Found at the provider: it had taken the order.")
    elif job.attempt <= len(WAITS) or being_sent or job.error_code != NOT_YET:
        raise Retry(NOT_YET, "The provider does not show it yet.", after=_wait(job))
    else:
        _give_up(generation, SEVERAL if unclaimed else LOST)


def _unclaimed(generation: Generation, found: list[RemoteTask]) -> list[RemoteTask]:
    ids = [task.remote_id for task in found]
    claimed = Generation.objects.filter(account=generation.account, remote_id__in=ids)
    taken = set(claimed.values_list("remote_id", flat=True))
    return [task for task in found if task.remote_id not in taken]


def _twins(generation: Generation) -> models.QuerySet[Generation]:
    """Other generations that asked for the very same: any of their tasks could be this one's."""
    same = Generation.objects.filter(
        account=generation.account,
        model=generation.model,
        params=generation.params,
        prompt__text=generation.prompt.text,
    )
    return same.exclude(pk=generation.pk)


def _unanswered(job: Job, generation: Generation, error: ProviderError) -> None:
    if job.attempt == 1:
        tell(
            generation, CALL, f"The provider could not be asked whether it took it: {error.message}", **facts_of(error)
        )
    has_no_such_call = error.error_class is Trouble.PROVIDER_PERMANENT
    if not has_no_such_call and timezone.now() < _sent(generation) + PATIENCE:
        raise Retry(error.code, error.message, after=error.retry_after)
    _give_up(generation, UNANSWERED)


def _give_up(generation: Generation, message: str) -> None:
    ending = Ending(ErrorClass.AMBIGUOUS_SUBMIT, "not-found", message, charged=None, alarm=message[:200])
    with transaction.atomic():
        if end(generation, State.LOST, ending):
            tell(generation, TimelineEntry.Kind.ALARM, message)


def _wait(job: Job) -> float:
    return WAITS[min(job.attempt, len(WAITS)) - 1]


def _key(generation: Generation) -> str:
    return f"generation.reconcile:{generation.pk}"
