"""Submit: the one call that costs money. Intent is committed before it; without an answer it is never made again."""

import datetime as dt
import time
from typing import Any, NoReturn

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from generations.models import Alarm, ErrorClass, Generation, ProviderAccount, State, TimelineEntry
from generations.pipeline import admission
from generations.pipeline.alarms import raise_alarm
from generations.pipeline.endings import Ending, end, fail
from generations.pipeline.fetch import wait_for_long
from generations.pipeline.following import follow, keep_asking
from generations.pipeline.moves import move, note
from generations.pipeline.reconcile import doubt
from generations.pipeline.remote import adapter_for, error_class_of, facts_of, offered, request_for, words_of
from generations.pipeline.story import tell
from generations.providers.base import Created, ProviderError
from generations.providers.base import ErrorClass as Trouble
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json

GIVE_UP_AFTER = dt.timedelta(hours=24)
REST_WITHOUT_CREDIT = dt.timedelta(minutes=5)
WAIT_SECONDS = 30.0
CALL = TimelineEntry.Kind.CALL


def submit(job: Job) -> Json:
    """Job "generation.submit": take a reserved generation to the provider, once.

    One found in SUBMITTING was being sent when its worker died: whether the call left is unknown, so it is looked up.
    After a day of trouble it ends unsent; waiting for a place in line is no trouble.
    """
    rows = Generation.objects.select_related("account", "prompt", "project", "source")
    generation = rows.get(pk=job.payload["generation"])
    if generation.state == State.SUBMITTING:
        doubt(generation, "The worker that sent it ended before the answer was stored.")
    elif generation.state == State.RESERVED:
        _send(job, generation)
    return generation.state


def _send(job: Job, generation: Generation) -> None:
    if generation.cancel_requested_at:
        _withdraw(generation)
        return
    _stand_by(job, generation)
    if job.error_code not in admission.PATIENT and timezone.now() > _in_trouble_since(generation) + GIVE_UP_AFTER:
        fail(generation, ErrorClass.PROVIDER_TRANSIENT, "never-sent", "It could not be sent within a day.")
        return
    if not _still_offered(generation):
        return
    adapter, request = adapter_for(generation.account), request_for(generation)
    if not _claim(job, generation):
        return
    began = time.monotonic()
    try:
        created = adapter.create(request)
    except ProviderError as error:
        _unsent(generation, error, _milliseconds(began))
        return
    take_in(generation, created, _milliseconds(began))


def _withdraw(generation: Generation) -> None:
    """Somebody asked to cancel it while it was being sent, and it was not taken: it is not sent again."""
    words = "Cancelled; the provider had not taken it."
    with transaction.atomic():
        if end(generation, State.CANCELLED, Ending(None, "cancelled", words)):
            tell(generation, TimelineEntry.Kind.STATE, words)


def _in_trouble_since(generation: Generation) -> dt.datetime:
    """When it was first sent in vain; when it was launched, where no call was made: its wait in line is no trouble."""
    first = generation.timeline.filter(kind=CALL).order_by("at").first()
    return first.at if first else generation.created_at


def _stand_by(job: Job, generation: Generation) -> None:
    """Wait while the account is switched off, paused or resting: asked before any file is read."""
    wait = admission.standstill(generation.account, timezone.now())
    if wait:
        _wait(job, generation, wait)


def _wait(job: Job, generation: Generation, wait: admission.Wait) -> NoReturn:
    """Ask again later; however long it stands in line, the job does not run out of attempts over it."""
    if job.attempt >= job.max_attempts:
        wait_for_long(job)
    raise Retry(wait.code, wait.message, after=admission.patience(generation, wait.seconds))


def _still_offered(generation: Generation) -> bool:
    """A model may be shut down while a generation waits: it ends before any call is made."""
    row = offered(generation)
    if row is not None and row.launchable(timezone.now().date()):
        return True
    gone = f"was shut down on {row.retired_on}" if row and row.retired_on else "is no longer in the catalogue"
    words = f"{row.title if row else generation.model} {gone}, while this waited. Nothing was sent."
    fail(generation, ErrorClass.PROVIDER_PERMANENT, "retired", words)
    return False


def _claim(job: Job, generation: Generation) -> bool:
    """Take a place and commit the intent: from here on the call may have left. Waits while there is no place.

    Places are counted under the account's lock, so that two workers never take the last one both. Whoever leaves a place
    wakes the next; the wait is for the case that nobody does.
    """
    with job.fenced(final=False):
        answer = admission.ask(generation)
        since, now = [State.RESERVED], timezone.now()
        moved = answer.wait is None and move(generation, State.SUBMITTING, since=since, fields={"submitted_at": now})
        admission.wake(answer.others)
    if answer.wait:
        _wait(job, generation, answer.wait)
    return moved


def take_in(generation: Generation, created: Created, milliseconds: int) -> None:
    """Store the provider's id: the statement right after the call. A generation that has ended meanwhile gets an alarm."""
    cleared = {"error_class": "", "error_code": "", "error_message": "", "alarm": ""}
    fields = {"remote_id": created.remote_id, "raw_state": created.raw_state, **cleared}
    facts: dict[str, Any] = {
        "ms": milliseconds,
        "remote_id": created.remote_id,
        "request_id": created.request_id or None,
    }
    with transaction.atomic():
        if move(generation, State.QUEUED, since=[State.SUBMITTING, State.SUBMIT_UNKNOWN], fields=fields):
            follow(generation)
            tell(generation, CALL, "The provider took the order.", raw=created.raw_state, **facts)
        elif generation.remote_id != created.remote_id:
            _taken_late(generation, created.remote_id)
            tell(generation, CALL, "The provider took the order late.", **facts)


def _taken_late(generation: Generation, remote_id: str) -> None:
    """It had been given up without an id: now it has one, by which its clip can still be asked for."""
    given_up = generation.state == State.LOST and generation.remote_id is None
    alarm = f"The provider took it late, as {remote_id}"[:200]
    note(generation, alarm=alarm, **({"remote_id": remote_id} if given_up else {}))
    if given_up:
        keep_asking(generation)


def _unsent(generation: Generation, error: ProviderError, milliseconds: int) -> None:
    """No id came back: send later, give up, or find out, as the error allows."""
    if error.safe_to_resubmit:
        _put_back(generation, error, milliseconds)
    elif error.error_class is Trouble.AMBIGUOUS_SUBMIT:
        doubt(generation, words_of(error), ms=milliseconds, **facts_of(error))
    else:
        with transaction.atomic():
            _hold_back(generation.account, error)
            words = f"The provider refused the order: {words_of(error)}"
            tell(generation, CALL, words, ms=milliseconds, **facts_of(error))
            fail(generation, error_class_of(error), error.code, words_of(error), charged=bool(error.charged))


def _hold_back(account: ProviderAccount, error: ProviderError) -> None:
    """A refused key, or want of credit, would fail everything that waits, one after the other: spare the others.

    A refused key pauses the account until somebody enters another or resumes it; an account without credit rests.
    """
    if error.error_class is Trouble.ACCOUNT:
        _rest(account, timezone.now() + REST_WITHOUT_CREDIT)
    if error.error_class is not Trouble.AUTH:
        return
    reason = "The provider refuses the account's key; nothing more is sent until it is changed."
    running = ProviderAccount.objects.filter(pk=account.pk, paused_at=None)
    if running.update(paused_at=timezone.now(), paused_by=None, pause_reason=reason):
        raise_alarm(
            Alarm.Kind.KEY,
            f"held:{account.pk}",
            message=f"{account}: the provider refuses the key. The account is paused, so that what waits does not fail.",
            mend="Enter the right key on the account's page: it resumes by itself. Then launch again what failed.",
            account=account,
        )


def _put_back(generation: Generation, error: ProviderError, milliseconds: int) -> None:
    """Nothing was made: wait, the whole account where the provider asked for that."""
    wait = error.retry_after
    with transaction.atomic():
        if error.error_class in (Trouble.RATE_LIMITED, Trouble.CONCURRENCY_LIMITED):
            wait = WAIT_SECONDS if wait is None else wait
            _rest(generation.account, timezone.now() + dt.timedelta(seconds=wait))
        facts = {"error_class": error_class_of(error), "error_code": error.code, "error_message": words_of(error)}
        if move(generation, State.RESERVED, since=[State.SUBMITTING], fields={**facts, "submitted_at": None}):
            words = f"Not taken, and nothing was made; it is sent again later: {words_of(error)}"
            tell(generation, CALL, words, ms=milliseconds, **facts_of(error))
    raise Retry(error.code, words_of(error), after=wait)


def _rest(account: ProviderAccount, until: dt.datetime) -> None:
    """Nothing more is sent before then; a longer rest stays. Before the generation moves: accounts are locked before pulses."""
    sooner = Q(resume_at=None) | Q(resume_at__lt=until)
    ProviderAccount.objects.filter(sooner, pk=account.pk).update(resume_at=until)


def _milliseconds(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
