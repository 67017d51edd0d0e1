"""The front page's panels about how it goes: outcomes by day, money against budgets, how each provider fares."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F
from django.db.models.functions import TruncDate
from django.utils import timezone

from generations.models import Alarm, Budget, BudgetPeriod, Generation, ProviderAccount, State
from generations.models.generation import TERMINAL
from generations.pipeline.budgets import starts_on
from sorahub.accounts.admin.looks import money
from sorahub.accounts.admin_site import add_panel
from sorahub.accounts.models import User
from sorahub.lib.charts import Line, Part, line

DAYS = 14
SHOWN = 6
BADLY = frozenset(TERMINAL - {State.SUCCEEDED, State.CANCELLED})


@dataclass(frozen=True)
class Day:
    """What ended on a day, drawn and in numbers."""

    day: dt.date
    done: int
    failed: int
    cancelled: int
    drawn: Line


@dataclass(frozen=True)
class Money:
    """A budget's period: what is bound of what is allowed, drawn and in words."""

    budget: Budget
    share: int
    bound: str
    limit: str
    tone: str
    drawn: Line


@dataclass(frozen=True)
class Provider:
    """How one account fared in a week. ``seconds``: from sending to the end, on average; None: nothing ended."""

    account: ProviderAccount
    done: int
    failed: int
    share: int | None
    seconds: int | None
    alarms: int
    drawn: Line


def outcomes(user: User) -> dict[str, Any] | None:
    """Return what ended on the last fourteen days, the newest first; days on which nothing did are left out."""
    today = timezone.localdate()
    since = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=DAYS - 1), dt.time()))
    ended = Generation.objects.visible_to(user).filter(finished_at__gte=since, state__in=TERMINAL).order_by()
    rows = ended.annotate(day=TruncDate("finished_at")).values_list("day", "state").annotate(Count("pk"))
    counts: Counter[tuple[dt.date, str]] = Counter()
    for day, state, number in rows:
        counts[day, _outcome(state)] += number
    if not counts:
        return None
    days = sorted({day for day, _ in counts}, reverse=True)
    most = max(sum(counts[day, each] for each in ("done", "failed", "cancelled")) for day in days)
    return {"days": [_day(day, counts, most) for day in days], "total": sum(counts.values())}


def _outcome(state: str) -> str:
    if state == State.SUCCEEDED:
        return "done"
    return "cancelled" if state == State.CANCELLED else "failed"


def _day(day: dt.date, counts: Mapping[tuple[dt.date, str], int], most: int) -> Day:
    done, failed, cancelled = (counts.get((day, each), 0) for each in ("done", "failed", "cancelled"))
    parts = [
        Part(done, "ok", f"{done} done"),
        Part(failed, "bad", f"{failed} failed"),
        Part(cancelled, "quiet", f"{cancelled} cancelled"),
    ]
    return Day(day, done, failed, cancelled, line(parts, whole=most))


def against_budgets(user: User) -> dict[str, Any] | None:
    """Return the budgets in force, the fullest first, each with what is bound in its present period."""
    budgets = list(Budget.objects.visible_to(user).in_force().select_related("client", "project", "account"))
    if not budgets:
        return None
    starts = {budget.pk: starts_on(budget) for budget in budgets}
    periods = BudgetPeriod.objects.filter(budget__in=budgets, starts_on__in=set(starts.values()))
    bound = {(row.budget_id, row.starts_on): row.bound_micro for row in periods}
    rows = [_money(budget, bound.get((budget.pk, starts[budget.pk]), 0)) for budget in budgets]
    fullest = sorted(rows, key=lambda row: row.share, reverse=True)
    return {"budgets": fullest[:SHOWN], "total": len(rows)}


def _money(budget: Budget, bound: int) -> Money:
    limit = budget.hard_micro if budget.hard_micro is not None else budget.soft_micro
    top = limit or 0
    over_soft = budget.soft_micro is not None and bound > budget.soft_micro
    tone = "bad" if budget.hard_micro is not None and bound >= budget.hard_micro else "warn" if over_soft else "ok"
    said = money(bound, budget.currency)
    drawn = line([Part(bound, tone, f"{said} bound")], whole=top, mark=budget.soft_micro)
    return Money(budget, round(100 * bound / top) if top else 100, said, money(top, budget.currency), tone, drawn)


def providers(user: User) -> dict[str, Any] | None:
    """Return how each account fared in seven days with the generations that this person sees, the worst first."""
    accounts = list(ProviderAccount.objects.visible_to(user).enabled())
    if not accounts:
        return None
    since = timezone.now() - dt.timedelta(days=7)
    ended = Generation.objects.visible_to(user).filter(finished_at__gte=since, state__in=TERMINAL).order_by()
    took = ExpressionWrapper(F("finished_at") - F("submitted_at"), output_field=DurationField())
    rows = ended.values_list("account", "state").annotate(number=Count("pk"), average=Avg(took))
    alarms = Alarm.objects.visible_to(user).filter(cleared_at=None, account__isnull=False).order_by()
    open_alarms = dict(alarms.values_list("account").annotate(Count("pk")))
    facts = {(account, state): (number, average) for account, state, number, average in rows}
    found = [_provider(account, facts, open_alarms.get(account.pk, 0)) for account in accounts]
    worst = sorted(found, key=lambda row: (-row.alarms, 101 if row.share is None else row.share, row.account.name))
    return {"accounts": worst[:SHOWN], "total": len(found)}


def _provider(account: ProviderAccount, facts: Mapping[tuple[Any, str], tuple[int, Any]], alarms: int) -> Provider:
    done, average = facts.get((account.pk, State.SUCCEEDED), (0, None))
    failed = sum(facts.get((account.pk, state), (0, None))[0] for state in BADLY)
    share = round(100 * done / (done + failed)) if done + failed else None
    parts = [Part(done, "ok", f"{done} done"), Part(failed, "bad", f"{failed} failed")]
    seconds = None if average is None else round(average.total_seconds())
    return Provider(account, done, failed, share, seconds, alarms, line(parts))


add_panel("admin/panels/outcomes.html", outcomes)
add_panel("admin/panels/budgets.html", against_budgets)
add_panel("admin/panels/providers.html", providers)
