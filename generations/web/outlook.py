"""What the person would get with the launch form as it stands: estimate, budgets, warnings, and every reason against it."""

from dataclasses import dataclass
from typing import Any

from generations.actions import launches
from generations.models import Budget, Prompt
from generations.pipeline import budgets
from generations.web.launch_fields import currency_of
from generations.web.launch_form import LaunchForm
from sorahub.accounts.models import User
from sorahub.lib.amounts import money_words
from sorahub.lib.errors import DomainError, NotFound


@dataclass(frozen=True)
class Left:
    """What a budget has left, in words."""

    name: str
    words: str


def outlook(user: User, prompt: Prompt, form: LaunchForm) -> dict[str, Any]:
    """Return what the page says about the form. Nothing is written. Raises Forbidden, NotFound."""
    account, currency = form.offer.account, currency_of(form.offer.capability)
    covering = list(budgets.covering(prompt.shot.project, account, currency))
    told: dict[str, Any] = {"left": [_left(each) for each in covering]}
    if form.is_bound and not form.is_valid():
        return told | {"refusals": form.complaints(), "beside": dict(form.errors.items())}
    try:
        found = launches.preview(actor=user, prompt=prompt, **form.order())
    except NotFound:
        raise
    except DomainError as error:
        return told | {"refusals": [error.message], "beside": _beside(form, error.fields.items())}
    estimate = found.estimate
    if estimate:
        told["left"] = [_left(each, estimate.micro) for each in covering]
    return told | {
        "refusals": list(dict.fromkeys(each.message for each in found.refusals)),
        "beside": _beside(form, ((each.field, each.message) for each in found.refusals)),
        "warnings": found.warnings,
        "estimate": money_words(estimate.micro, estimate.currency) if estimate else "",
        "basis": estimate.basis if estimate else "",
    }


def with_reasons(form: LaunchForm, beside: dict[str, list[str]]) -> list[tuple[Any, list[str]]]:
    """Return the fields that depend on the model, each with the reasons that are shown beside it."""
    return [(field, list(dict.fromkeys(beside.get(field.name, [])))) for field in form.shape_fields]


def _beside(form: LaunchForm, reasons: Any) -> dict[str, list[str]]:
    placed: dict[str, list[str]] = {}
    for name, message in reasons:
        if place := form.place_of(name):
            placed.setdefault(place, []).append(message)
    return placed


def _left(budget: Budget, estimate_micro: int = 0) -> Left:
    """What is left now and, where a price is known, what would be left after the launch."""
    bound = budgets.bound_in(budget)
    limit = budget.hard_micro if budget.hard_micro is not None else budget.soft_micro or 0
    period = " this month" if budget.period == Budget.Period.MONTH else ""
    left = money_words(max(limit - bound, 0), budget.currency)
    kind = "" if budget.hard_micro is not None else ", a soft limit"
    after = money_words(max(limit - bound - estimate_micro, 0), budget.currency)
    then = f"; {after} after this" if estimate_micro else ""
    return Left(budget.name, f"{left} left{period} of {money_words(limit, budget.currency)}{kind}{then}")
