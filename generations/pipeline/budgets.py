"""Budgets at work: what a generation binds under each that covers it, checked and counted in one conditional UPDATE.

Of fifty launches at once against a budget for ten, exactly ten pass: the database decides, not what was read before.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from generations.catalog import Refusal
from generations.models import (
    Alarm,
    Budget,
    BudgetCharge,
    BudgetPeriod,
    Generation,
    Project,
    ProviderAccount,
    SpendLine,
)
from generations.pipeline.alarms import raise_alarm
from sorahub.lib.amounts import money_words
from sorahub.lib.errors import Refused

OVER = "over-budget"
NO_PRICE = "no-price"


def covering(project: Project, account: ProviderAccount, currency: str | None) -> "QuerySet[Budget]":
    """Return the budgets in force that a generation of this project at this account counts under, always in one order.

    ``currency`` None: no price is known, so that it may come to count under one in any currency.
    """
    here = (
        Q(project=None) | Q(project=project),
        Q(client=None) | Q(client=project.client_id),
        Q(account=None) | Q(account=account),
    )
    found = Budget.objects.in_force().filter(*here).order_by("pk")
    return found if currency is None else found.filter(currency=currency)


def objections(
    project: Project, account: ProviderAccount, amount_micro: int | None, currency: str | None
) -> list[Refusal]:
    """Return why hard budgets would refuse a launch now. ``amount_micro`` None: no price is known, and none is in a currency,
    so that every hard budget that covers it refuses it.
    """
    return [
        refusal
        for budget in covering(project, account, currency if amount_micro else None)
        if budget.hard_micro is not None
        if (refusal := _objection(budget, amount_micro))
    ]


def warnings(project: Project, account: ProviderAccount, amount_micro: int, currency: str) -> list[str]:
    """Return which soft limits this amount would pass, in words."""
    return [
        f"This passes the soft limit of {budget}: {money_words(budget.soft_micro, currency)}."
        for budget in covering(project, account, currency)
        if budget.soft_micro is not None and bound_in(budget) + amount_micro > budget.soft_micro
    ]


def bound_in(budget: Budget) -> int:
    """What is bound under a budget in the period that runs now, in micro-units."""
    period = budget.periods.filter(starts_on=starts_on(budget)).first()
    return period.bound_micro if period else 0


def bind(generations: Sequence[Generation]) -> None:
    """Count the estimates of these new generations of one project under every budget that covers them. Each budget is taken once,
    for all of them, in the order of their ids, in which every end locks them too.

    Raises Refused when a hard one has no room for its share; without a price, any hard one refuses it, in whatever currency.
    """
    covered: dict[tuple[UUID, str | None], list[Budget]] = {}
    shares: dict[UUID, tuple[Budget, list[Generation]]] = {}
    for row in generations:
        known_in = row.currency if row.estimate_micro else None
        if (row.account_id, known_in) not in covered:
            covered[row.account_id, known_in] = [*covering(row.project, row.account, known_in)]
        for budget in covered[row.account_id, known_in]:
            shares.setdefault(budget.pk, (budget, []))[1].append(row)
    for pk in sorted(shares):
        _bind(*shares[pk])


def _bind(budget: Budget, generations: Sequence[Generation]) -> None:
    period, total = _period(budget), sum(row.estimate_micro for row in generations)
    if budget.hard_micro is None:
        _add(period, total)
    elif any(row.estimate_micro == 0 for row in generations):
        _refuse(budget, _unpriced(budget))
    elif not _add_below(period, total, budget.hard_micro):
        _refuse(budget, _full(budget, total))
    BudgetCharge.objects.bulk_create(
        [BudgetCharge(period=period, generation=row, amount_micro=row.estimate_micro) for row in generations]
    )
    _warn(budget, period)


def rebind(generation: Generation, amount_micro: int, currency: str) -> None:
    """The generation's money has changed: what it binds is now this. What is paid is paid: no limit is asked.

    Paid in another currency than a budget's, it binds its estimate there: nothing is converted, and the limit holds what it
    was asked to hold.
    """
    for charge in generation.charges.select_related("period__budget").order_by("period__budget_id"):
        wanted = _binding(generation, charge.period.budget.currency, amount_micro, currency)
        if wanted != charge.amount_micro:
            _add(charge.period, wanted - charge.amount_micro)
            BudgetCharge.objects.filter(pk=charge.pk).update(amount_micro=wanted)
            if wanted > charge.amount_micro:
                _warn(charge.period.budget, charge.period)


def _binding(generation: Generation, counted_in: str, amount_micro: int, currency: str) -> int:
    """What a cost binds under a budget that counts in a currency: itself, or the estimate in that currency, if any."""
    if currency == counted_in or not amount_micro:
        return amount_micro
    return generation.estimate_micro if generation.currency == counted_in else 0


def starts_on(budget: Budget, at: dt.datetime | None = None) -> dt.date:
    """The first day of the period that runs at this time (UTC): the month's first, or the budget's own first day."""
    if budget.period == Budget.Period.MONTH:
        return (at or timezone.now()).astimezone(dt.UTC).date().replace(day=1)
    return budget.created_at.astimezone(dt.UTC).date()


def count_what_was(budget: Budget) -> None:
    """A new budget counts what its scope has bound already: all of it, or what was launched this month."""
    scope = {name: value for name in ("project", "client", "account") if (value := getattr(budget, name))}
    lines = SpendLine.objects.filter(
        **scope, currency=budget.currency, book__in=[SpendLine.Book.RESERVED, SpendLine.Book.SPENT]
    )
    if budget.period == Budget.Period.MONTH:
        begun = dt.datetime.combine(starts_on(budget), dt.time(), dt.UTC)  # whatever zone the hub shows times in
        lines = lines.filter(entry__generation__created_at__gte=begun)
    by_generation = lines.order_by().values("entry__generation").annotate(total=Sum("amount_micro")).exclude(total=0)
    sums = [*by_generation.values_list("entry__generation", "total"), *_paid_otherwise(budget, scope)]
    period = _period(budget)
    BudgetCharge.objects.bulk_create(
        [BudgetCharge(period=period, generation_id=pk, amount_micro=total) for pk, total in sums], batch_size=500
    )
    _add(period, sum(total for _, total in sums))


def _paid_otherwise(budget: Budget, scope: dict[str, Any]) -> list[tuple[UUID, int]]:
    """What was estimated in the budget's currency and paid in another binds its estimate, as in ``rebind``."""
    lines = {f"project__{name}" if name == "client" else name: row for name, row in scope.items()}
    rows = Generation.objects.filter(**lines, currency=budget.currency, settled_micro__gt=0, estimate_micro__gt=0)
    if budget.period == Budget.Period.MONTH:
        rows = rows.filter(created_at__gte=dt.datetime.combine(starts_on(budget), dt.time(), dt.UTC))
    other = rows.exclude(settled_currency__in=["", budget.currency]).order_by()
    return [(pk, estimate) for pk, estimate in other.values_list("pk", "estimate_micro")]


def _objection(budget: Budget, amount_micro: int | None) -> Refusal | None:
    if not amount_micro:
        return _unpriced(budget)
    over = bound_in(budget) + amount_micro > (budget.hard_micro or 0)
    return _full(budget, amount_micro) if over else None


def _full(budget: Budget, amount_micro: int) -> Refusal:
    hard = budget.hard_micro or 0
    left = money_words(max(hard - bound_in(budget), 0), budget.currency)
    words = (
        f"The budget {budget} has {left} left of {money_words(hard, budget.currency)}; "
        f"this needs {money_words(amount_micro, budget.currency)}. Ask an administrator to raise it."
    )
    return Refusal(OVER, "account", words)


def _unpriced(budget: Budget) -> Refusal:
    words = (
        f"No price is known for this, and the budget {budget} is a hard limit. "
        "Enter the price in the hub's own catalogue, or choose another model."
    )
    return Refusal(NO_PRICE, "model", words)


def _refuse(budget: Budget, refusal: Refusal) -> None:
    reason = {"code": refusal.code, "field": refusal.field, "message": refusal.message, "budget": str(budget.pk)}
    raise Refused(refusal.message, code=refusal.code, reasons=[reason], fields={refusal.field: refusal.message})


def _period(budget: Budget) -> BudgetPeriod:
    return BudgetPeriod.objects.get_or_create(budget=budget, starts_on=starts_on(budget))[0]


def _add(period: BudgetPeriod, amount_micro: int) -> None:
    BudgetPeriod.objects.filter(pk=period.pk).update(bound_micro=F("bound_micro") + amount_micro)


def _add_below(period: BudgetPeriod, amount_micro: int, hard_micro: int) -> bool:
    room = BudgetPeriod.objects.filter(pk=period.pk, bound_micro__lte=hard_micro - amount_micro)
    return bool(room.update(bound_micro=F("bound_micro") + amount_micro))


def _warn(budget: Budget, period: BudgetPeriod) -> None:
    """Raise the alarm when a limit is passed; what is settled may cost more than what was estimated."""
    period.refresh_from_db()
    for name, limit in (("hard", budget.hard_micro), ("soft", budget.soft_micro)):
        if limit is not None and period.bound_micro > limit:
            bound = money_words(period.bound_micro, budget.currency)
            raise_alarm(
                Alarm.Kind.MONEY,
                f"budget:{period.pk}:{name}",
                message=f"{budget}: {bound} are bound, more than its {name} limit of {money_words(limit, budget.currency)}.",
                mend="Look what is under way on the budget's page; cancel what is not needed, or raise the limit.",
                account=budget.account,
                budget=budget,
            )
            return
