"""What a clip's page says of the terms behind it: what changed, what is suspended, whose service ended, under which plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from generations import catalog
from generations.actions.plans import made_on, plans_of
from generations.models import Clip, Generation, PlanPeriod
from reviews.actions.following_terms import later_terms
from reviews.actions.governed import made_by, ways_of
from reviews.models import GoverningSet, LicenceRecordVersion, ReReview


@dataclass(frozen=True)
class Ended:
    """A service that is no more, or will be no more: by this route, or at the model's maker."""

    who: str
    model: str
    day: date
    past: bool

    @property
    def title(self) -> str:
        """Whose service, and when."""
        verb = "was shut down" if self.past else "will be shut down"
        return f"{self.model} of {self.who} {verb} on {self.day:%-d %B %Y}"

    @property
    def words(self) -> str:
        """What that means for the clip."""
        if self.past:
            return (
                "What is cleared stays cleared. Nothing can be made, fetched or looked up there any more: "
                "what was not captured with the clip cannot be had later."
            )
        return "What is cleared stays cleared. Capture everything that only this service can tell while it is there."


@dataclass(frozen=True)
class Contract:
    """Under which plan of which account a clip was made, as far as somebody declared it."""

    generation: Generation
    day: date
    plan: PlanPeriod | None


def about(clip: Clip, version: LicenceRecordVersion | None, today: date) -> dict[str, Any]:
    """Return what the terms section of a clip's rights shows."""
    tasks = _tasks(version) if version else []
    return {
        "ended": ended(clip, today),
        "suspended": [task for task in tasks if task.suspends and task.settled_at is None],
        "tasks": tasks,
        "later": later_terms(version.governing_set_id) if version else [],
        "contracts": contracts(clip),
    }


def ended(clip: Clip, today: date) -> list[Ended]:
    """Return whose service behind the clip ended or will end, by each route and model that made it."""
    found = []
    for route, model in sorted(ways_of(clip, made_by([clip.pk]))):
        if told := catalog.ended(route, model):
            found.append(Ended(told[0], model, told[1], told[1] <= today))
    return found


def contracts(clip: Clip) -> list[Contract]:
    """Return the plan of each generation that gave these bytes."""
    rows = list(clip.generations.select_related("account").order_by("created_at", "id"))
    plans = plans_of(rows)
    return [Contract(row, made_on(row), plans.get(row.pk)) for row in rows]


def hints(clip: Clip, version: LicenceRecordVersion | None) -> list[str]:
    """Return what somebody who drafts should know and is not stopped by: plans that nobody declared, sets of an account."""
    made = contracts(clip)
    return [*_without_plan(made), *_sets_of_accounts(made, version)]


def _without_plan(made: Iterable[Contract]) -> list[str]:
    lacking = {(one.generation.account.name, one.day) for one in made if one.plan is None}
    return [
        f"Nobody declared which plan “{name}” was on when this clip was made ({day}). What it may be used for may hang on it."
        for name, day in sorted(lacking)
    ]


def _sets_of_accounts(made: Iterable[Contract], version: LicenceRecordVersion | None) -> list[str]:
    accounts = {one.generation.account_id: one.generation.account.name for one in made}
    if version and version.governing_set.account_id in accounts:
        return []
    rows = GoverningSet.objects.filter(account__in=accounts).order_by("-id")
    return [
        f"“{row.name}” was made for the account that made this clip, {accounts[row.account_id]}."
        for row in rows[:3]
        if row.account_id is not None
    ]


def _tasks(version: LicenceRecordVersion) -> list[ReReview]:
    rows = ReReview.objects.filter(record_version=version).select_related(
        "change__before", "change__after__source", "settled_by__person", "opened_by__person"
    )
    return list(rows.defer("change__before__raw", "change__before__text", "change__after__raw", "change__after__text"))
