"""Track, the part without a network: what a provider's answer does to a generation. Terminal states stay as they are."""

from dataclasses import asdict
from typing import Any

from django.db import transaction

from generations.models import ErrorClass, Generation, Pulse, State
from generations.pipeline.endings import Ending, end
from generations.pipeline.following import next_time
from generations.pipeline.moves import move, note
from generations.pipeline.remote import error_class_of, words_of
from generations.providers.base import ProviderError, RemoteState, RemoteTask
from sorahub.jobs.queue import enqueue

NOT_FOUND = "404"
LOST_AFTER = 5
"""Answers "unknown here" in a row before a task counts as lost; a provider may forget for a moment."""
ALARM_AFTER = 5
"""Unanswered questions in a row before somebody should look."""
FETCH_ATTEMPTS = 12


def apply_answer(generation: Generation, task: RemoteTask) -> None:
    """Bring a followed generation in line with the provider's answer; say nothing to anybody when nothing visible changed."""
    if task.state is RemoteState.LOST:
        _not_found(generation)
    elif task.state is RemoteState.FETCHING:
        _finished(generation, task)
    elif task.state in (RemoteState.QUEUED, RemoteState.RUNNING):
        _goes_on(generation, task)
    else:
        _ended(generation, task)


def apply_failure(generation: Generation, error: ProviderError) -> None:
    """The provider could not be asked. That says nothing about the task: keep asking, later each time, and raise an alarm."""
    failures = generation.poll_failures + 1
    facts: dict[str, Any] = {"poll_failures": failures, "next_poll_at": next_time(failures + 5, error.retry_after)}
    if failures >= ALARM_AFTER or not error.retryable:
        facts["alarm"] = f"Cannot be asked for: {words_of(error)}"[:200]
    with transaction.atomic():
        note(generation, **facts)


def _facts(generation: Generation, task: RemoteTask) -> dict[str, Any]:
    """What an answer tells, whatever the state."""
    actual = {name: value for name, value in asdict(task.actual).items() if value is not None}
    return {
        "raw_state": task.raw_state,
        "alarm": task.alarm[:200],
        "actual": {**generation.actual, **actual},
        "poll_count": generation.poll_count + 1,
        "poll_failures": 0,
        "progress": generation.progress if task.progress is None else task.progress,
        "provider_created_at": task.created_at or generation.provider_created_at,
        "provider_expires_at": task.expires_at or generation.provider_expires_at,
    }


def _goes_on(generation: Generation, task: RemoteTask) -> None:
    facts = _facts(generation, task)
    facts["next_poll_at"] = next_time(facts["poll_count"], task.poll_after)
    to = State(task.state.value)
    with transaction.atomic():
        if generation.state != to:
            move(generation, to, since=[State.QUEUED, State.RUNNING], fields=facts)
            return
        if facts["progress"] != generation.progress:
            Pulse.objects.bump(generation.project)
        note(generation, **facts)


def _finished(generation: Generation, task: RemoteTask) -> None:
    """The file is there: the state and the job that fetches it are one commit."""
    facts = {**_facts(generation, task), "progress": 100, "next_poll_at": None}
    with transaction.atomic():
        if move(generation, State.FETCHING, since=[State.QUEUED, State.RUNNING], fields=facts):
            enqueue(
                "generation.fetch",
                key=f"generation.fetch:{generation.pk}",
                payload={"generation": str(generation.pk)},
                max_attempts=FETCH_ATTEMPTS,
                subject_id=generation.pk,
            )


def _ended(generation: Generation, task: RemoteTask) -> None:
    """It failed, was cancelled or has expired there."""
    error, charged = task.error, task.state is RemoteState.EXPIRED
    if error is not None:
        ending = Ending(error_class_of(error), error.code, words_of(error), bool(error.charged), task.raw_state)
    elif task.state is RemoteState.EXPIRED:
        message = "The provider let it expire before the clip could be fetched."
        ending = Ending(ErrorClass.EXPIRED_ASSET, "expired", message, charged, task.raw_state)
    else:
        ending = Ending(None, task.raw_state, f"The provider says: {task.raw_state}.", charged, task.raw_state)
    end(generation, State(task.state.value), ending)


def _not_found(generation: Generation) -> None:
    """Unknown at the provider: once may be a hiccup, often in a row is a loss. Whether it is charged, nobody knows."""
    times = generation.poll_failures + 1 if generation.raw_state == NOT_FOUND else 1
    if times >= LOST_AFTER:
        message = "The provider no longer knows this task. It may be charged all the same."
        end(generation, State.LOST, Ending(None, "not-found", message, None, NOT_FOUND, alarm=message))
        return
    facts = {"raw_state": NOT_FOUND, "poll_failures": times, "next_poll_at": next_time(times)}
    with transaction.atomic():
        note(generation, **facts)
