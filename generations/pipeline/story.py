"""The story of a generation, told while it happens: each call, state, webhook, cost and person, in plain words."""

from collections.abc import Iterable
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
    entry = _entry(generation, kind, words, actor, facts)
    entry.save(force_insert=True)
    return entry


def tell_each(told: Iterable[tuple[Generation, str]], kind: TimelineEntry.Kind, *, actor: User | None = None) -> None:
    """``tell`` one thing of each of these generations, in one statement."""
    TimelineEntry.objects.bulk_create([_entry(generation, kind, words, actor, {}) for generation, words in told])


def _entry(
    generation: Generation, kind: TimelineEntry.Kind, words: str, actor: User | None, facts: dict[str, Any]
) -> TimelineEntry:
    return TimelineEntry(
        generation_id=generation.pk,
        kind=kind,
        words=words[:LONGEST],
        facts={name: value for name, value in facts.items() if value is not None},
        actor=actor,
    )
