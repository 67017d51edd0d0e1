"""Budgets: how much is bound under each, what binds it, and its months."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions.budgets import add_budget, change_budget, end_budget
from generations.models import Budget, BudgetPeriod, Generation
from generations.pipeline.budget_outlook import NOTHING, Outlook, outlooks
from generations.pipeline.budgets import starts_on
from generations.web.budget_forms import MICRO, BudgetForm, LimitsForm
from generations.web.engine import insider, page_in
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt
from sorahub.lib import keyset
from sorahub.lib.amounts import money_words
from sorahub.lib.errors import DomainError

BAR = 1000
"""The width of a bar in its own units."""
MONTHS_SHOWN = 24


@dataclass(frozen=True)
class Standing:
    """How a budget stands in one period. Widths and marks are in units of the bar."""

    budget: Budget
    period: BudgetPeriod | None
    bound_micro: int
    width: int
    soft_mark: int | None
    hard_mark: int | None
    outlook: Outlook = NOTHING
    spent_width: int = 0
    likely_width: int = 0

    @property
    def tone(self) -> str:
        """The word for it: bad where no more fits, warn past the soft limit, ok else."""
        hard, soft = self.budget.hard_micro, self.budget.soft_micro
        if hard is not None and self.bound_micro >= hard:
            return "bad"
        return "warn" if soft is not None and self.bound_micro > soft else "ok"

    @property
    def label(self) -> str:
        """The same in plain words."""
        if self.tone == "bad":
            return "Used up"
        return "Past the soft limit" if self.tone == "warn" else "Within its limits"

    @property
    def bound(self) -> str:
        """What is bound, as money."""
        return money_words(self.bound_micro, self.budget.currency)

    @property
    def soft(self) -> str:
        """The soft limit, as money; empty where there is none."""
        return money_words(self.budget.soft_micro, self.budget.currency)

    @property
    def hard(self) -> str:
        """The hard limit, as money; empty where there is none."""
        return money_words(self.budget.hard_micro, self.budget.currency)

    @property
    def left(self) -> str:
        """What the narrowest limit that refuses has left, as money; empty without a hard limit."""
        hard = self.budget.hard_micro
        return "" if hard is None else money_words(max(hard - self.bound_micro, 0), self.budget.currency)

    @property
    def words(self) -> str:
        """What the bar shows, for those who do not see it."""
        limits = [f"{kind} limit {amount}" for kind, amount in (("soft", self.soft), ("hard", self.hard)) if amount]
        return f"{self.bound} bound; {', '.join(limits)}"

    @property
    def reserved(self) -> str:
        """What of the bound is only set aside, as money; empty where nothing is."""
        return money_words(self.outlook.reserved_micro or None, self.budget.currency)

    @property
    def reserved_width(self) -> int:
        """The part of the bar that is only set aside."""
        return max(self.width - self.spent_width, 0)

    @property
    def likely(self) -> str:
        """What the month will have bound by its end, as money; empty where nobody can say, or it is no month."""
        monthly = self.budget.period == Budget.Period.MONTH
        return money_words(self.outlook.likely_micro, self.budget.currency) if monthly else ""

    @property
    def warning(self) -> str:
        """When it will be used up if things go on as they did; empty where nobody can say or it holds out."""
        if self.outlook.hard_on:
            return f"Will be used up about {self.outlook.hard_on:%-d %B}, if spending goes on as it did."
        if self.outlook.soft_on:
            return f"Will pass its soft limit about {self.outlook.soft_on:%-d %B}, if spending goes on as it did."
        return ""


def standing(budget: Budget, period: BudgetPeriod | None, outlook: Outlook | None = None) -> Standing:
    """Return how the budget stands in a period; None: nothing was bound in it. ``outlook``: of the period that runs now."""
    bound, ahead = period.bound_micro if period else 0, outlook or NOTHING
    soft, hard = budget.soft_micro, budget.hard_micro
    likely = (ahead.likely_micro or 0) if budget.period == Budget.Period.MONTH else 0
    end = max(each for each in (bound, soft, hard, likely, 1) if each is not None)
    soft_mark, hard_mark = (None if limit is None else limit * BAR // end for limit in (soft, hard))
    width, spent, farther = (max(micro, 0) * BAR // end for micro in (bound, bound - ahead.reserved_micro, likely))
    return Standing(budget, period, bound, width, soft_mark, hard_mark, ahead, spent, farther)


@login_required
@require_GET
def budgets(request: HttpRequest) -> HttpResponse:
    """List the budgets in force, or with ``?show=ended`` those that are over."""
    user = insider(request)
    ended = request.GET.get("show") == "ended"
    rows = Budget.objects.visible_to(user).select_related("client", "project", "account").prefetch_related("periods")
    page = keyset.page(rows.exclude(ended_at=None) if ended else rows.in_force(), request.GET.get("after", ""))
    ahead = outlooks(page.items)
    context = page_in(user, "budgets", ("Budgets", "")) | {
        "page": page,
        "standings": [standing(budget, _running(budget), ahead[budget.pk]) for budget in page.items],
        "ended": ended,
        "after": request.GET.get("after", ""),
    }
    return render(request, "generations/budgets.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def budget_new(request: HttpRequest) -> HttpResponse:
    """Set a budget."""
    user = insider(request)
    user.demand(Permission.MANAGE_PEOPLE)
    chosen = {name: request.GET[name] for name in ("client", "project", "account") if name in request.GET}
    form = BudgetForm(request.POST or None, user=user, initial=chosen)
    if made := attempt(form, lambda: add_budget(actor=user, **form.arguments())):
        messages.success(request, "The budget is in force. What its scope has bound already counts.")
        return redirect("generations:budget", made.pk)
    context = page_in(user, "budgets", ("Budgets", reverse("generations:budgets")), ("New", ""))
    return render(request, "generations/budget_new.html", context | {"form": form})


@login_required
@require_http_methods(["GET", "POST"])
def budget(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a budget with what binds it in one of its periods; administrators change its limits."""
    user = insider(request)
    rows = Budget.objects.visible_to(user).select_related("client", "project", "account", "created_by__person")
    found = get_object_or_404(rows.prefetch_related("periods"), pk=pk)
    form = LimitsForm(request.POST or None, initial=_limits(found))
    if request.method == "POST":
        user.demand(Permission.MANAGE_PEOPLE)
        if attempt(form, lambda: change_budget(actor=user, budget=found, **form.arguments())):
            messages.success(request, "Saved.")
            return redirect("generations:budget", found.pk)
    period = _asked(found, request.GET.get("from", ""))
    ahead = outlooks([found])[found.pk] if period == _running(found) else None
    binding = keyset.page(_binding(user, period), request.GET.get("after", ""))
    context = page_in(user, "budgets", ("Budgets", reverse("generations:budgets")), (found.name, "")) | {
        "budget": found,
        "standing": standing(found, period, ahead),
        "months": [standing(found, each) for each in found.periods.all()][:MONTHS_SHOWN],
        "form": form,
        "page": binding,
        "binding": [(row, money_words(row.bound, found.currency)) for row in binding.items],
        "after": request.GET.get("after", ""),
        "from_day": request.GET.get("from", ""),
    }
    return render(request, "generations/budget.html", context)


@login_required
@require_POST
def budget_end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a budget."""
    user = insider(request)
    found = get_object_or_404(Budget.objects.visible_to(user), pk=pk)
    user.demand(Permission.MANAGE_PEOPLE)
    try:
        end_budget(actor=user, budget=found)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{found} limits nothing any more. Its figures stay.")
    return redirect("generations:budget", found.pk)


def _running(found: Budget) -> BudgetPeriod | None:
    """The period that runs now, of those that were read with the budget."""
    day = starts_on(found)
    return next((period for period in found.periods.all() if period.starts_on == day), None)


def _asked(found: Budget, day: str) -> BudgetPeriod | None:
    try:
        wanted = dt.date.fromisoformat(day) if day else starts_on(found)
    except ValueError:
        wanted = starts_on(found)
    return next((period for period in found.periods.all() if period.starts_on == wanted), None)


def _binding(user: User, period: BudgetPeriod | None) -> "QuerySet[Any]":  # with an annotation, which no type knows
    """The generations that bind the period, as far as this person may see them, each with how much."""
    rows = Generation.objects.visible_to(user).for_list()
    if period is None:
        return rows.none()
    return rows.filter(charges__period=period).annotate(bound=F("charges__amount_micro")).exclude(bound=0)


def _limits(found: Budget) -> dict[str, Any]:
    return {
        "name": found.name,
        "soft": None if found.soft_micro is None else _units(found.soft_micro),
        "hard": None if found.hard_micro is None else _units(found.hard_micro),
    }


def _units(micro: int) -> Decimal:
    """Millionths as units of the currency, without needless noughts."""
    cents, rest = divmod(micro, MICRO // 100)
    return Decimal(micro) / MICRO if rest else (Decimal(cents) / 100).quantize(Decimal("0.01"))
