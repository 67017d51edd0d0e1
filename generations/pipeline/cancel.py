"""Cancel: ask the provider to stop a task, and believe only what it says. A clip that is finished first wins."""

from django.db import transaction
from django.utils import timezone

from generations.models import Generation, State, TimelineEntry
from generations.models.generation import POLLED, TERMINAL
from generations.pipeline.endings import Ending, end
from generations.pipeline.fetch import wait_for_long
from generations.pipeline.remote import adapter_for, capability_of, facts_of, words_of
from generations.pipeline.story import tell
from generations.providers.base import CancelOutcome, ProviderError, RemoteState
from generations.providers.base import ErrorClass as Trouble
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json

UNDER_WAY = (RemoteState.QUEUED, RemoteState.RUNNING)
CALL = TimelineEntry.Kind.CALL
WAIT_SECONDS = 5.0
LONGEST_SECONDS = 300.0
WORDS = {
    CancelOutcome.REQUESTED: "The provider has heard that it should stop; whether it does will be seen.",
    CancelOutcome.TOO_LATE: "Too late to cancel: the provider works on it or has finished. It is let finish, and charged.",
    CancelOutcome.UNSUPPORTED: "This provider offers no way to cancel. It is let finish; its clip need not be used.",
}
FREE = "Cancelled at the provider before it was rendered; nothing is charged."
UNCLEAR = "Cancelled at the provider while it was being rendered."


def cancel(job: Job) -> Json:
    """Job "generation.cancel": pass the wish on, once its task has an id."""
    rows = Generation.objects.select_related("account", "project")
    generation = rows.get(pk=job.payload["generation"])
    if generation.state in TERMINAL or generation.state == State.FETCHING:
        return generation.state
    if generation.state not in POLLED:
        wait_for_long(job)
        wait = min(WAIT_SECONDS * job.attempt, LONGEST_SECONDS)
        raise Retry("not-sent-yet", "It is not known yet under which id the provider has it.", after=wait)
    try:
        _ask(generation)
    except ProviderError as error:
        if error.error_class is Trouble.INTEGRITY:
            raise Retry(error.code, error.message, after=WAIT_SECONDS) from error
        if not error.retryable:
            tell(generation, CALL, f"The provider would not cancel it: {words_of(error)}", **facts_of(error))
        raise
    return generation.state


def _ask(generation: Generation) -> None:
    """Look first: whether it waits or is being rendered decides what a cancelled task costs.

    Look again after a yes: the page of somebody in between, sent with status 200, is no word of the provider's.
    """
    adapter, remote_id = adapter_for(generation.account, capability_of(generation)), str(generation.remote_id)
    before = adapter.get(remote_id)
    under_way = before.state in UNDER_WAY
    outcome = adapter.cancel(remote_id) if under_way else CancelOutcome.TOO_LATE
    if outcome is CancelOutcome.CANCELLED:
        if adapter.get(remote_id).state in UNDER_WAY:
            raise Retry("not-cancelled-yet", "The provider said yes and still has it under way.", after=WAIT_SECONDS)
        _cancelled(generation, rendering=before.state is RemoteState.RUNNING)
        return
    with transaction.atomic():
        Generation.objects.filter(pk=generation.pk, state__in=POLLED).update(next_poll_at=timezone.now())
        tell(generation, CALL, WORDS[outcome], raw=before.raw_state)


def _cancelled(generation: Generation, *, rendering: bool) -> None:
    """It ends here, whatever the task's record becomes there: some providers forget a cancelled task at once."""
    words, charged = (UNCLEAR, None) if rendering else (FREE, False)
    with transaction.atomic():
        if end(generation, State.CANCELLED, Ending(None, "cancelled", words, charged, "cancelled")):
            tell(generation, CALL, words)
        else:
            ended = generation.get_state_display()
            tell(generation, CALL, f"The provider cancelled it, but it had ended here: {ended}.")
