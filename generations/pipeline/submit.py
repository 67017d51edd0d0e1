"""Submit: the one call that costs money. Intent is committed before it; without an answer it is never made again."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from generations.models import ErrorClass, Generation, ProviderAccount, State
from generations.pipeline import admission
from generations.pipeline.endings import fail
from generations.pipeline.following import follow
from generations.pipeline.moves import move, note
from generations.pipeline.reconcile import doubt
from generations.pipeline.remote import adapter_for, error_class_of, request_for, words_of
from generations.providers.base import Created, ProviderError
from generations.providers.base import ErrorClass as Trouble
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json

GIVE_UP_AFTER = dt.timedelta(hours=24)
WAIT_SECONDS = 30.0


def submit(job: Job) -> Json:
    """Job "generation.submit": take a reserved generation to the provider, once.

    One found in SUBMITTING was being sent when its worker died: whether the call left is unknown, so it is looked up.
    """
    generation = Generation.objects.select_related("account", "prompt", "project").get(pk=job.payload["generation"])
    if generation.state == State.SUBMITTING:
        doubt(generation, "The worker that sent it ended before the answer was stored.")
    elif generation.state == State.RESERVED:
        if timezone.now() > generation.created_at + GIVE_UP_AFTER:
            fail(generation, ErrorClass.PROVIDER_TRANSIENT, "never-sent", "It could not be sent within a day.")
        else:
            _send(job, generation)
    return generation.state


def _send(job: Job, generation: Generation) -> None:
    _admit(generation.account)
    adapter, request = adapter_for(generation.account), request_for(generation)
    if not _claim(job, generation):
        return
    try:
        created = adapter.create(request)
    except ProviderError as error:
        _unsent(generation, error)
        return
    take_in(generation, created)


def _admit(account: ProviderAccount) -> None:
    """Wait while the account is switched off or resting."""
    now = timezone.now()
    if not account.enabled:
        raise Retry("account-disabled", f"The account {account} is switched off.", after=WAIT_SECONDS)
    if account.resume_at and account.resume_at > now:
        rest = (account.resume_at - now).total_seconds()
        raise Retry("account-resting", "The provider asked us to wait.", after=rest)


def _claim(job: Job, generation: Generation) -> bool:
    """Take a place and commit the intent: from here on the call may have left. Waits while all places are taken.

    Places are counted under the account's lock, so that two workers never take the last one both. Whoever leaves a place
    wakes the next; the wait is for the case that nobody does.
    """
    with job.fenced(final=False):
        if not admission.may_go(generation):
            raise Retry(admission.FULL, "All places of the account are taken.", after=WAIT_SECONDS)
        return move(generation, State.SUBMITTING, since=[State.RESERVED], fields={"submitted_at": timezone.now()})


def take_in(generation: Generation, created: Created) -> None:
    """Store the provider's id: the statement right after the call. A generation that has ended meanwhile gets an alarm."""
    fields = {"remote_id": created.remote_id, "raw_state": created.raw_state, "alarm": ""}
    with transaction.atomic():
        if move(generation, State.QUEUED, since=[State.SUBMITTING, State.SUBMIT_UNKNOWN], fields=fields):
            follow(generation)
        elif generation.remote_id != created.remote_id:
            note(generation, alarm=f"The provider took it late, as {created.remote_id}"[:200])


def _unsent(generation: Generation, error: ProviderError) -> None:
    """No id came back: send later, give up, or find out, as the error allows."""
    if error.safe_to_resubmit:
        _put_back(generation, error)
    elif error.error_class is Trouble.AMBIGUOUS_SUBMIT:
        doubt(generation, words_of(error))
    else:
        fail(generation, error_class_of(error), error.code, words_of(error), charged=bool(error.charged))


def _put_back(generation: Generation, error: ProviderError) -> None:
    """Nothing was made: wait, the whole account where the provider asked for that."""
    account, wait = generation.account, error.retry_after
    with transaction.atomic():
        facts = {"error_class": error_class_of(error), "error_code": error.code, "error_message": words_of(error)}
        move(generation, State.RESERVED, since=[State.SUBMITTING], fields={**facts, "submitted_at": None})
        if error.error_class in (Trouble.RATE_LIMITED, Trouble.CONCURRENCY_LIMITED):
            wait = WAIT_SECONDS if wait is None else wait
            until = timezone.now() + dt.timedelta(seconds=wait)
            ProviderAccount.objects.filter(pk=account.pk).update(resume_at=until)
    raise Retry(error.code, words_of(error), after=wait)
