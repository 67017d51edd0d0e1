"""Where budgets go: what of each is spent and what only set aside, when it will be used up, what its month will have bound.

The run rate (sorahub/lib/run_rate.py) is learned from what the journal spent in the budget's scope and currency. A handful of
statements for any number of budgets.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from generations.models import Budget, BudgetCharge, BudgetPeriod, SpendLine, SpendTally, TallyMark
from generations.pipeline.alarms import Trouble
from generations.pipeline.budgets import starts_on
from generations.pipeline.tallying import ONE_DAY, begin_of
from sorahub.lib import run_rate
from sorahub.lib.amounts import money_words
from sorahub.lib.run_rate import Rate

Spent = tuple[dt.date, UUID, UUID, UUID, str, int]
"""A day, a project, its client, an account, a currency, and what was spent: micro-units."""


@dataclass(frozen=True)
class Outlook:
    """``reserved_micro`` of what is bound is only set aside. None: there is too little to learn from, or no such limit, or it holds
    out: to the month's end, or for a year.
    """

    reserved_micro: int = 0
    rate: Rate | None = None
    likely_micro: int | None = None
    soft_on: dt.date | None = None
    hard_on: dt.date | None = None


NOTHING = Outlook()
AHEAD = "ahead:"
SOON = dt.timedelta(days=14)
"""How far ahead is looked for a budget that never begins anew."""


def outlooks(budgets: Sequence[Budget], now: dt.datetime | None = None) -> dict[UUID, Outlook]:
    """Return where each budget's running period goes; those that have ended go nowhere. Expects ``periods`` prefetched."""
    today = (now or timezone.now()).astimezone(dt.UTC).date()
    running = {budget.pk: period for budget in budgets if (period := _running(budget)) is not None}
    held = _held([period.pk for period in running.values()])
    going = [budget for budget in budgets if budget.ended_at is None]
    spent = [*_spent(today - run_rate.WINDOW)] if going else []
    return {
        budget.pk: _outlook(budget, running.get(budget.pk), held, spent, today) if budget.ended_at is None else NOTHING
        for budget in budgets
    }


def early_ends(now: dt.datetime) -> Iterator[Trouble]:
    """Budgets in force whose last limit will be reached before their month ends; for those that count in all, within two weeks."""
    today = now.astimezone(dt.UTC).date()
    rows = list(Budget.objects.in_force().select_related("account").prefetch_related("periods"))
    found = outlooks(rows, now) if rows else {}
    for budget in rows:
        outlook = found[budget.pk]
        limit, name, day = (budget.hard_micro, "hard", outlook.hard_on)
        if limit is None:
            limit, name, day = (budget.soft_micro, "soft", outlook.soft_on)
        if day is not None and (budget.period == Budget.Period.MONTH or day <= today + SOON):
            yield Trouble(
                f"{AHEAD}{budget.pk}:{starts_on(budget, now)}",
                f"{budget}: its {name} limit of {money_words(limit, budget.currency)} will be used up about {day:%-d %B}, if days "
                "go on as the last ones did.",
                "Look on the budget's page what it is spent on; launch less, or have the limit raised.",
                budget.account_id,
                budget=budget.pk,
            )


def _outlook(
    budget: Budget, period: BudgetPeriod | None, held: dict[int, int], spent: Iterable[Spent], today: dt.date
) -> Outlook:  # fmt: skip
    bound = period.bound_micro if period else 0
    reserved = held.get(period.pk, 0) if period else 0
    learned = run_rate.rate(_of(budget, spent), today)
    if learned is None:
        return Outlook(reserved)
    end = run_rate.last_of_month(today)
    until = end if budget.period == Budget.Period.MONTH else None
    ends = [None if limit is None or limit <= bound else run_rate.used_up_on(limit - bound, learned, today, until=until)
            for limit in (budget.soft_micro, budget.hard_micro)]  # fmt: skip
    return Outlook(reserved, learned, bound + learned.micro * len(run_rate.working_days(today, end)), *ends)


def _of(budget: Budget, spent: Iterable[Spent]) -> dict[dt.date, int]:
    """What was spent on each day in a budget's scope."""
    found: dict[dt.date, int] = {}
    for day, project, client, account, currency, micro in spent:
        inside = (
            currency == budget.currency
            and budget.project_id in (None, project)
            and budget.client_id in (None, client)
            and budget.account_id in (None, account)
        )
        if inside:
            found[day] = found.get(day, 0) + micro
    return found


def _spent(since: dt.date) -> Iterator[Spent]:
    through = TallyMark.last_day()
    keys = ("day", "project_id", "client_id", "account_id", "currency")
    begin = since if through is None else max(since, through + ONE_DAY)
    live = SpendLine.objects.filter(book=SpendLine.Book.SPENT, at__gte=begin_of(begin)).order_by()
    yield from live.annotate(day=TruncDate("at", tzinfo=dt.UTC)).values_list(*keys).annotate(Sum("amount_micro"))
    if through is not None:
        kept = SpendTally.objects.filter(day__gte=since, day__lte=through).order_by()
        yield from kept.values_list(*keys).annotate(Sum("spent_micro"))


def _held(periods: Sequence[int]) -> dict[int, int]:
    """What of each period is only set aside."""
    open_ones = BudgetCharge.objects.filter(period__in=periods, generation__settled_micro=None).order_by()
    return dict(open_ones.values_list("period").annotate(Sum("amount_micro")))


def _running(budget: Budget) -> BudgetPeriod | None:
    day = starts_on(budget)
    return next((period for period in budget.periods.all() if period.starts_on == day), None)
