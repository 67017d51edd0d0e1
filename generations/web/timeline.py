"""A generation's story for people: what happened, in its order, by day, with repetitions told once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone

from generations.models import Generation, TimelineEntry
from generations.models.generation import POLLED
from sorahub.accounts.models import User

ENTRIES_SHOWN = 300
Kind = TimelineEntry.Kind
ICONS = {
    Kind.CALL: "arrow-up-right",
    Kind.STATE: "circle-dot",
    Kind.WEBHOOK: "webhook",
    Kind.FILE: "film",
    Kind.MONEY: "banknote",
    Kind.ALARM: "triangle-alert",
    Kind.PERSON: "user",
}
KILO, SECOND_MS = 1_000, 1_000


@dataclass(frozen=True)
class Told:
    """One thing that happened, or the same thing several times in a row."""

    first: TimelineEntry
    times: int = 1
    last_at: datetime | None = None
    details: tuple[str, ...] = field(default=())

    @property
    def icon(self) -> str:
        """The picture of its kind."""
        return ICONS[Kind(self.first.kind)]

    @property
    def tone(self) -> str:
        """How it stands out: a clip that is here, a person, trouble; "" for the rest."""
        kind, facts = Kind(self.first.kind), self.first.facts
        if kind is Kind.ALARM or (kind is Kind.FILE and "code" in facts):
            return "warn"
        if kind is Kind.FILE and ("sha256" in facts or "clip" in facts):
            return "ok"
        return "info" if kind is Kind.PERSON else ""


@dataclass(frozen=True)
class Day:
    """What happened on one day, in the person's own zone."""

    on: date
    told: tuple[Told, ...]


def timeline_of(generation: Generation, user: User) -> dict[str, Any]:
    """Return what the page's timeline shows; two queries, however much has happened."""
    rows = TimelineEntry.objects.visible_to(user).filter(generation=generation).select_related("actor__person")
    newest = list(rows.order_by("-at", "-id")[: ENTRIES_SHOWN + 1])
    entries = newest[:ENTRIES_SHOWN][::-1]
    by_day = groupby(_joined(entries), key=lambda told: timezone.localtime(told.first.at).date())
    return {
        "days": [Day(on, tuple(told)) for on, told in by_day],
        "timeline_cut": len(newest) > ENTRIES_SHOWN,
        "looks": _looks(generation),
    }


def _joined(entries: Iterable[TimelineEntry]) -> Iterator[Told]:
    """Entries that say the same one after the other become one."""
    for _, same in groupby(entries, key=lambda entry: (entry.kind, entry.words, entry.actor_id)):
        first, *rest = same
        last = rest[-1].at if rest else None
        yield Told(first, 1 + len(rest), last, tuple(_details((rest or [first])[-1].facts)))


def _looks(generation: Generation) -> str:
    """How often the provider was asked, which is counted and not told each time."""
    if not generation.poll_count:
        return ""
    times = "once" if generation.poll_count == 1 else f"{generation.poll_count} times"
    so_far = " so far" if generation.state in POLLED else ""
    return f"Asked {times}{so_far} how it stands; whatever was new stands above."


def _details(facts: dict[str, Any]) -> Iterator[str]:
    """The small print: what helps a provider's support to find it."""
    if raw := facts.get("raw"):
        yield f"the provider’s word: {raw}"
    if (status := facts.get("status")) is not None:
        yield f"HTTP {status}"
    if code := facts.get("code") or facts.get("error"):
        yield f"code {code}"
    if (milliseconds := facts.get("ms")) is not None:
        yield f"{milliseconds / SECOND_MS:.1f} s" if milliseconds >= SECOND_MS else f"{milliseconds} ms"
    if size := facts.get("bytes"):
        yield f"{size / KILO / KILO:.1f} MB"
    if request := facts.get("request_id"):
        yield f"request {request}"
    if (signed := facts.get("signed")) is not None:
        yield "signature verified" if signed else "unsigned: only a hint"
