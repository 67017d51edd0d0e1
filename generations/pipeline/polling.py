"""Track, the part without a network: what a provider's answer does to a generation. Terminal states stay as they are."""

import datetime as dt
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from generations.models import Alarm, ErrorClass, Generation, Pulse, State, TimelineEntry
from generations.models.generation import POLLED, TERMINAL
from generations.pipeline import billing, late
from generations.pipeline.alarms import raise_alarm
from generations.pipeline.endings import Ending, end
from generations.pipeline.following import keep_asking, next_time
from generations.pipeline.looking import Due, Facts, Look
from generations.pipeline.moves import move, note
from generations.pipeline.remote import error_class_of, facts_of, words_of
from generations.pipeline.story import tell
from generations.providers.base import ProviderError, RemoteState, RemoteTask
from sorahub.jobs.queue import enqueue

NOT_FOUND = "404"
LOST_AFTER = 5
"""Answers "unknown here" in a row before a task counts as lost; a provider may forget for a moment."""
ALARM_AFTER = 5
"""Unanswered questions in a row before somebody should look."""
FETCH_ATTEMPTS = 12
AT_WORK = (RemoteState.QUEUED, RemoteState.RUNNING)
Kind = TimelineEntry.Kind


def look(due: Due, task: RemoteTask) -> Look | None:
    """What an answer without news leaves behind; None when it brings news, which ``apply_answer`` brings home."""
    if _is_news(due, task):
        return None
    after = max(due.scheduled, next_time(due.poll_count, task.poll_after)) if task.poll_after else due.scheduled
    progress = max(due.progress, task.progress or 0)
    return Look(due.id, due.scheduled, after, progress, 0, 0, _new_facts(due, task))


def _new_facts(due: Due, task: RemoteTask) -> Facts | None:
    """What the answer tells beside the state; None when all of it is known."""
    actual = _actual(due.actual, task)
    dates = (task.created_at in (None, due.provider_created_at), task.expires_at in (None, due.provider_expires_at))
    if all(dates) and task.raw_state[:100] == due.raw_state and actual == due.actual:
        return None
    return Facts(task.raw_state[:100], actual, task.created_at, task.expires_at)


def missed(due: Due, error: ProviderError) -> Look | None:
    """What an unanswered question leaves behind; None when somebody should be told, which ``apply_failure`` does."""
    failures = due.poll_failures + 1
    if not due.alarm and (failures >= ALARM_AFTER or not error.retryable):
        return None
    later = max(due.scheduled, next_time(failures + ALARM_AFTER, error.retry_after))
    return Look(due.id, due.scheduled, later, due.progress, failures, 0)


def _is_news(due: Due, task: RemoteTask) -> bool:
    """Whether the generation moves, ends, or gives or ends cause for alarm."""
    if due.state == State.LOST or (due.deadline_at and due.deadline_at <= timezone.now()):
        return True
    return task.state.value != due.state or task.alarm[:200] != due.alarm


def apply_answer(generation: Generation, task: RemoteTask) -> None:
    """Bring a followed generation in line with the provider's answer; say nothing to anybody when nothing visible changed."""
    if generation.state == State.LOST:
        late.apply_late_answer(generation, task)
    elif generation.state in TERMINAL:
        _contradicted(generation, task)
    elif generation.state not in POLLED:
        return  # its file is on its way: what was asked before says nothing more
    elif task.state is RemoteState.LOST:
        _not_found(generation)
    elif task.state is RemoteState.FETCHING:
        _finished(generation, task)
    elif task.state in AT_WORK:
        _goes_on(generation, task)
    else:
        _ended(generation, task)


def apply_failure(generation: Generation, error: ProviderError) -> None:
    """The provider could not be asked. That says nothing about the task: keep asking, later each time, and raise an alarm."""
    failures = generation.poll_failures + 1
    facts: dict[str, Any] = {"poll_failures": failures}
    if generation.state not in TERMINAL:
        facts["next_poll_at"] = next_time(failures + ALARM_AFTER, error.retry_after)
    alarming = failures >= ALARM_AFTER or not error.retryable
    if alarming:
        facts["alarm"] = f"Cannot be asked for: {words_of(error)}"[:200]
    with transaction.atomic():
        if alarming and facts["alarm"] != generation.alarm:
            tell(generation, Kind.ALARM, f"The provider cannot be asked: {error.message}", **facts_of(error))
        note(generation, **facts)


def _facts(generation: Generation, task: RemoteTask) -> dict[str, Any]:
    """What an answer tells, whatever the state."""
    return {
        "raw_state": task.raw_state[:100],
        "alarm": task.alarm[:200],
        "actual": _actual(generation.actual, task),
        "poll_failures": 0,
        "progress": max(generation.progress, task.progress or 0),
        "provider_created_at": task.created_at or generation.provider_created_at,
        "provider_expires_at": task.expires_at or generation.provider_expires_at,
    }


def _actual(known: dict[str, Any], task: RemoteTask) -> dict[str, Any]:
    return {**known, **{name: value for name, value in asdict(task.actual).items() if value is not None}}


def _goes_on(generation: Generation, task: RemoteTask) -> None:
    facts = {**_facts(generation, task), **_later(generation, task.poll_after)}
    to = State(task.state.value)
    with transaction.atomic():
        _unknown_word(generation, task)
        if generation.state == to:
            if facts["progress"] != generation.progress:
                Pulse.objects.bump(generation.project)
            note(generation, **facts)
        elif move(generation, to, since=[State.QUEUED, State.RUNNING], fields=facts):
            words = "It waits at the provider." if to == State.QUEUED else "The provider works on it."
            tell(generation, Kind.STATE, words, raw=task.raw_state)
    if generation.deadline_at and generation.deadline_at <= timezone.now() and generation.state not in TERMINAL:
        give_up(generation)


def _later(generation: Generation, poll_after: float | None) -> dict[str, dt.datetime]:
    """A provider's wish moves the next moment back, unless a webhook has brought it forward."""
    planned = generation.next_poll_at
    if not poll_after or planned is None or planned <= timezone.now():
        return {}
    return {"next_poll_at": max(planned, next_time(generation.poll_count, poll_after))}


def _unknown_word(generation: Generation, task: RemoteTask) -> None:
    """A word that our adapter does not know: it keeps its state, is asked for on, and somebody is told once."""
    if not task.alarm or task.alarm[:200] == generation.alarm:
        return
    tell(generation, Kind.ALARM, f"The provider used a word we do not know: {task.alarm}", raw=task.raw_state)
    raise_alarm(
        Alarm.Kind.UNKNOWN_WORD,
        f"{generation.account_id}:{task.raw_state}",
        message=f"{generation.account} uses a word we do not know: {task.alarm}",
        mend="Nothing is lost: it is asked for on. Look at the provider what it means, and have the adapter learn it.",
        account=generation.account,
    )


def _finished(generation: Generation, task: RemoteTask) -> None:
    """The file is there: the state and the job that fetches it are one commit. An error beside it does not outweigh a file."""
    facts = {**_facts(generation, task), "progress": 100, "next_poll_at": None, "made_at": timezone.now()}
    with transaction.atomic():
        if not move(generation, State.FETCHING, since=[State.QUEUED, State.RUNNING], fields=facts):
            return
        code = task.error.code if task.error else None
        also = " It names an error beside it; the file decides." if code else ""
        tell(generation, Kind.STATE, f"The provider has finished it.{also}", raw=task.raw_state, error=code)
        enqueue(
            "generation.fetch",
            key=f"generation.fetch:{generation.pk}",
            payload={"generation": str(generation.pk)},
            max_attempts=FETCH_ATTEMPTS,
            subject_id=generation.pk,
        )


def _ended(generation: Generation, task: RemoteTask) -> None:
    """It failed, was cancelled or has expired there. What the provider does not say of its price, nobody knows yet."""
    error = task.error
    if error is not None:
        kind, code, message = error_class_of(error), error.code, words_of(error)
    elif task.state is RemoteState.EXPIRED:
        kind, code = ErrorClass.EXPIRED_ASSET, "expired"
        message = "The provider let it expire before the clip could be fetched."
    else:
        kind, code, message = None, task.raw_state, f"The provider says: {task.raw_state}."
    charged = billing.charged_for(task, unrendered=generation.state == State.QUEUED)
    ending = Ending(kind, code, message, charged, task.raw_state, alarm=billing.UNCLEAR if charged is None else "")
    with transaction.atomic():
        if end(generation, State(task.state.value), ending):
            tell(generation, Kind.STATE, f"It has ended at the provider: {ending.message}", raw=task.raw_state)


def _not_found(generation: Generation) -> None:
    """Unknown at the provider: once may be a hiccup, often in a row is a loss. Whether it is charged, nobody knows."""
    times = generation.poll_failures + 1 if generation.raw_state == NOT_FOUND else 1
    if times >= LOST_AFTER:
        lose(
            generation,
            "not-found",
            "The provider no longer knows this task. It may be charged all the same.",
            NOT_FOUND,
        )
        return
    with transaction.atomic():
        if times == 1:
            tell(generation, Kind.CALL, "The provider does not know it just now; it is asked again.", raw=NOT_FOUND)
        note(generation, raw_state=NOT_FOUND, poll_failures=times)


def give_up(generation: Generation) -> None:
    """Its deadline has passed: it is lost for us, and still asked for now and then."""
    message = "It took longer than we wait. The provider may still finish it; its clip will then be brought in."
    lose(generation, "deadline", message)


def lose(generation: Generation, code: str, message: str, raw_state: str | None = None) -> None:
    """End it as lost. Its money stays set aside, since nobody knows whether it is charged; somebody is told."""
    with transaction.atomic():
        if not end(generation, State.LOST, Ending(None, code, message, None, raw_state, alarm=message[:200])):
            return
        keep_asking(generation)
        tell(generation, Kind.STATE, message, code=code)
        raise_alarm(
            Alarm.Kind.LATE,
            str(generation.pk),
            message=message,
            mend="Look in the provider's own console. Launch it again only when it is certain that nothing will come.",
            generation=generation,
        )


def _contradicted(generation: Generation, task: RemoteTask) -> None:
    """It has ended for us, and the provider says something else now: the first word stands, the second is told once. A clip
    that is there after all is brought in, as a late one is: it is paid for.
    """
    finished = task.state is RemoteState.FETCHING
    if task.state.value == generation.state or (generation.state == State.SUCCEEDED and finished):
        return
    words = (
        f"The provider now says {task.raw_state!r}, after it had ended as {generation.state}. The first word stands."
    )
    with transaction.atomic():
        if not generation.timeline.filter(words=words).exists():
            tell(generation, Kind.ALARM, words, raw=task.raw_state)
        if finished and generation.clip_id is None:
            late.take(generation, task)
