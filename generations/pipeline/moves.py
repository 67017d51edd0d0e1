"""The state machine's one hand: every change of a generation's state is a conditional UPDATE made here."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils import timezone

from generations.models import Generation, Pulse, State
from generations.models.generation import MOVES, TERMINAL
from generations.pipeline.admission import AT_PROVIDER, wake_next


def sources(to: State) -> frozenset[State]:
    """Return the states from which a generation may come to ``to``."""
    return frozenset(state for state, targets in MOVES.items() if to in targets)


def move(
    generation: Generation,
    to: State,
    *,
    since: Collection[State] | None = None,
    fields: Mapping[str, Any] | None = None,
    wakes: bool = True,
) -> bool:
    """Bring the generation to ``to``, with these fields, if it still stands where that is allowed; say whether it did.

    ``since`` narrows the states it may come from. ``wakes`` False: the caller moves many, and itself has those tried that are
    next (``wake_next``) when it is done. The row in hand is refreshed; open pages are told. Call it inside the
    transaction of what belongs to the move.
    """
    allowed = sources(to) if since is None else sources(to) & frozenset(since)
    now = timezone.now()
    ended = {"finished_at": now, "next_poll_at": None} if to in TERMINAL else {}
    rows = Generation.objects.filter(pk=generation.pk, state__in=allowed)
    moved = bool(rows.update(state=to, updated_at=now, **ended, **(fields or {})))
    if moved:
        Pulse.objects.bump(generation.project)
        if wakes and to not in AT_PROVIDER:
            wake_next(generation.account)
    generation.refresh_from_db(from_queryset=Generation.objects.select_related("project", "account"))
    return moved


def note(generation: Generation, **fields: Any) -> None:
    """Write facts on a generation without moving it; a visible word of alarm also tells open pages."""
    Generation.objects.filter(pk=generation.pk).update(updated_at=timezone.now(), **fields)
    if "alarm" in fields and fields["alarm"] != generation.alarm:
        Pulse.objects.bump(generation.project)
    generation.refresh_from_db()
