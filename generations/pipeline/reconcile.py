"""Reconcile: a create without an answer is looked up at the provider, by time, model and words. It is never sent again."""

import datetime as dt

from django.db import models, transaction
from django.utils import timezone

from generations.models import ErrorClass, Generation, State
from generations.pipeline.endings import Ending, end
from generations.pipeline.following import follow
from generations.pipeline.moves import move
from generations.pipeline.remote import adapter_for, request_for
from generations.providers.base import ProviderError, RemoteTask
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job
from sorahub.jobs.queue import enqueue
from sorahub.jobs.values import Json

WAITS: tuple[float, ...] = (1.0, 5.0, 20.0, 60.0)
"""Seconds between looks; a provider's list may lag behind its create."""
ATTEMPTS = 100
PATIENCE = dt.timedelta(hours=1)
"""How long a provider that cannot be asked is waited for."""
LOST = "The provider shows no such order. It may be charged all the same: look there, then launch it again."
UNANSWERED = "The provider could not be asked whether it took the order: look there, then launch it again."
SEVERAL = "The provider shows several orders that it could be: look there, then launch it again."


def doubt(generation: Generation, why: str) -> None:
    """The call may have left and no id came back: note it, and have it looked up."""
    facts = {"error_class": ErrorClass.AMBIGUOUS_SUBMIT, "error_code": "no-answer", "error_message": why}
    with transaction.atomic():
        if move(generation, State.SUBMIT_UNKNOWN, since=[State.SUBMITTING], fields=facts):
            enqueue(
                "generation.reconcile",
                key=f"generation.reconcile:{generation.pk}",
                payload={"generation": str(generation.pk)},
                max_attempts=ATTEMPTS,
                subject_id=generation.pk,
            )


def reconcile(job: Job) -> Json:
    """Job "generation.reconcile": adopt the one task it can be; after the last look it is LOST, for a person to decide."""
    generation = Generation.objects.select_related("account", "prompt", "project").get(pk=job.payload["generation"])
    if generation.state != State.SUBMIT_UNKNOWN:
        return generation.state
    try:
        found = adapter_for(generation.account).find(request_for(generation), _sent(generation))
    except ProviderError as error:
        _unanswered(generation, error)
    else:
        _judge(job, generation, found)
    return generation.state


def _sent(generation: Generation) -> dt.datetime:
    return generation.submitted_at or generation.created_at


def _judge(job: Job, generation: Generation, found: list[RemoteTask]) -> None:
    """Adopt, look again later, or give up."""
    unclaimed = _unclaimed(generation, found)
    twins = _twins(generation)
    waiting = twins.filter(state=State.SUBMIT_UNKNOWN).count()
    being_sent = twins.filter(state=State.SUBMITTING).exists()
    if unclaimed and len(unclaimed) <= 1 + waiting and not being_sent:
        _adopt(generation, min(unclaimed, key=lambda task: (task.created_at or _sent(generation), task.remote_id)))
    elif job.attempt <= len(WAITS) or being_sent:
        raise Retry("not-found-yet", "The provider does not show it yet.", after=_wait(job))
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


def _adopt(generation: Generation, task: RemoteTask) -> None:
    """Take the task for this generation's; the tracker asks how it stands."""
    cleared = {"error_class": "", "error_code": "", "error_message": ""}
    facts = {"remote_id": task.remote_id, "raw_state": task.raw_state, "provider_created_at": task.created_at}
    with transaction.atomic():
        if move(generation, State.QUEUED, since=[State.SUBMIT_UNKNOWN], fields={**facts, **cleared}):
            follow(generation)


def _unanswered(generation: Generation, error: ProviderError) -> None:
    if error.retryable and timezone.now() < _sent(generation) + PATIENCE:
        raise Retry(error.code, error.message, after=error.retry_after)
    _give_up(generation, UNANSWERED)


def _give_up(generation: Generation, message: str) -> None:
    ending = Ending(ErrorClass.AMBIGUOUS_SUBMIT, "not-found", message, charged=None, alarm=message[:200])
    end(generation, State.LOST, ending)


def _wait(job: Job) -> float:
    return WAITS[min(job.attempt, len(WAITS)) - 1]
