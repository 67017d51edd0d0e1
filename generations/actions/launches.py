"""Launch generations. Everything that can be refused is refused before any money is reserved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from generations import catalog
from generations.actions import objections
from generations.actions.booking import booked_before, booked_once
from generations.actions.orders import Given, Wish, order_of
from generations.models import Character, Generation, Prompt, ProviderAccount
from generations.pipeline.remote import shut_routes
from sorahub.accounts.models import User


@dataclass(frozen=True)
class Preview:
    """What would happen: every reason against it, what one should know, and the estimated cost (None: no price is known).

    ``alternatives``: what could serve instead of a model that cannot be launched any more.
    """

    refusals: list[catalog.Refusal]
    warnings: list[str]
    estimate: catalog.Money | None
    alternatives: list[catalog.Capability]


def preview(
    *,
    actor: User,
    prompt: Prompt,
    account: ProviderAccount,
    model: str,
    mode: str,
    params: Mapping[str, object],
    references: Sequence[Given] = (),
    source: Generation | None = None,
    characters: Sequence[Character] = (),
) -> Preview:
    """Say what launching this would be refused for and cost; nothing is written. Raises Forbidden, NotFound, InvalidInput.

    What is asked is told as for ``launch_generation``.
    """
    objections.require_launcher(actor, prompt, account)
    order = order_of(prompt, account, Wish(model, mode, params, references, source, characters))
    today = timezone.now().date()
    instead = (
        []
        if order.capability.launchable(today)
        else catalog.alternatives(order.capability, today, without=shut_routes())
    )
    return Preview(objections.refusals(actor, order), objections.warnings(order), order.estimate, instead)


def launch_generation(
    *,
    actor: User,
    prompt: Prompt,
    account: ProviderAccount,
    model: str,
    mode: str = "text_to_video",
    params: Mapping[str, object],
    references: Sequence[Given] = (),
    source: Generation | None = None,
    characters: Sequence[Character] = (),
    priority: int = 0,
    idempotency_key: str | None = None,
) -> Generation:
    """Reserve the money and ask for one generation; job "generation.submit" makes the one call to the provider.

    ``params`` are those of ``parameters.read``; a reference may come with its role; ``source`` is the generation that a
    remix, edit or extension starts from; of a project's waiting generations those of higher ``priority`` go first. The
    same ``idempotency_key`` of the same person returns the generation it made; with other contents it is Refused
    (idempotency-mismatch). Raises Forbidden, NotFound, InvalidInput, Refused with every reason (over-budget among them).
    """
    objections.require_launcher(actor, prompt, account)
    order = order_of(prompt, account, Wish(model, mode, params, references, source, characters))
    if idempotency_key and (earlier := booked_before(actor, order, idempotency_key)):
        return earlier
    objections.refuse(objections.refusals(actor, order))
    return booked_once(actor, order, idempotency_key or None, priority=priority)
