"""The story of a generation, told while it happens: each call, state, webhook, cost and person, in plain words."""

from typing import Any

from generations.models import Generation, TimelineEntry
from sorahub.accounts.models import User

LONGEST = 400


def tell(
    generation: Generation, kind: TimelineEntry.Kind, words: str, *, actor: User | None = None, **facts: Any
) -> TimelineEntry:
    """Append one thing that happened; call it in the transaction of what it tells. Facts that are None are left out.

    ``facts`` are small JSON values (status, milliseconds, a raw word, a request id): never a key, a body or a prompt.
    """
    return TimelineEntry.objects.create(
        generation_id=generation.pk,
        kind=kind,
        words=words[:LONGEST],
        facts={name: value for name, value in facts.items() if value is not None},
        actor=actor,
    )
