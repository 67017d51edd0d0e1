"""Ask again for what ended without a clip."""

from django.db import transaction
from django.db.models import Q

from generations.actions import checks, objections
from generations.actions.booking import Place, book_all, mismatch, with_key
from generations.actions.orders import order_of, wish_of
from generations.models import Generation, State
from generations.models.generation import ACTIVE, TERMINAL
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict


def retry_generation(*, actor: User, generation: Generation, idempotency_key: str | None = None) -> Generation:
    """Ask again, as a new generation with the same words and parameters, for one that ended without a clip.

    While an earlier repetition is under way, or when it brought a clip, that one is returned: a second click costs
    nothing. The same ``idempotency_key`` returns the repetition that it made, whatever became of it. Raises Forbidden,
    NotFound, Conflict (it still runs, or it has its clip), Refused.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Generation.objects.all(), generation)
    if idempotency_key and (earlier := with_key(actor, idempotency_key)):
        if earlier.retry_of_id != generation.pk:
            raise mismatch()
        return earlier
    generation.refresh_from_db()
    if generation.state not in TERMINAL - {State.SUCCEEDED} or generation.clip_id is not None:
        raise Conflict("Only a generation that ended without a clip can be asked for again.", code="not-ended")
    objections.require_launcher(actor, generation.prompt, generation.account)
    order = order_of(generation.prompt, generation.account, wish_of(generation))
    objections.refuse(objections.refusals(actor, order))
    with transaction.atomic():
        Generation.objects.select_for_update().get(pk=generation.pk)
        done = Q(state__in=[*ACTIVE, State.SUCCEEDED]) | Q(clip__isnull=False)  # a lost one's clip may have come late
        under_way = generation.retries.filter(done).first()
        if under_way is not None:
            return under_way
        place = Place(order, generation.cell, idempotency_key or None)
        return book_all(actor, [place], batch=generation.batch, retry_of=generation, priority=generation.priority)[0]
