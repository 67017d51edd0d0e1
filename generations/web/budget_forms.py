"""The forms of budgets: amounts in units of the currency, as people write them."""

from decimal import Decimal
from typing import Any

from django import forms

from generations.models import Budget, Project, ProviderAccount
from sorahub.accounts.models import Client, User

MICRO = 1_000_000
CHOICES = 500


class LimitsForm(forms.Form):
    """Name and limits of a budget."""

    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"placeholder": "Spring campaign, all of it"}))
    soft = forms.DecimalField(
        required=False,
        min_value=Decimal("0.000001"),
        max_digits=15,
        decimal_places=6,
        label="Soft limit",
        help_text="What passes it is launched all the same, and an alarm tells people.",
    )
    hard = forms.DecimalField(
        required=False,
        min_value=Decimal("0.000001"),
        max_digits=15,
        decimal_places=6,
        label="Hard limit",
        help_text="What would pass it is refused before anything is sent.",
    )

    def limits(self) -> dict[str, int | None]:
        """Return the limits as the actions take them, in millionths."""
        given = self.cleaned_data
        return {f"{name}_micro": None if given[name] is None else int(given[name] * MICRO) for name in ("soft", "hard")}

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        return {"name": self.cleaned_data["name"], **self.limits()}


class BudgetForm(LimitsForm):
    """A new budget: what it covers, and what it counts."""

    client = forms.ModelChoiceField(
        Client.objects.none(),
        required=False,
        empty_label="Every client",
        help_text="Only what is made for this client.",
    )
    project = forms.ModelChoiceField(
        Project.objects.none(),
        required=False,
        empty_label="Every project",
        help_text="Only what this project launches.",
    )
    account = forms.ModelChoiceField(
        ProviderAccount.objects.none(),
        required=False,
        empty_label="Every account",
        label="Provider account",
        help_text="Only what this account is asked for.",
    )
    period = forms.ChoiceField(
        choices=Budget.Period.choices,
        widget=forms.RadioSelect,
        initial=Budget.Period.TOTAL,
        label="Counted",
        help_text="Months begin on their first day, UTC.",
    )
    currency = forms.CharField(
        max_length=3, initial="USD", help_text="Three letters. Only what is priced in this currency counts."
    )
    field_order = ["name", "client", "project", "account", "period", "currency", "soft", "hard"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {
            "client": Client.objects.visible_to(user).order_by("name"),
            "project": Project.objects.visible_to(user).open().order_by("name"),
            "account": ProviderAccount.objects.visible_to(user),
        }
        for name, found in rows.items():
            self.fields[name].queryset = found  # type: ignore[attr-defined]  # a ModelChoiceField

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        given = {name: self.cleaned_data[name] for name in ("client", "project", "account", "period", "currency")}
        return {**super().arguments(), **given}
