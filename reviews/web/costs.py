"""Costs: what was spent, what came of it, where it goes; grouped, narrowed, as a table, a chart and a file."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from generations.models import Project, ProviderAccount
from generations.web.engine import insider, page_in
from reviews.actions import costs as asking
from reviews.actions.costs import Asked, this_month
from reviews.rules.costing import Figures, Sheet, months_back
from reviews.web.costs_form import GROUPS, CostsForm, grouping, presets, query
from sorahub.accounts.models import Client, Person, User
from sorahub.lib import keyset, run_rate
from sorahub.lib.amounts import money_words
from sorahub.lib.charts import Bar, Chart, bars
from sorahub.lib.run_rate import Forecast
from sorahub.lib.sheets import Cell, csv_lines

MICRO = 1_000_000
SHOWN = 100
WIDE, HIGH, FOOT, WIDEST = 1100.0, 150.0, 22.0, 64.0
SHARE = 1000
NAMED = {"project": Project, "client": Client, "account": ProviderAccount, "person": Person}


@dataclass(frozen=True)
class Row:
    """A group with its figures in words. ``share``: how much of the largest group's spending, in thousandths."""

    name: str
    query: str
    spent: str
    reserved: str
    finished: str
    by_finished: str
    approved: str
    by_approved: str
    selected: str
    by_selected: str
    success: str
    ended: int
    share: int


@dataclass(frozen=True)
class Shown:
    """One currency's part of the page. ``others``: how many groups are in the last row together."""

    currency: str
    total: Row
    rows: list[Row]
    others: int
    chart: Chart | None
    chart_words: str
    ahead: dict[str, str] | None


@login_required
@require_GET
def costs(request: HttpRequest) -> HttpResponse:
    """The page."""
    user, by = insider(request), grouping(request.GET)
    form = CostsForm(_given(request), user=user)
    asked = form.asked(by)
    sheets = asking.costs(user, asked) if asked else []
    names, ahead = _names(by, sheets), _ahead(user, asked, sheets) if asked else {}
    context = page_in(user, "costs", ("Costs", "")) | {
        "form": form,
        "shown": [_shown(request, sheet, by, names, ahead.get(sheet.currency)) for sheet in sheets],
        "by": by,
        "group_label": GROUPS[by],
        "groups": [(key, label, query(_given(request), by=key)) for key, label in GROUPS.items()],
        "presets": presets(_given(request)),
        "query": query(_given(request)),
        "billed_query": query(_given(request), client="", project="", model="", person="", by=""),
        "narrowed": bool(asked and (asked.narrowing or asked.currency)),
    }
    return render(request, "reviews/costs.html", context, status=200 if asked else 422)


@login_required
@require_GET
def costs_csv(request: HttpRequest) -> HttpResponseBase:
    """What the page shows, all of it, as a file."""
    user, by = insider(request), grouping(request.GET)
    asked = CostsForm(_given(request), user=user).asked(by)
    if asked is None:
        return redirect(f"{reverse('reviews:costs')}?{request.GET.urlencode()}")
    sheets = asking.costs(user, asked)
    answer = StreamingHttpResponse(
        csv_lines(_head(by), _lines(sheets, by, _names(by, sheets))), content_type="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="costs-by-{by}.csv"'
    return answer


@login_required
@require_GET
def costs_generations(request: HttpRequest) -> HttpResponse:
    """The generations behind a sum, newest first."""
    user = insider(request)
    form = CostsForm(_given(request), user=user)
    asked = form.asked("project")
    if asked is None:
        return redirect(f"{reverse('reviews:costs')}?{request.GET.urlencode()}")
    rows = asking.generations(user, asked).select_related(
        "prompt__shot", "project__client", "account", "created_by__person", "clip"
    )
    page = keyset.page(rows, request.GET.get("after", ""))
    kept = query(_given(request))
    context = page_in(user, "costs", ("Costs", f"{reverse('reviews:costs')}?{kept}"), ("Generations", "")) | {
        "page": page,
        "rows": [(row, _spent_words(row)) for row in page.items],
        "query": kept,
        "after": request.GET.get("after", ""),
    }
    return render(request, "reviews/costs_generations.html", context)


def _given(request: HttpRequest) -> Any:
    """The address's query; a page that is opened without one shows twelve months."""
    if request.GET:
        return request.GET
    given = request.GET.copy()
    now = this_month()
    given["first"], given["last"] = f"{months_back(now, 11):%Y-%m}", f"{now:%Y-%m}"
    return given


def _spent_words(row: Any) -> str:
    """What it cost in the months shown; a sign that nothing was."""
    if row.spent is None:
        return "–"
    return money_words(row.spent, row.settled_currency or row.currency)


def _names(by: str, sheets: Sequence[Sheet]) -> dict[str, str]:
    """The name of each group, by its key."""
    keys = {key for sheet in sheets for key in sheet.groups}
    if by not in NAMED:
        return {key: key for key in keys}
    return {str(row.pk): str(row) for row in NAMED[by]._default_manager.filter(pk__in=keys)}


def _groups(sheet: Sheet, by: str, names: dict[str, str]) -> list[tuple[str, str, Figures]]:
    """The groups as (key, name, figures): months in order, others the dearest first."""
    if by == "month":
        return [(f"{month:%Y-%m}", f"{month:%B %Y}", figures) for month, figures in sheet.months.items()]
    found = [(key, names.get(key) or "No longer there", figures) for key, figures in sheet.groups.items()]
    return sorted(found, key=lambda one: (-one[2].spent_micro, one[1]))


def _shown(request: HttpRequest, sheet: Sheet, by: str, names: dict[str, str], ahead: dict[str, str] | None) -> Shown:
    groups = _groups(sheet, by, names)
    top = max((figures.spent_micro for _, _, figures in groups), default=0)
    given = _given(request)
    rows = [
        _row(name, _narrower(given, by, key), figures, sheet.currency, top) for key, name, figures in groups[:SHOWN]
    ]
    rest = Figures()
    for _, _, figures in groups[SHOWN:]:
        rest.add(figures)
    if not rest.is_empty:
        rows.append(_row(f"{len(groups) - SHOWN} others", "", rest, sheet.currency, top))
    return Shown(
        currency=sheet.currency,
        total=_row("All together", "", sheet.total, sheet.currency, 0),
        rows=rows,
        others=max(0, len(groups) - SHOWN),
        chart=_chart(sheet) if len(sheet.months) > 1 else None,
        chart_words=f"Spent by month, {sheet.currency}. In all {money_words(sheet.total.spent_micro, sheet.currency)}.",
        ahead=ahead,
    )


def _narrower(given: Any, by: str, key: str) -> str:
    """The address that shows this group alone; of a month, that month by project."""
    if by == "month":
        return query(given, first=key, last=key, by="project")
    return query(given, **{by: key, "by": "month" if by != "model" else "project"})


def _row(name: str, address: str, figures: Figures, currency: str, top: int) -> Row:
    percent = figures.success_percent
    return Row(
        name=name,
        query=address,
        spent=money_words(figures.spent_micro, currency),
        reserved=money_words(figures.reserved_micro, currency),
        finished=seconds_words(figures.finished),
        by_finished=_rate_words(figures.micro_by_finished, currency),
        approved=seconds_words(figures.approved),
        by_approved=_rate_words(figures.micro_by_approved, currency),
        selected=seconds_words(figures.selected),
        by_selected=_rate_words(figures.micro_by_selected, currency),
        success="" if percent is None else f"{percent} %",
        ended=figures.ended,
        share=max(figures.spent_micro, 0) * SHARE // top if top > 0 else 0,
    )


def _rate_words(micro: int | None, currency: str) -> str:
    """What a second costs, to the hundredth of a cent; the file has all of it."""
    return money_words(None if micro is None else round(micro, -2), currency)


def seconds_words(seconds: Fraction) -> str:
    """Return "1,204.5 s"."""
    return f"{float(seconds):,.1f} s"


def _chart(sheet: Sheet) -> Chart:
    drawn = [
        Bar(f"{month:%b}" if month.month > 1 else f"{month:%Y}", figures.spent_micro / MICRO,
            f"{month:%B %Y}: {money_words(figures.spent_micro, sheet.currency)}")
        for month, figures in sheet.months.items()
    ]  # fmt: skip
    return bars(drawn, width=WIDE, height=HIGH, foot=FOOT, widest=WIDEST)


def _ahead(user: User, asked: Asked, sheets: Sequence[Sheet]) -> dict[str, dict[str, str]]:
    """Where the month goes, by currency, where the months shown reach up to now."""
    today = timezone.now().astimezone(dt.UTC).date()
    if asked.last != today.replace(day=1):
        return {}
    days = asking.daily(user, asked, today - run_rate.WINDOW)
    return {sheet.currency: _outlook(sheet, days.get(sheet.currency, {}), today) for sheet in sheets}


def _outlook(sheet: Sheet, by_day: dict[dt.date, int], today: dt.date) -> dict[str, str]:
    month = sheet.months.get(today.replace(day=1), Figures())
    learned = run_rate.rate(by_day, today)
    if learned is None:
        return {}
    return forecast_words(
        run_rate.month_end(month.spent_micro, sheet.total.reserved_micro, learned, today), sheet.currency
    )


def forecast_words(found: Forecast, currency: str) -> dict[str, str]:
    """A forecast in words."""
    names = {
        "likely": found.likely,
        "low": found.low,
        "high": found.high,
        "spent": found.spent,
        "reserved": found.reserved,
    }
    return {name: money_words(micro, currency) for name, micro in names.items()} | {
        "rate": money_words(found.rate.micro, currency),
        "days": str(found.rate.days),
        "left": f"the {found.left_days} working days" if found.left_days != 1 else "the one working day",
    }


def _head(by: str) -> list[str]:
    return [
        GROUPS[by], "Key", "Currency", "Spent", "Set aside at the end", "Succeeded", "Failed", "Finished seconds",
        "Cost per finished second", "Approved seconds", "Cost per approved second", "Selected seconds",
        "Cost per selected second",
    ]  # fmt: skip


def _lines(sheets: Sequence[Sheet], by: str, names: dict[str, str]) -> Iterator[list[Cell]]:
    for sheet in sheets:
        for key, name, one in _groups(sheet, by, names):
            yield [
                name, key, sheet.currency, _units(one.spent_micro), _units(one.reserved_micro), one.succeeded, one.failed,
                _exact(one.finished), _units(one.micro_by_finished), _exact(one.approved), _units(one.micro_by_approved),
                _exact(one.selected), _units(one.micro_by_selected),
            ]  # fmt: skip


def _units(micro: int | None) -> Decimal | None:
    return None if micro is None else Decimal(micro) / MICRO


def _exact(seconds: Fraction) -> Decimal:
    """To the thousandth: rates such as 24000/1001 have no end as decimals."""
    return (Decimal(seconds.numerator) / seconds.denominator).quantize(Decimal("0.001"))
