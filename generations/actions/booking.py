"""Write a generation down: row, money, job and ledger event together; and find the one that a repeated request made."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.utils import timezone

from generations import catalog
from generations.actions.orders import Order, normalised
from generations.models import Batch, CapabilityRecord, Generation, GenerationReference, Pulse, TimelineEntry
from generations.pipeline import budgets, money
from generations.pipeline.story import tell
from sorahub.accounts.models import User
from sorahub.jobs.queue import enqueue
from sorahub.jobs.values import Json
from sorahub.ledger import record
from sorahub.lib.amounts import money_words
from sorahub.lib.errors import InvalidInput, Refused

SUBMIT_ATTEMPTS = 10_000  # waiting for a free place is an attempt too; submitting gives up by time (pipeline.submit)
LONGEST_KEY = 100
MOST_PRIORITY = 100
FROM_NOTHING = frozenset({"text_to_video", "image_to_video", "reference_to_video"})
MOST_SEED = 2**31 - 1
"""What every wire takes that takes a seed at all; 0 and below mean "any" at some."""
NO_PRICE = "No price is known for this model and size"


def book(
    actor: User,
    order: Order,
    *,
    key: str | None = None,
    batch: Batch | None = None,
    cell: Mapping[str, int] | None = None,
    retry_of: Generation | None = None,
    priority: int = 0,
) -> Generation:
    """Write the generation, its reservation, its job and its ledger event. Inside the caller's transaction.

    ``cell``: its place in the batch's matrix. Raises Refused (over-budget) when a hard budget has no room left, InvalidInput
    for a priority out of range.
    """
    if not -MOST_PRIORITY <= priority <= MOST_PRIORITY:
        message = f"Give the priority between -{MOST_PRIORITY} and {MOST_PRIORITY}."
        raise InvalidInput(message, fields={"priority": message})
    estimate = order.estimate
    generation = Generation.objects.create(
        project=order.project,
        prompt=order.prompt,
        account=order.account,
        batch=batch,
        cell=dict(cell or {}),
        source=order.source,
        model=order.capability.model,
        mode=order.capability.mode,
        params=normalised(order.asked),
        drawn_seed=_drawn_seed(order),
        capability_version=order.capability.stamp,
        capability_record=_record_of(order.capability),
        idempotency_key=key,
        priority=priority,
        estimate_micro=estimate.micro if estimate else 0,
        currency=estimate.currency if estimate else "USD",
        retry_of=retry_of,
        created_by=actor,
    )
    GenerationReference.objects.bulk_create(
        GenerationReference(generation=generation, reference=row, role=role, position=place)
        for place, (row, role) in enumerate(order.given)
    )
    Pulse.objects.bump(order.project)  # before the budgets, as every end of a generation locks them: in one order
    money.reserve(generation, estimate.basis if estimate else NO_PRICE, actor)
    tell(generation, TimelineEntry.Kind.PERSON, f"Launched. {_set_aside(estimate)}", actor=actor)
    _enqueue(generation)
    _append(actor, generation, order)
    return generation


def lock_for(orders: Sequence[Order]) -> None:
    """Lock what booking these locks before the ledger's head, which is locked last: the first of several would be booked with it.

    In the order of ``book``: models' rows as they stand, pulse, budgets. Inside the caller's transaction.
    """
    for _, row in sorted({order.capability.digest: order.capability for order in orders}.items()):
        _record_of(row)
    Pulse.objects.bump(orders[0].project)
    priced = [(order.account, order.estimate) for order in orders]
    budgets.hold(
        orders[0].project, {(account, each.currency if each and each.micro else None) for account, each in priced}
    )


def booked_once(actor: User, order: Order, key: str | None, *, priority: int = 0) -> Generation:
    """``book`` in a transaction of its own; of two requests with one key at the same time, both get the first one's."""
    try:
        with transaction.atomic():
            return book(actor, order, key=key, priority=priority)
    except IntegrityError:
        earlier = booked_before(actor, order, key) if key else None
        if earlier is None:
            raise
        return earlier


def booked_before(actor: User, order: Order, key: str) -> Generation | None:
    """Return what this person's key made. Raises Refused (idempotency-mismatch) if that was something else."""
    earlier = with_key(actor, key)
    if earlier is not None and _contents(earlier) != _wanted(order):
        raise mismatch()
    return earlier


def with_key(actor: User, key: str) -> Generation | None:
    """Return the generation that this person's key made. Raises InvalidInput for an overlong key."""
    if len(key) > LONGEST_KEY:
        raise InvalidInput(f"An idempotency key has at most {LONGEST_KEY} characters.", code="idempotency-key")
    return Generation.objects.filter(created_by=actor, idempotency_key=key).first()


def mismatch() -> Refused:
    """The key was used for another request."""
    return Refused("This idempotency key was used for another request.", code="idempotency-mismatch")


def _drawn_seed(order: Order) -> int | None:
    """A seed of the hub's own, where the wire takes one and none was asked for: by it the order's task can be known from every
    other, those of other programs with the same key included. None where the model would not take it beside the rest, and
    for what starts from another clip, whose seed it keeps.
    """
    asked, row, today = order.asked, order.capability, timezone.now().date()
    if asked.seed is not None or not row.seed or row.mode not in FROM_NOTHING:
        return None
    seed = 1 + secrets.randbelow(MOST_SEED)
    against = set(catalog.refusals(row, replace(asked, seed=seed), today)) - set(catalog.refusals(row, asked, today))
    return None if against else seed


def _record_of(row: catalog.Capability) -> CapabilityRecord:
    """The row as it stands, kept once."""
    body = catalog.kept(row).decode()
    return CapabilityRecord.objects.get_or_create(digest=row.digest, defaults={"body": body})[0]


def _contents(row: Generation) -> tuple[object, ...]:
    given = list(row.given.order_by("position").values_list("reference_id", "role"))
    return (row.prompt_id, row.account_id, row.model, row.mode, row.params, row.source_id, given)


def _wanted(order: Order) -> tuple[object, ...]:
    row, given = order.capability, [(reference.pk, role) for reference, role in order.given]
    source = order.source.pk if order.source else None
    return (order.prompt.pk, order.account.pk, row.model, row.mode, normalised(order.asked), source, given)


def _set_aside(estimate: catalog.Money | None) -> str:
    if estimate is None:
        return f"{NO_PRICE}; nothing is set aside."
    return f"{money_words(estimate.micro, estimate.currency)} set aside: {estimate.basis}"


def _enqueue(generation: Generation) -> None:
    enqueue(
        "generation.submit",
        key=f"generation.submit:{generation.pk}",
        payload={"generation": str(generation.pk)},
        max_attempts=SUBMIT_ATTEMPTS,
        subject_id=generation.pk,
    )


def _append(actor: User, generation: Generation, order: Order) -> None:
    project = order.project
    body: dict[str, Json] = {
        "project": str(project.pk),
        "prompt": str(generation.prompt_id),
        "account": str(generation.account_id),
        "model": generation.model,
        "mode": generation.mode,
        "params": _without_words(order.asked),
        "references": [str(each) for each in generation.given.values_list("reference_id", flat=True)],
        "source": str(generation.source_id) if generation.source_id else None,
        "estimate_micro": generation.estimate_micro,
        "currency": generation.currency,
        "retry_of": str(generation.retry_of_id) if generation.retry_of_id else None,
    }
    record.append(kind="generation.launched", actor=actor.pk, client=project.client_id, subject=generation, body=body)


def _without_words(asked: catalog.Params) -> dict[str, Json]:
    """The ledger holds no words in clear: a shot's prompt and what should not appear are concealed like any prompt."""
    said = normalised(asked)
    if asked.negative:
        said["negative"] = record.conceal(asked.negative)
    if asked.shots:
        said["shots"] = [{"prompt": record.conceal(each.prompt), "seconds": each.seconds} for each in asked.shots]
    return said
