"""Write a generation down: row, money, job and ledger event together; and find the one that a repeated request made."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from generations import catalog
from generations.actions.orders import Order, normalised
from generations.models import Batch, CapabilityRecord, Generation, GenerationReference, Pulse, TimelineEntry
from generations.pipeline import money
from generations.pipeline.story import tell_each
from sorahub.accounts.models import User
from sorahub.jobs.queue import enqueue_many
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


@dataclass(frozen=True)
class Place:
    """An order that is to be written down. ``cell``: its place in the batch's matrix; ``key``: of the request, if it has one."""

    order: Order
    cell: Mapping[str, int] = field(default_factory=dict)
    key: str | None = None


def book_all(
    actor: User,
    places: Sequence[Place],
    *,
    batch: Batch | None = None,
    retry_of: Generation | None = None,
    priority: int = 0,
) -> list[Generation]:
    """Write generations of one project, their reservations, jobs and ledger events. Inside the caller's transaction.

    Locks, in this order: models' rows as they stand, pulse, budgets, the ledger's head: as every end of a generation does.
    However many they are, all but the ledger costs the same number of statements. Raises Refused (over-budget) when a hard
    budget has no room left for all, InvalidInput for a priority out of range.
    """
    if not -MOST_PRIORITY <= priority <= MOST_PRIORITY:
        message = f"Give the priority between -{MOST_PRIORITY} and {MOST_PRIORITY}."
        raise InvalidInput(message, fields={"priority": message})
    models = {place.order.capability.digest: place.order.capability for place in places}
    records = {digest: _record_of(row) for digest, row in sorted(models.items())}
    rows = [
        _row(actor, place, records[place.order.capability.digest], batch=batch, retry_of=retry_of, priority=priority)
        for place in places
    ]
    booked = [(row, place.order) for row, place in zip(rows, places, strict=True)]
    Generation.objects.bulk_create(rows)
    GenerationReference.objects.bulk_create(
        GenerationReference(generation=row, reference=reference, role=role, position=position)
        for row, order in booked
        for position, (reference, role) in enumerate(order.given)
    )
    Pulse.objects.bump(places[0].order.project)
    money.reserve_new([(row, order.estimate.basis if order.estimate else NO_PRICE) for row, order in booked], actor)
    told = [(row, f"Launched. {_set_aside(order.estimate)}") for row, order in booked]
    tell_each(told, TimelineEntry.Kind.PERSON, actor=actor)
    jobs: dict[UUID, dict[str, Json]] = {row.pk: {"generation": str(row.pk)} for row in rows}
    enqueue_many("generation.submit", jobs, max_attempts=SUBMIT_ATTEMPTS)
    for row, order in booked:
        _append(actor, row, order)
    return rows


def _row(
    actor: User,
    place: Place,
    record_of: CapabilityRecord,
    *,
    batch: Batch | None,
    retry_of: Generation | None,
    priority: int,
) -> Generation:
    order, estimate = place.order, place.order.estimate
    return Generation(
        project=order.project,
        prompt=order.prompt,
        account=order.account,
        batch=batch,
        cell=dict(place.cell),
        source=order.source,
        model=order.capability.model,
        mode=order.capability.mode,
        params=normalised(order.asked),
        drawn_seed=_drawn_seed(order),
        capability_version=order.capability.stamp,
        capability_record=record_of,
        idempotency_key=place.key,
        priority=priority,
        estimate_micro=estimate.micro if estimate else 0,
        currency=estimate.currency if estimate else "USD",
        retry_of=retry_of,
        created_by=actor,
    )


def booked_once(actor: User, order: Order, key: str | None, *, priority: int = 0) -> Generation:
    """Book one in a transaction of its own; of two requests with one key at the same time, both get the first one's."""
    try:
        with transaction.atomic():
            return book_all(actor, [Place(order, key=key)], priority=priority)[0]
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


def _append(actor: User, generation: Generation, order: Order) -> None:
    project = order.project
    body: dict[str, Json] = {
        "project": str(project.pk),
        "prompt": str(generation.prompt_id),
        "account": str(generation.account_id),
        "model": generation.model,
        "mode": generation.mode,
        "params": _without_words(order.asked),
        "references": [str(reference.pk) for reference, _ in order.given],
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
