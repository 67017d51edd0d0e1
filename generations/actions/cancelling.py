"""Stop a generation, as far as its provider lets us, and say honestly where it does not."""

from django.db import transaction
from django.utils import timezone

from generations import catalog
from generations.actions import checks
from generations.models import Generation, Pulse, State, TimelineEntry
from generations.models.generation import TERMINAL
from generations.pipeline.endings import Ending, end
from generations.pipeline.remote import capability_of
from generations.pipeline.story import tell
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.queue import enqueue
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, Refused

PERSON = TimelineEntry.Kind.PERSON
CANCEL_ATTEMPTS = 50
UNSENT = "Cancelled before it was sent."
ON_THE_WAY = (State.SUBMITTING, State.SUBMIT_UNKNOWN, State.QUEUED)


def cancel_generation(*, actor: User, generation: Generation, reason: str = "", wakes: bool = True) -> Generation:
    """Stop a generation: at once where it has not been sent, else by asking its provider, where that can be asked.

    ``reason``, if there is one, stands in its story. ``wakes``: as ``move``.

    After asking, ``cancel_requested_at`` is set and job "generation.cancel" does it; a clip that is finished first wins.
    Asking again changes nothing. Raises Forbidden, NotFound, Conflict when it has ended, Refused (cannot-cancel) with the
    reason where the provider offers no way, or none any more.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Generation.objects.all(), generation)
    generation.refresh_from_db(from_queryset=Generation.objects.select_related("project", "account"))
    if generation.state == State.RESERVED and _withdraw(actor, generation, reason, wakes=wakes):
        return generation
    if generation.state in TERMINAL:
        raise Conflict("This generation has ended already.", code="ended")
    if why := objection(generation):
        raise Refused(why, code="cannot-cancel")
    _request(actor, generation, reason)
    return generation


def objection(generation: Generation) -> str | None:
    """Why a generation that is under way cannot be cancelled, in words; None when it can be asked for."""
    if generation.state == State.RESERVED:
        return None
    if generation.state == State.FETCHING:
        return "It is finished already and its clip is being fetched; the clip need not be used."
    row = capability_of(generation)
    title = row.title if row else generation.model
    if row is None or row.cancel is catalog.Cancel.NONE:
        return f"It is with the provider already: {title} offers no way to cancel. Let it finish; its clip need not be used."
    if row.cancel is catalog.Cancel.QUEUED and generation.state not in ON_THE_WAY:
        return f"It is being rendered already: {title} cancels only what still waits in its queue. Let it finish."
    return None


def _withdraw(actor: User, generation: Generation, reason: str, *, wakes: bool) -> bool:
    """It never left: nothing is charged."""
    with transaction.atomic():
        ended = end(generation, State.CANCELLED, Ending(None, "cancelled", UNSENT), actor=actor, wakes=wakes)
        if ended:
            tell(generation, PERSON, _with(UNSENT, reason), actor=actor)
    return ended


def _request(actor: User, generation: Generation, reason: str) -> None:
    """Note the wish once, and have the provider asked."""
    now = timezone.now()
    with transaction.atomic():
        wanted = Generation.objects.filter(pk=generation.pk, cancel_requested_at=None).exclude(state__in=TERMINAL)
        if wanted.update(cancel_requested_at=now, updated_at=now):
            tell(generation, PERSON, _with("Asked the provider to cancel it.", reason), actor=actor)
            enqueue(
                "generation.cancel",
                key=f"generation.cancel:{generation.pk}",
                payload={"generation": str(generation.pk)},
                max_attempts=CANCEL_ATTEMPTS,
                subject_id=generation.pk,
            )
            Pulse.objects.bump(generation.project)
            kind, client = "generation.cancel_requested", generation.project.client_id
            record.append(
                kind=kind, actor=actor.pk, client=client, subject=generation, body={"state": generation.state}
            )
    generation.refresh_from_db()


def _with(words: str, reason: str) -> str:
    return f"{words} {reason.strip()}".strip()
