"""The forms of invoices: the file, its columns, and what is said of lines."""

from collections.abc import Sequence
from typing import Any

from django import forms

from generations.models import ProviderAccount
from generations.rules.invoice_rows import CHARGES, COLUMNS, DATES, DECIMALS, Layout
from sorahub.accounts.models import User

LABELS = {
    "date": "Date or time",
    "remote_id": "The provider’s id of the task",
    "description": "Description",
    "model": "Model",
    "quantity": "Quantity",
    "amount": "Amount",
    "currency": "Currency",
}


class InvoiceForm(forms.Form):
    """A new invoice."""

    account = forms.ModelChoiceField(ProviderAccount.objects.none(), label="Provider account", empty_label=None)
    number = forms.CharField(max_length=100, label="Invoice number")
    file = forms.FileField(label="CSV file", help_text="As the provider gives it, up to 64 MiB. It is kept unchanged.")
    currency = forms.CharField(max_length=3, initial="USD", help_text="Of lines that name none.")
    starts_on = forms.DateField(
        required=False, label="First day billed", widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Empty: the day of its first line. What was spent in these days and is not on the invoice is told.",
    )  # fmt: skip
    ends_on = forms.DateField(
        required=False, label="Last day billed", widget=forms.DateInput(attrs={"type": "date"}), help_text="Included."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = ProviderAccount.objects.visible_to(user)  # type: ignore[attr-defined]  # a ModelChoiceField

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        return {**self.cleaned_data, "file_name": self.cleaned_data["file"].name}


class LayoutForm(forms.Form):
    """Which column holds what."""

    decimal = forms.ChoiceField(choices=[*DECIMALS.items()], label="Amounts are written")
    dates = forms.ChoiceField(choices=[*DATES.items()], label="Dates are written")
    charges = forms.ChoiceField(choices=[*CHARGES.items()], label="Signs")

    def __init__(self, given: Any, *, headings: Sequence[str], proposed: Layout) -> None:
        super().__init__(given, initial=proposed.kept())
        options = [("", "None"), *((heading, heading) for heading in headings if heading)]
        for name in COLUMNS:
            needed = name == "amount"
            choices = options[1:] if needed else options
            self.fields[name] = forms.ChoiceField(choices=choices, required=needed, label=LABELS[name])
        self.order_fields([*COLUMNS, "decimal", "dates", "charges"])


class ReasonForm(forms.Form):
    """What is said of the chosen lines, and why."""

    reason = forms.CharField(max_length=300, label="Reason")
    chosen = forms.UUIDField(required=False)
