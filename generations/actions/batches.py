"""Launch many generations together, all or none."""

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction

from generations.actions import checks, objections
from generations.actions.booking import book, booked_before, mismatch, with_key
from generations.actions.orders import Given, Order, Wish, order_of
from generations.models import Batch, Character, Generation, Project, Prompt, ProviderAccount
from sorahub.accounts.models import User
from sorahub.lib.errors import Refused


def launch_batch(
    *,
    actor: User,
    name: str,
    prompts: Sequence[Prompt],
    account: ProviderAccount,
    model: str,
    mode: str = "text_to_video",
    params: Mapping[str, object],
    references: Sequence[Given] = (),
    source: Generation | None = None,
    characters: Sequence[Character] = (),
    priority: int = 0,
    idempotency_key: str | None = None,
) -> Batch:
    """Launch one generation for each prompt (all of one project), all or none. Else as ``launches.launch_generation``."""
    project = _one_project(actor, prompts, account)
    wish = Wish(model, mode, params, references, source, characters)
    orders = [order_of(prompt, account, wish) for prompt in prompts]
    if idempotency_key and (earlier := _booked_before(actor, orders, idempotency_key)):
        return earlier
    objections.refuse([refusal for order in orders for refusal in objections.refusals(actor, order)])
    batch = Batch(project=project, name=checks.words(name, "name", "Name the batch."), created_by=actor)
    try:
        with transaction.atomic():
            checks.insert(batch)
            for order, key in zip(orders, _keys(idempotency_key, orders), strict=True):
                book(actor, order, key=key, batch=batch, priority=priority)
    except IntegrityError:
        before = _booked_before(actor, orders, idempotency_key) if idempotency_key else None
        if before is None:
            raise
        return before
    return batch


def _one_project(actor: User, prompts: Sequence[Prompt], account: ProviderAccount) -> Project:
    if not prompts:
        raise Refused("Choose at least one prompt.", code="no-prompts")
    for prompt in prompts:
        objections.require_launcher(actor, prompt, account)
    project = prompts[0].shot.project
    if any(prompt.shot.project_id != project.pk for prompt in prompts):
        raise Refused("A batch belongs to one project; these prompts belong to several.", code="several-projects")
    return project


def _keys(key: str | None, orders: Sequence[Order]) -> list[str | None]:
    """The keys of a batch's generations: each is found again by the batch's key and its place."""
    return [f"{key}#{place}" if key else None for place in range(len(orders))]


def _booked_before(actor: User, orders: Sequence[Order], key: str) -> Batch | None:
    first = with_key(actor, f"{key}#0")
    if first is None:
        return None
    found = [booked_before(actor, order, f"{key}#{place}") for place, order in enumerate(orders)]
    if None in found or first.batch is None or first.batch.generations.count() != len(orders):
        raise mismatch()
    return first.batch
