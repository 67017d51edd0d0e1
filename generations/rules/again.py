"""May the same be asked for once more without anybody thinking about it? Only where nothing was charged and nothing is unclear."""

from dataclasses import dataclass

from generations.models import ErrorClass, State
from generations.models.generation import ACTIVE

SAFE = frozenset(
    {
        ErrorClass.AUTH,
        ErrorClass.ACCOUNT,
        ErrorClass.RATE_LIMITED,
        ErrorClass.CONCURRENCY_LIMITED,
        ErrorClass.PROVIDER_TRANSIENT,
        ErrorClass.INTEGRITY,
    }
)
"""Faults of the way, not of what was asked: the same words may pass, and nothing was made of them."""
WHY_NOT = {
    ErrorClass.MODERATION_INPUT: "The same words would be refused again: change the prompt.",
    ErrorClass.MODERATION_OUTPUT: "What was rendered was refused; once more may be charged again. Try it by itself.",
    ErrorClass.INVALID_REQUEST: "The same request would be refused again: change what is asked.",
    ErrorClass.PROVIDER_PERMANENT: "The provider no longer offers this: choose another model.",
    ErrorClass.EXPIRED_ASSET: "It was made, and once more may be charged again. Try it by itself.",
    ErrorClass.AMBIGUOUS_SUBMIT: "Nobody knows whether it was made: look at the provider’s own list first.",
}
UNCLEAR = "It may have been made and charged: look at the provider’s own list first."
NOT_BACK = "Its money is not free again: it was charged, or nobody knows. Settle it by the provider’s bill, or try it by itself."
CANCELLED = "Somebody cancelled it."


@dataclass(frozen=True)
class Again:
    """``safe``: it may be repeated at once. Else ``why`` not, in words; "" where there is nothing to repeat."""

    safe: bool
    why: str = ""


def again(state: str, error_class: str, *, has_clip: bool, money_back: bool) -> Again:
    """Say whether a generation may be repeated without a second thought. ``money_back``: all that was set aside is free again."""
    if has_clip or state in ACTIVE or state == State.SUCCEEDED:
        return Again(safe=False)
    if state == State.CANCELLED:
        return Again(safe=False, why=CANCELLED)
    known = ErrorClass(error_class) if error_class in ErrorClass.values else None
    if known in WHY_NOT:
        return Again(safe=False, why=WHY_NOT[known])
    if state != State.FAILED or known not in SAFE:
        return Again(safe=False, why=UNCLEAR)
    return Again(safe=True) if money_back else Again(safe=False, why=NOT_BACK)
