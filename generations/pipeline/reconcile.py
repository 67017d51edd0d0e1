"""Reconcile: a create without an answer is looked up at the provider and never sent again.

By the id that we chose where the provider lets us choose one, or by the seed that we drew: that is exact. Else by time, model
and words (see ``matching``).
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from generations.models import ErrorClass, Generation, State, TimelineEntry
from generations.pipeline.endings import Ending, end
from generations.pipeline.following import follow, keep_asking
from generations.pipeline.matching import Found, match, same_order, sent_at
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
NONE_YET = "Looked for at the provider: it does not show it."
SEVERAL_YET = "Looked for at the provider: it shows what could be this order or another one's, and nothing tells which."
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
    if generation.state == State.LOST:
        still = Generation.objects.filter(pk=generation.pk, state=State.LOST, next_poll_at__isnull=False)
        still.update(next_poll_at=timezone.now())
    for job in Job.objects.filter(key=_key(generation)):
        hasten(job)


def look_on(generation: Generation) -> None:
    """Plan the look after this one, and have this one made: for one that was given up without an id. In a transaction."""
    due = generation.next_poll_at
    keep_asking(generation)
    enqueue(
        "generation.reconcile",
        key=f"{_key(generation)}:{due:%Y%m%d%H%M%S%f}",
        payload={"generation": str(generation.pk)},
        subject_id=generation.pk,
    )


def reconcile(job: Job) -> Json:
    """Job "generation.reconcile": adopt the one task it can be; after the last quick look it is LOST, for a person to decide.

    It is looked for all the same, more and more rarely, as long as the provider lists such tasks: found then, it is recovered.
    """
    rows = Generation.objects.select_related("account", "prompt", "project", "source", "capability_record")
    generation = rows.get(pk=job.payload["generation"])
    given_up = generation.state == State.LOST and generation.remote_id is None
    if generation.state != State.SUBMIT_UNKNOWN and not given_up:
        return generation.state
    request = request_for(generation)
    try:
        listed = adapter_for(generation.account).find(request, sent_at(generation))
    except ProviderError as error:
        _still_unanswered(generation, error) if given_up else _unanswered(job, generation, error)
        return generation.state
    row = capability_of(generation)
    found = match(generation, request, listed, by_id=bool(row and row.client_chosen_id))
    if given_up:
        _judge_late(generation, found)
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


def _judge(job: Job, generation: Generation, found: Found) -> None:
    """Adopt, look again later, or give up. The first answer after silence is never the last look: a list may lag."""
    if _is_its_own(generation, found):
        adopt(generation, found.tasks[0], "Found at the provider: it had taken the order.")
    elif job.attempt <= len(WAITS) or found.being_sent or job.error_code != NOT_YET:
        words = SEVERAL_YET if found.tasks else NONE_YET
        tell(generation, CALL, words, found=len(found.tasks) or None)
        raise Retry(NOT_YET, "The provider does not show it yet.", after=_wait(job))
    else:
        _give_up(generation, SEVERAL if found.tasks else LOST)


def _is_its_own(generation: Generation, found: Found) -> bool:
    """Whether the first task may be taken: it names what only this order carries; or there is one for each of those that
    asked for the very same, and for nobody who asked for anything else. While a rival is being sent, nobody takes anything.
    """
    if found.certain or not found.tasks:
        return bool(found.tasks)
    if found.being_sent or not all(same_order(generation, rival) for rival in found.rivals):
        return False
    return len(found.tasks) <= 1 + found.waiting


def _judge_late(generation: Generation, found: Found) -> None:
    """One that was given up, and is there after all, gets its id: it is asked how it stands, and its clip is recovered."""
    if not _is_its_own(generation, found):
        tell(generation, CALL, SEVERAL_YET if found.tasks else NONE_YET, found=len(found.tasks) or None)
        return
    task, now = found.tasks[0], timezone.now()
    rows = Generation.objects.filter(pk=generation.pk, state=State.LOST, remote_id=None)
    facts = {"remote_id": task.remote_id, "raw_state": task.raw_state[:100], "provider_created_at": task.created_at}
    with transaction.atomic():
        if rows.update(**facts, next_poll_at=now, updated_at=now):
            words = "Found at the provider after all: it had taken the order. It is asked how it stands."
            tell(generation, CALL, words, raw=task.raw_state, remote_id=task.remote_id)


def _unanswered(job: Job, generation: Generation, error: ProviderError) -> None:
    if error.code != job.error_code:
        _tell_unanswered(generation, error)
    has_no_such_call = error.error_class is Trouble.PROVIDER_PERMANENT
    if not has_no_such_call and timezone.now() < sent_at(generation) + PATIENCE:
        raise Retry(error.code, error.message, after=error.retry_after)
    _give_up(generation, UNANSWERED, for_good=has_no_such_call)


def _still_unanswered(generation: Generation, error: ProviderError) -> None:
    """The next look is planned already; there is none where the wire has no such call."""
    with transaction.atomic():
        _tell_unanswered(generation, error)
        if error.error_class is Trouble.PROVIDER_PERMANENT:
            Generation.objects.filter(pk=generation.pk, remote_id=None).update(next_poll_at=None)


def _tell_unanswered(generation: Generation, error: ProviderError) -> None:
    words = f"The provider could not be asked whether it took it: {error.message}"
    tell(generation, CALL, words, **facts_of(error))


def _give_up(generation: Generation, message: str, *, for_good: bool = False) -> None:
    """``for_good``: there is no way to look for it any longer."""
    ending = Ending(ErrorClass.AMBIGUOUS_SUBMIT, "not-found", message, charged=None, alarm=message[:200])
    with transaction.atomic():
        if end(generation, State.LOST, ending):
            tell(generation, TimelineEntry.Kind.ALARM, message)
            if not for_good:
                keep_asking(generation)


def _wait(job: Job) -> float:
    return WAITS[min(job.attempt, len(WAITS)) - 1]


def _key(generation: Generation) -> str:
    return f"generation.reconcile:{generation.pk}"
