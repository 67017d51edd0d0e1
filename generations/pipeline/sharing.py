"""Who goes to a provider's account next. Pure: places, shares and waiting generations in, the next in line out.

Projects share an account's places by weight: the next place goes to the project with the fewest (under way + 1) / weight,
of equals to the one that was served less lately, then to the one that waits longest. Inside a project the highest priority
goes first, then the oldest. A project that has waited for ``PATIENCE`` without being served goes before all, once: no
weight starves another.
"""

import datetime as dt
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

PATIENCE = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Waiting:
    """A generation that waits for nothing but a place."""

    id: UUID
    project: UUID
    model: str
    priority: int
    since: dt.datetime


@dataclass
class Share:
    """How a project stands at the account: its weight, what it has under way there, and what was sent for it lately."""

    weight: int = 1
    under_way: int = 0
    lately: int = 0


@dataclass
class Room:
    """How many more may go: to the account, and to each model that has a limit of its own."""

    places: int
    models: dict[str, int] = field(default_factory=dict)

    def takes(self, model: str) -> bool:
        """Whether one more of this model may go."""
        return self.places > 0 and self.models.get(model, 1) > 0

    def take(self, model: str) -> None:
        """One goes."""
        self.places -= 1
        if model in self.models:
            self.models[model] -= 1


def next_in_line(waiting: Iterable[Waiting], shares: Mapping[UUID, Share], room: Room, now: dt.datetime) -> list[UUID]:
    """Return who may go now, in this order: as many as there is room for."""
    lines = _lines(waiting)
    shares = {project: _copy(shares.get(project)) for project in lines}
    room = Room(room.places, dict(room.models))
    going = []
    while lines and room.places > 0:
        project = min(lines, key=lambda each: _claim(lines[each], shares[each], now))
        chosen = next((each for each in lines[project] if room.takes(each.model)), None)
        if chosen is None:
            del lines[project]
            continue
        lines[project].remove(chosen)
        if not lines[project]:
            del lines[project]
        room.take(chosen.model)
        shares[project].under_way += 1
        shares[project].lately += 1
        going.append(chosen.id)
    return going


def _lines(waiting: Iterable[Waiting]) -> dict[UUID, deque[Waiting]]:
    lines: dict[UUID, deque[Waiting]] = {}
    for each in sorted(waiting, key=lambda one: (-one.priority, one.id)):
        lines.setdefault(each.project, deque()).append(each)
    return lines


def _copy(share: Share | None) -> Share:
    return Share(share.weight, share.under_way, share.lately) if share else Share()


def _claim(line: deque[Waiting], share: Share, now: dt.datetime) -> tuple[bool, float, float, UUID]:
    """The smallest goes next."""
    weight = max(share.weight, 1)
    neglected = not share.under_way and not share.lately and any(now - each.since > PATIENCE for each in line)
    oldest = min(each.id for each in line)
    return not neglected, (share.under_way + 1) / weight, share.lately / weight, oldest
