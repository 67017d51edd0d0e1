"""Budgets, and the journal of money, entry by entry."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin

from generations.actions.budgets import add_budget, change_budget, end_budget
from generations.models import Budget, BudgetPeriod, Project, ProviderAccount, SpendEntry, SpendLine
from sorahub.accounts.admin.looks import money
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, Verb, VerbForm
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission

MICRO = 1_000_000


class Amount(forms.DecimalField):
    """Money as people write it, up to the millionth."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=Decimal(0), max_digits=15, decimal_places=6, **options)


def micro(amount: Decimal | None) -> int | None:
    """Return an amount in millionths; None stays None."""
    return None if amount is None else int(amount * MICRO)


class BudgetChangeForm(VerbForm):
    """Name and limits of a budget."""

    name = forms.CharField(max_length=200)
    soft = Amount(label="Soft limit", required=False, help_text="Passed with a warning.")
    hard = Amount(label="Hard limit", required=False, help_text="What would pass it is refused.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.subject is not None:
            limits = {"soft": self.subject.soft_micro, "hard": self.subject.hard_micro}
            here = {name: Decimal(value) / MICRO for name, value in limits.items() if value is not None}
            self.initial = {"name": self.subject.name, **here, **self.initial}

    def limits(self) -> dict[str, int | None]:
        """The limits as the actions take them."""
        return {"soft_micro": micro(self.cleaned_data["soft"]), "hard_micro": micro(self.cleaned_data["hard"])}


class BudgetForm(BudgetChangeForm):
    """A new budget: what it covers, and what it counts."""

    client = forms.ModelChoiceField(Client.objects.all(), required=False, empty_label="All clients")
    project = forms.ModelChoiceField(Project.objects.all(), required=False, empty_label="All projects")
    account = forms.ModelChoiceField(ProviderAccount.objects.all(), required=False, empty_label="All accounts")
    currency = forms.CharField(max_length=3, initial="USD", help_text="Only generations in this currency count.")
    period = forms.ChoiceField(choices=Budget.Period.choices)
    searched = {"project": (Budget, "project")}


def _limits(said: Cleaned) -> dict[str, Any]:
    amounts = {"soft_micro": micro(said["soft"]), "hard_micro": micro(said["hard"])}
    return {**{name: value for name, value in said.items() if name not in ("soft", "hard")}, **amounts}


def _change(actor: User, row: Budget, said: Cleaned) -> Budget:
    return change_budget(actor=actor, budget=row, **_limits(said))


def _end(actor: User, row: Budget, said: Cleaned) -> Budget:
    return end_budget(actor=actor, budget=row)


class PeriodInline(ScopedInline):
    """What is bound, period by period."""

    model = BudgetPeriod
    fields = readonly_fields = ("starts_on", "bound")

    @admin.display(description="Reserved and spent")
    def bound(self, row: BudgetPeriod) -> str:
        """The amount in words."""
        return money(row.bound_micro, row.budget.currency)


@admin.register(Budget)
class BudgetAdmin(ScopedAdmin):
    """Limits on what generations may cost."""

    list_display = ("name", "scope", "period", "soft", "hard", "created_at", "ended_at")
    list_filter = ("period", "currency", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("client", "project", "account", "created_by__person")
    search_fields = ("name", "project__name", "client__name", "account__name")
    fields = ("name", "scope", "period", "currency", "soft", "hard", "created_by", "created_at", "ended_at")
    inlines = (PeriodInline,)
    adds = Verb(
        "add",
        "Set a budget",
        Permission.MANAGE_PEOPLE,
        lambda actor, row, said: add_budget(actor=actor, **_limits(said)),
        BudgetForm,
        done="The budget holds from now on; what its scope has bound already counts.",
    )
    verbs = (
        Verb(
            "edit",
            "Change",
            Permission.MANAGE_PEOPLE,
            _change,
            BudgetChangeForm,
            done="Changed.",
            applies=lambda row: row.ended_at is None,
        ),
        Verb(
            "end",
            "End",
            Permission.MANAGE_PEOPLE,
            _end,
            intro="It limits nothing any more. Its figures stay.",
            done="The budget has ended.",
            applies=lambda row: row.ended_at is None,
            danger=True,
        ),
    )

    @admin.display(description="Covers")
    def scope(self, row: Budget) -> str:
        """What it covers, in words."""
        parts = [str(each) for each in (row.client, row.project, row.account) if each is not None]
        return " · ".join(parts) or "everything"

    @admin.display(description="Soft limit", ordering="soft_micro")
    def soft(self, row: Budget) -> str:
        """The soft limit in words."""
        return "" if row.soft_micro is None else money(row.soft_micro, row.currency)

    @admin.display(description="Hard limit", ordering="hard_micro")
    def hard(self, row: Budget) -> str:
        """The hard limit in words."""
        return "" if row.hard_micro is None else money(row.hard_micro, row.currency)


class LineInline(ScopedInline):
    """The entry in double entry."""

    model = SpendLine
    fields = readonly_fields = ("book", "amount")

    @admin.display(description="Amount")
    def amount(self, row: SpendLine) -> str:
        """The amount in words."""
        return money(row.amount_micro, row.currency)


@admin.register(SpendEntry)
class SpendEntryAdmin(ScopedAdmin):
    """The money journal, entry by entry."""

    list_display = ("at", "kind", "amount", "project", "generation", "basis")
    list_filter = ("kind", "generation__project", "currency")
    list_select_related = ("generation__project", "actor__person")
    search_fields = ("basis", "generation__model")
    date_hierarchy = "at"
    inlines = (LineInline,)

    @admin.display(description="Amount", ordering="amount_micro")
    def amount(self, row: SpendEntry) -> str:
        """The amount in words."""
        return money(row.amount_micro, row.currency)

    @admin.display(description="Project")
    def project(self, row: SpendEntry) -> str:
        """Whose money it is."""
        return row.generation.project.name
