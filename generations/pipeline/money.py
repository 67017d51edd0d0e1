"""The money journal: one line when a generation is reserved, one when it is settled or released. Never two of a kind.

``reserved`` holds the estimate; ``settled`` what the generation cost in the end and takes its place; ``released`` gives
the estimate back (a negative amount). Call these inside the transaction of their cause.
"""

from generations.models import Generation, SpendEntry


def reserve(generation: Generation, basis: str) -> None:
    """Set the estimate aside before any call is made."""
    _write(generation, SpendEntry.Kind.RESERVED, generation.estimate_micro, basis)


def settle(generation: Generation, basis: str) -> None:
    """The generation was made (or is charged for): it costs its estimate, since this dialect tells no price."""
    Generation.objects.filter(pk=generation.pk).update(settled_micro=generation.estimate_micro)
    generation.settled_micro = generation.estimate_micro
    _write(generation, SpendEntry.Kind.SETTLED, generation.estimate_micro, basis)


def release(generation: Generation, basis: str) -> None:
    """Nothing is charged: the reserved amount is free again."""
    _write(generation, SpendEntry.Kind.RELEASED, -generation.estimate_micro, basis)


def _write(generation: Generation, kind: SpendEntry.Kind, amount: int, basis: str) -> None:
    SpendEntry.objects.get_or_create(
        generation=generation,
        kind=kind,
        defaults={"amount_micro": amount, "currency": generation.currency, "basis": basis[:200]},
    )
