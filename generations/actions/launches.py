"""Launch, repeat and cancel generations. Everything that can be refused is refused before any money is reserved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from generations import catalog
from generations.actions import checks
from generations.actions.orders import Order, normalised, order_of
from generations.models import (
    Batch,
    Generation,
    GenerationReference,
    Project,
    Prompt,
    ProviderAccount,
    Pulse,
    Reference,
    State,
)
from generations.models.generation import ACTIVE, TERMINAL
from generations.pipeline import money
from generations.pipeline.endings import Ending, end
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.queue import enqueue
from sorahub.jobs.values import Json
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, InvalidInput, NotFound, Refused

SUBMIT_ATTEMPTS = 10_000  # waiting for a free place is an attempt too; submitting gives up by time (pipeline.submit)
LONGEST_KEY = 100
NO_PRICE = "No price is known for this model and size"


@dataclass(frozen=True)
class Preview:
    """What would happen: every reason against it, and the estimated cost (None where no price is known)."""

    refusals: list[catalog.Refusal]
    estimate: catalog.Money | None


def preview(
    *,
    actor: User,
    prompt: Prompt,
    account: ProviderAccount,
    model: str,
    mode: str,
    params: Mapping[str, object],
    references: Sequence[Reference] = (),
) -> Preview:
    """Say what launching this would be refused for and cost; nothing is written. Raises Forbidden, NotFound, InvalidInput.

    ``params`` holds seconds (a whole number), size ("1280x720") and perhaps seed (a whole number).
    """
    _require_launcher(actor, prompt, account)
    order = order_of(prompt, account, model, mode, params, references)
    return Preview(_refusals(actor, order), order.estimate)


def launch_generation(
    *,
    actor: User,
    prompt: Prompt,
    account: ProviderAccount,
    model: str,
    mode: str = "text_to_video",
    params: Mapping[str, object],
    references: Sequence[Reference] = (),
    idempotency_key: str | None = None,
    batch: Batch | None = None,
    retry_of: Generation | None = None,
) -> Generation:
    """Reserve the money and ask for one generation; job "generation.submit" makes the one call to the provider.

    The same ``idempotency_key`` of the same person returns the generation it made; with other contents it is Refused
    (idempotency-mismatch). Raises Forbidden, NotFound, InvalidInput, Refused with every reason.
    """
    _require_launcher(actor, prompt, account)
    order = order_of(prompt, account, model, mode, params, references)
    if idempotency_key and (earlier := _launched_before(actor, order, idempotency_key)):
        return earlier
    _refuse(_refusals(actor, order))
    try:
        with transaction.atomic():
            return _launch(actor, order, idempotency_key or None, batch, retry_of)
    except IntegrityError:
        earlier = _launched_before(actor, order, idempotency_key) if idempotency_key else None
        if earlier is None:
            raise
        return earlier


def launch_batch(
    *,
    actor: User,
    name: str,
    prompts: Sequence[Prompt],
    account: ProviderAccount,
    model: str,
    mode: str = "text_to_video",
    params: Mapping[str, object],
    idempotency_key: str | None = None,
) -> Batch:
    """Launch one generation for each prompt (all of one project), all or none. Errors and key as ``launch_generation``."""
    if not prompts:
        raise Refused("Choose at least one prompt.", code="no-prompts")
    for prompt in prompts:
        _require_launcher(actor, prompt, account)
    project = prompts[0].shot.project
    if any(prompt.shot.project_id != project.pk for prompt in prompts):
        raise Refused("A batch belongs to one project; these prompts belong to several.", code="several-projects")
    orders = [order_of(prompt, account, model, mode, params, ()) for prompt in prompts]
    if idempotency_key and (earlier := _batch_before(actor, orders, idempotency_key)):
        return earlier
    _refuse([refusal for order in orders for refusal in _refusals(actor, order)])
    batch = Batch(project=project, name=checks.words(name, "name", "Name the batch."), created_by=actor)
    try:
        with transaction.atomic():
            checks.insert(batch)
            for order, key in zip(orders, _keys(idempotency_key, orders), strict=True):
                _launch(actor, order, key, batch, None)
    except IntegrityError:
        before = _batch_before(actor, orders, idempotency_key) if idempotency_key else None
        if before is None:
            raise
        return before
    return batch


def retry_generation(*, actor: User, generation: Generation, idempotency_key: str | None = None) -> Generation:
    """Ask again, as a new generation with the same words and parameters, for one that ended without a clip.

    While an earlier repetition is under way, or when it brought a clip, that one is returned: a second click costs
    nothing. The same ``idempotency_key`` returns the repetition that it made, whatever became of it. Raises Forbidden,
    NotFound, Conflict (it still runs, or it has its clip), Refused.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Generation.objects.all(), generation)
    if idempotency_key and (earlier := _with_key(actor, idempotency_key)):
        if earlier.retry_of_id != generation.pk:
            raise _mismatch()
        return earlier
    generation.refresh_from_db()
    if generation.state not in TERMINAL - {State.SUCCEEDED}:
        raise Conflict("Only a generation that ended without a clip can be asked for again.", code="not-ended")
    _require_launcher(actor, generation.prompt, generation.account)
    references = tuple(generation.references.all())
    order = order_of(
        generation.prompt, generation.account, generation.model, generation.mode, generation.params, references
    )
    _refuse(_refusals(actor, order))
    with transaction.atomic():
        Generation.objects.select_for_update().get(pk=generation.pk)
        under_way = generation.retries.filter(state__in=[*ACTIVE, State.SUCCEEDED]).first()
        return under_way or _launch(actor, order, idempotency_key or None, generation.batch, generation)


def cancel_generation(*, actor: User, generation: Generation) -> Generation:
    """Stop a generation that has not been sent yet; its money is free again.

    Raises Forbidden, NotFound, Refused when it is with the provider (these dialects know no cancel), Conflict when it
    has ended.
    """
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Generation.objects.all(), generation)
    generation.refresh_from_db()
    if generation.state == State.RESERVED:
        ending = Ending(None, "cancelled", "Cancelled before it was sent.")
        if end(generation, State.CANCELLED, ending, actor=actor):
            return generation
    if generation.state in TERMINAL:
        raise Conflict("This generation has ended already.", code="ended")
    raise Refused(
        "It is with the provider already, which offers no way to cancel. Let it finish; its clip need not be used.",
        code="cannot-cancel",
    )


def _require_launcher(actor: User, prompt: Prompt, account: ProviderAccount) -> None:
    actor.demand(Permission.GENERATE)
    checks.require_seen(actor, Prompt.objects.all(), prompt)
    checks.require_seen(actor, ProviderAccount.objects.all(), account)


def _refusals(actor: User, order: Order) -> list[catalog.Refusal]:
    """Every reason against the order: the project's, the account's, the references', the catalogue's."""
    found = []
    if order.project.archived_at is not None:
        found.append(catalog.Refusal("project-archived", "prompt", "This project is archived."))
    if not order.account.enabled:
        found.append(catalog.Refusal("account-disabled", "account", f"The account {order.account} is switched off."))
    seen = Reference.objects.visible_to(actor).filter(project=order.project)
    known = set(seen.filter(pk__in=[row.pk for row in order.references]).values_list("pk", flat=True))
    if any(row.pk not in known for row in order.references):
        raise NotFound("There is no such reference in this project.")
    return [*found, *catalog.refusals(order.capability, order.asked, timezone.now().date())]


def _refuse(refusals: Sequence[catalog.Refusal]) -> None:
    if not refusals:
        return
    reasons = [{"code": each.code, "field": each.field, "message": each.message} for each in refusals]
    message = " ".join(dict.fromkeys(each.message for each in refusals))
    raise Refused(message, code=refusals[0].code, reasons=reasons, fields={r.field: r.message for r in refusals})


def _launched_before(actor: User, order: Order, key: str) -> Generation | None:
    earlier = _with_key(actor, key)
    if earlier is None:
        return None
    same = (earlier.prompt_id, earlier.account_id, earlier.model, earlier.mode, earlier.params) == (
        order.prompt.pk,
        order.account.pk,
        order.capability.model,
        order.capability.mode,
        normalised(order.asked),
    )
    asked = {reference.pk for reference in order.references}
    if not same or set(earlier.references.values_list("pk", flat=True)) != asked:
        raise _mismatch()
    return earlier


def _keys(key: str | None, orders: Sequence[Order]) -> list[str | None]:
    """The keys of a batch's generations: each is found again by the batch's key and its place."""
    return [f"{key}#{place}" if key else None for place in range(len(orders))]


def _batch_before(actor: User, orders: Sequence[Order], key: str) -> Batch | None:
    first = _with_key(actor, f"{key}#0")
    if first is None:
        return None
    found = [_launched_before(actor, order, f"{key}#{place}") for place, order in enumerate(orders)]
    if None in found or first.batch is None or first.batch.generations.count() != len(orders):
        raise _mismatch()
    return first.batch


def _with_key(actor: User, key: str) -> Generation | None:
    if len(key) > LONGEST_KEY:
        raise InvalidInput(f"An idempotency key has at most {LONGEST_KEY} characters.", code="idempotency-key")
    return Generation.objects.filter(created_by=actor, idempotency_key=key).first()


def _mismatch() -> Refused:
    return Refused("This idempotency key was used for another request.", code="idempotency-mismatch")


def _launch(actor: User, order: Order, key: str | None, batch: Batch | None, retry_of: Generation | None) -> Generation:
    """Write the generation, its reservation, its job and its ledger event. Inside the caller's transaction."""
    estimate = order.estimate
    generation = Generation.objects.create(
        project=order.project,
        prompt=order.prompt,
        account=order.account,
        batch=batch,
        model=order.capability.model,
        mode=order.capability.mode,
        params=normalised(order.asked),
        capability_version=order.capability.stamp,
        idempotency_key=key,
        estimate_micro=estimate.micro if estimate else 0,
        currency=estimate.currency if estimate else "USD",
        retry_of=retry_of,
        created_by=actor,
    )
    GenerationReference.objects.bulk_create(
        GenerationReference(generation=generation, reference=row, role=fact.role, position=place)
        for place, (row, fact) in enumerate(zip(order.references, order.asked.references, strict=True))
    )
    money.reserve(generation, estimate.basis if estimate else NO_PRICE)
    _enqueue(generation)
    Pulse.objects.bump(order.project)
    _append(actor, generation, order.project)
    return generation


def _enqueue(generation: Generation) -> None:
    enqueue(
        "generation.submit",
        key=f"generation.submit:{generation.pk}",
        payload={"generation": str(generation.pk)},
        max_attempts=SUBMIT_ATTEMPTS,
        subject_id=generation.pk,
    )


def _append(actor: User, generation: Generation, project: Project) -> None:
    body: dict[str, Json] = {
        "project": str(project.pk),
        "prompt": str(generation.prompt_id),
        "account": str(generation.account_id),
        "model": generation.model,
        "mode": generation.mode,
        "params": generation.params,
        "estimate_micro": generation.estimate_micro,
        "currency": generation.currency,
        "retry_of": str(generation.retry_of_id) if generation.retry_of_id else None,
    }
    record.append(kind="generation.launched", actor=actor.pk, client=project.client_id, subject=generation, body=body)
