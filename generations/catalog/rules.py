"""May this be asked of that model, and what would it cost? Pure: no clock, no database, no network."""

import datetime as dt
from collections.abc import Iterator

from generations.catalog.capability import (
    Capability,
    Lifecycle,
    Money,
    Params,
    ReferenceFacts,
    Refusal,
    Slot,
)


def refusals(capability: Capability, params: Params, at: dt.date) -> list[Refusal]:
    """Return every reason why ``params`` cannot be launched on the day ``at``; an empty list means it can."""
    return [
        *_lifecycle(capability, at),
        *_prompt(capability, params),
        *_shape(capability, params),
        *_seed(capability, params),
        *_references(capability, params),
    ]


def _lifecycle(capability: Capability, at: dt.date) -> Iterator[Refusal]:
    who = capability.title
    if capability.lifecycle is Lifecycle.IMPORT_ONLY:
        yield Refusal("import-only", "model", f"{who} can no longer be called; upload its clips instead.")
    elif capability.retired_on and at >= capability.retired_on:
        yield Refusal("retired", "model", f"{who} was shut down on {capability.retired_on}; choose another.")
    elif at < capability.since:
        yield Refusal("not-yet", "model", f"{who} is available from {capability.since}.")


def _prompt(capability: Capability, params: Params) -> Iterator[Refusal]:
    length = len(params.prompt)
    if not params.prompt.strip():
        yield Refusal("prompt-empty", "prompt", "Write a prompt first.")
    if length > capability.prompt_limit:
        over = length - capability.prompt_limit
        yield Refusal(
            "prompt-too-long",
            "prompt",
            f"The prompt is {over} characters too long; {capability.title} takes {capability.prompt_limit}.",
        )


def _shape(capability: Capability, params: Params) -> Iterator[Refusal]:
    if params.seconds not in capability.seconds:
        offered = ", ".join(map(str, capability.seconds))
        yield Refusal("seconds", "seconds", f"{capability.title} makes clips of {offered} seconds.")
    if params.size not in capability.sizes:
        offered = ", ".join(map(str, capability.sizes))
        yield Refusal("size", "size", f"{capability.title} makes {offered}, not {params.size}.")


def _seed(capability: Capability, params: Params) -> Iterator[Refusal]:
    if params.seed is None:
        return
    if not capability.seed:
        yield Refusal("seed-unsupported", "seed", f"{capability.title} takes no seed; leave it empty.")
    elif not 0 <= params.seed < 2**32:
        yield Refusal("seed-range", "seed", "A seed is a whole number from 0 to 4294967295.")


def _references(capability: Capability, params: Params) -> Iterator[Refusal]:
    slots = {(slot.kind, slot.role): slot for slot in capability.slots}
    for reference in params.references:
        slot = slots.get((reference.kind, reference.role))
        if slot is None:
            words = f"{reference.role.replace('_', ' ')} {reference.kind}"
            yield Refusal("reference-kind", "references", f"{capability.title} takes no {words} in this mode.")
        else:
            yield from _reference(slot, reference, params)
    for slot in capability.slots:
        yield from _count(slot, params)


def _count(slot: Slot, params: Params) -> Iterator[Refusal]:
    given = sum((item.kind, item.role) == (slot.kind, slot.role) for item in params.references)
    words = f"{slot.role.replace('_', ' ')} {slot.kind}"
    if given < slot.at_least:
        yield Refusal("reference-missing", "references", f"This mode needs a {words}: add {slot.at_least}.")
    if given > slot.at_most:
        yield Refusal("reference-count", "references", f"At most {slot.at_most} {words}; {given} were given.")


def _reference(slot: Slot, reference: ReferenceFacts, params: Params) -> Iterator[Refusal]:
    if reference.media_type not in slot.formats:
        offered = ", ".join(slot.formats)
        yield Refusal("reference-format", "references", f"{reference.media_type} is not among {offered}.")
    if reference.size_bytes > slot.max_bytes:
        limit = slot.max_bytes // 1024**2
        yield Refusal("reference-bytes", "references", f"A reference may have at most {limit} MiB.")
    if slot.must_match_size and (reference.width, reference.height) != (params.width, params.height):
        given = f"{reference.width}x{reference.height}"
        yield Refusal("reference-size", "references", f"The image is {given}; it must be {params.size}.")


def estimate(capability: Capability, params: Params) -> Money | None:
    """Return what ``params`` should cost by the row's price list; None when no price is known for that
    size.
    """
    pricing = capability.pricing
    if pricing is None:
        return None
    rate = next((price.amount for price in pricing.prices if str(params.size) in price.selector), None)
    if rate is None:
        return None
    basis = (
        f"{params.seconds} s × {rate / 1_000_000:.2f} {pricing.currency} at {params.size} "
        f"({pricing.source}, {pricing.as_of})"
    )
    return Money(params.seconds * rate, pricing.currency, basis)
