"""The front page's panels about making: what is under way, what failed, what this month costs."""

import datetime as dt
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from generations.models import Generation, SpendLine, State, Upload
from generations.models.generation import ACTIVE
from generations.pipeline.tallying import begin_of
from sorahub.accounts.admin.looks import MICRO, money
from sorahub.accounts.admin_site import add_panel
from sorahub.accounts.models import User
from sorahub.lib.charts import Bar, bars

ENDED_BADLY = (State.FAILED, State.LOST, State.EXPIRED)
RECENT_DAYS = 7
SHOWN = 6


def under_way(user: User) -> dict[str, Any]:
    """Return how many generations stand where, and what a person should look at."""
    seen = Generation.objects.visible_to(user).active()
    counts = dict(seen.order_by().values_list("state").annotate(Count("pk")))
    states = [{"state": each, "label": State(each).label, "count": counts[each]} for each in State if each in counts]
    alarms = seen.exclude(alarm="").for_list()[:SHOWN]
    arriving = Upload.objects.visible_to(user).filter(state=Upload.State.RECEIVED).count()
    return {"states": states, "total": sum(counts.values()), "alarms": list(alarms), "arriving": arriving}


def failed(user: User) -> dict[str, Any]:
    """Return what ended without a clip in the last seven days, newest first."""
    since = timezone.now() - dt.timedelta(days=RECENT_DAYS)
    badly = Generation.objects.visible_to(user).filter(state__in=ENDED_BADLY, updated_at__gte=since)
    refused = Upload.objects.visible_to(user).filter(state=Upload.State.REFUSED, created_at__gte=since)
    return {
        "generations": list(badly.for_list().order_by("-updated_at")[:SHOWN]),
        "total": badly.count(),
        "uploads": list(refused.select_related("project")[:SHOWN]),
    }


def spend(user: User) -> dict[str, Any]:
    """Return what was spent this month, by currency and by day, and what is still set aside: the journal's figures, corrections
    included, by UTC, as the page of costs has them.
    """
    today = timezone.now().astimezone(dt.UTC).date()
    first = today.replace(day=1)
    spent = SpendLine.objects.visible_to(user).filter(book=SpendLine.Book.SPENT, at__gte=begin_of(first))
    by_day = spent.order_by().annotate(day=TruncDate("at", tzinfo=dt.UTC))
    daily = by_day.values_list("currency", "day").annotate(Sum("amount_micro"))
    amounts = {(currency, day): total for currency, day, total in daily}
    currencies = sorted({currency for currency, _ in amounts}) or ["USD"]
    days = [first + dt.timedelta(days=number) for number in range((today - first).days + 1)]
    return {
        "month": first,
        "charts": [_chart(currency, days, amounts) for currency in currencies],
        "open": _set_aside(user),
    }


def _chart(currency: str, days: list[dt.date], amounts: dict[tuple[str, dt.date], int]) -> dict[str, Any]:
    values = [amounts.get((currency, day), 0) for day in days]
    drawn = [
        Bar(f"{day:%d}", value / MICRO, f"{day:%-d %B}: {money(value, currency)}")
        for day, value in zip(days, values, strict=True)
    ]
    return {"total": money(sum(values), currency), "chart": bars(drawn)}


def _set_aside(user: User) -> list[str]:
    """What generations under way have reserved, by currency."""
    waiting = Generation.objects.visible_to(user).filter(Q(state__in=ACTIVE)).order_by()
    sums = waiting.values_list("currency").annotate(Sum("estimate_micro"))
    return [money(total, currency) for currency, total in sums]


add_panel("admin/panels/under_way.html", under_way)
add_panel("admin/panels/failed.html", failed)
add_panel("admin/panels/spend.html", spend)
