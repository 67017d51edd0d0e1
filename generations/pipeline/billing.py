"""What a generation cost in the end: the provider's own figure where it names one, and the money closed accordingly.

Call these inside the transaction of their cause.
"""

from generations import catalog
from generations.models import Alarm, Generation, TimelineEntry
from generations.pipeline import money
from generations.pipeline.alarms import raise_alarm
from generations.pipeline.remote import asked_of, capability_of
from generations.pipeline.story import tell
from generations.providers.base import RemoteState, RemoteTask
from sorahub.lib.amounts import money_words

MONEY = TimelineEntry.Kind.MONEY
ESTIMATED = "this provider tells no price, so the estimate stands"
BY_HAND = "A person has said what it costs: that stands."
FIGURE = "figure:"
"""How the keys of alarms about a figure that came after the settlement begin."""
MOST_MICRO = 10**15
"""A thousand million of a currency unit: a figure beyond it, or below zero, is no price."""


UNCLEAR = "Nobody knows whether it is charged: settle it by the provider's bill."


def charged_for(task: RemoteTask, *, unrendered: bool) -> bool | None:
    """Whether a task that ended there without a clip is charged; None where nobody knows. ``unrendered``: it still waited
    when it was last seen, so that a cancel came before it cost anything. What has expired was made.
    """
    if task.error is not None:
        return task.error.charged
    if task.state is RemoteState.EXPIRED:
        return True
    return False if task.state is RemoteState.CANCELLED and unrendered else None


def bill(generation: Generation) -> catalog.Money | None:
    """Return what the provider says it cost: money where it names money, else its tokens or units at the catalogue's price.

    None where it says nothing, or nothing that the catalogue has a price for, or what cannot be a price.
    """
    found = _told(generation)
    return found if found and 0 <= found.micro <= MOST_MICRO else None


def _told(generation: Generation) -> catalog.Money | None:
    """Money, or what is priced, or both: a bill may be paid partly from a pack of units and partly in cash."""
    cash, priced = _cash(generation), _priced(generation)
    if cash is None or priced is None or cash.currency != priced.currency:
        return cash or priced
    return catalog.Money(cash.micro + priced.micro, cash.currency, f"{cash.basis}, and {priced.basis}")


def _cash(generation: Generation) -> catalog.Money | None:
    cost, currency = generation.actual.get("cost_micro"), generation.actual.get("currency")
    if cost is None or not currency:
        return None
    return catalog.Money(int(cost), str(currency), "the provider's own figure")


def _priced(generation: Generation) -> catalog.Money | None:
    row = capability_of(generation)
    tokens, units = generation.actual.get("tokens"), generation.actual.get("units_milli")
    if row is None or (tokens is None and units is None):
        return None
    asked = asked_of(generation)
    video = any(each.kind == "video" for each in asked.references)
    return catalog.charge(row, tokens=tokens, units_milli=units, size=asked.size, video=video)


def settle(generation: Generation, why: str) -> None:
    """It was made, or is charged for: settle what the provider says, or the estimate where it says nothing."""
    found, why = bill(generation), why.rstrip(".")
    if money.by_hand(generation):
        tell(generation, MONEY, BY_HAND, provider_micro=found.micro if found else None)
        return
    if money.is_settled(generation):
        _compare(generation, found)
        return
    if found is None:
        money.settle(generation, f"{why}: {ESTIMATED}.")
    else:
        money.settle(generation, f"{why}: {found.basis}.", amount_micro=found.micro, currency=found.currency)
    cost = money_words(generation.settled_micro, generation.settled_currency or generation.currency)
    tell(
        generation,
        MONEY,
        f"It cost {cost}: {found.basis if found else ESTIMATED}.",
        amount_micro=generation.settled_micro,
    )


def _compare(generation: Generation, found: catalog.Money | None) -> None:
    """It was settled when it ended; where the provider names another figure now, a person decides."""
    currency = generation.settled_currency or generation.currency
    if found is None or (found.micro, found.currency) == (generation.settled_micro, currency):
        return
    paid, told = money_words(generation.settled_micro, currency), money_words(found.micro, found.currency)
    words = f"It was settled at {paid}, and the provider now says {told}: {found.basis}."
    tell(generation, MONEY, words, provider_micro=found.micro)
    raise_alarm(
        Alarm.Kind.MONEY,
        f"{FIGURE}{generation.pk}",
        message=words,
        mend="Look at the provider's bill, and enter on the generation's page what it cost.",
        generation=generation,
    )


def close(generation: Generation, charged: bool | None, why: str) -> None:  # noqa: FBT001 (three-valued, as in Ending)
    """It ended without a clip: charged all the same, given back, or (None) still set aside, since nobody knows."""
    estimate = money_words(generation.estimate_micro, generation.currency)
    if charged:
        settle(generation, why)
    elif money.by_hand(generation):
        tell(generation, MONEY, BY_HAND)
    elif charged is None:
        tell(generation, MONEY, f"{estimate} stay set aside: nobody knows yet whether it is charged.")
    else:
        money.release(generation, why)
        tell(generation, MONEY, f"Nothing is charged; {estimate} are free again.")
