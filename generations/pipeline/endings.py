"""How a generation ends without a clip: state, class of error, money and ledger in one transaction."""

from dataclasses import dataclass

from django.db import transaction

from generations.models import ErrorClass, Generation, State, TimelineEntry
from generations.pipeline import billing
from generations.pipeline.moves import move
from generations.pipeline.story import tell
from sorahub.accounts.models import User
from sorahub.ledger import record

LONGEST_CODE = 200


@dataclass(frozen=True)
class Ending:
    """Why it ended. ``charged``: True settles the money, False releases it, None leaves it reserved (nobody knows)."""

    error_class: ErrorClass | None
    code: str
    message: str
    charged: bool | None = False
    raw_state: str | None = None
    alarm: str = ""


def end(generation: Generation, to: State, ending: Ending, *, actor: User | None = None, wakes: bool = True) -> bool:
    """End the generation if it has not ended yet; say whether it did. May be called inside a transaction. ``wakes``: as ``move``."""
    fields = {
        "error_class": ending.error_class or "",
        "error_code": ending.code[:LONGEST_CODE],
        "error_message": ending.message,
        "alarm": ending.alarm,
    }
    if ending.raw_state is not None:
        fields["raw_state"] = ending.raw_state[:100]
    with transaction.atomic():
        if not move(generation, to, fields=fields, wakes=wakes):
            return False
        billing.close(generation, ending.charged, ending.message or to.label)
        body = {
            "state": to.value,
            "error_class": str(ending.error_class or ""),
            "code": ending.code[:LONGEST_CODE],
            "charged": ending.charged,
            "amount_micro": generation.settled_micro or generation.estimate_micro,
            "currency": generation.settled_currency or generation.currency,
        }
        client = generation.project.client_id
        who = actor.pk if actor else None
        record.append(kind="generation.ended", actor=who, client=client, subject=generation, body=body)
    return True


def fail(generation: Generation, error_class: ErrorClass, code: str, message: str, *, charged: bool = False) -> bool:
    """End the generation as failed, and tell its timeline why."""
    with transaction.atomic():
        ended = end(generation, State.FAILED, Ending(error_class, code, message, charged))
        if ended:
            tell(generation, TimelineEntry.Kind.STATE, f"It has failed: {message}", code=code)
    return ended
