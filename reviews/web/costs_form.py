"""What the page of costs is asked: months, filters, grouping. It only shows what was chosen; what cannot be used is told."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from generations.models import Project, ProviderAccount
from reviews.actions.costs import GROUPINGS, Asked, this_month
from reviews.rules.costing import beyond, months_back
from sorahub.accounts.models import Client, Person, User
from sorahub.accounts.roles import Kind

WAS = "%Y-%m"
GROUPS = {
    "project": "Project",
    "client": "Client",
    "model": "Model",
    "person": "Person",
    "account": "Account",
    "month": "Month",
}
MAKERS = (Kind.PRODUCER, Kind.ADMINISTRATOR)


class MonthField(forms.DateField):
    """A month, as 2026-11; its first day."""

    widget = forms.DateInput(format=WAS, attrs={"type": "month"})
    input_formats = [WAS]
    default_error_messages = {"invalid": "Give a month as 2026-11."}


class CostsForm(forms.Form):
    """Which months and of what; empty: all of it."""

    first = MonthField(required=False, label="From month")
    last = MonthField(required=False, label="To month")
    client = forms.ModelChoiceField(Client.objects.none(), required=False, empty_label="All clients")
    project = forms.ModelChoiceField(Project.objects.none(), required=False, empty_label="All projects")
    model = forms.CharField(required=False, max_length=100)
    account = forms.ModelChoiceField(ProviderAccount.objects.none(), required=False, empty_label="All accounts")
    person = forms.ModelChoiceField(Person.objects.none(), required=False, empty_label="Everybody")
    currency = forms.CharField(required=False, max_length=3, min_length=3)

    def __init__(self, given: QueryDict | dict[str, str], *, user: User) -> None:
        super().__init__(given, auto_id="filter_%s")
        makers = User.objects.visible_to(user).filter(kind__in=MAKERS)
        rows: dict[str, Any] = {
            "client": Client.objects.visible_to(user).order_by("name", "id"),
            "project": Project.objects.visible_to(user).order_by("name", "id"),
            "account": ProviderAccount.objects.visible_to(user),
            "person": Person.objects.filter(pk__in=makers.values("person_id")),
        }
        for name, found in rows.items():
            self.fields[name].queryset = found  # type: ignore[attr-defined]  # a ModelChoiceField
        for name in ("model", "currency"):
            self.fields[name].widget.attrs["placeholder"] = "All"

    def clean_currency(self) -> str:
        """In capitals, as the journal has it."""
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        """The months in their order."""
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("last", "This month comes before the first.")
        for name, month in (("first", first), ("last", last)):
            if month and (why := beyond(month)):
                self.add_error(name, why)
        return self.cleaned_data

    def asked(self, by: str) -> Asked | None:
        """What the address asks for; None where something in it cannot be used."""
        if not self.is_valid():
            return None
        said = self.cleaned_data
        ids = {name: said[name].pk for name in ("client", "project", "account", "person") if said[name]}
        last = said["last"] or this_month()
        return Asked(by=by, first=said["first"], last=last, model=said["model"], currency=said["currency"], **ids)


def grouping(given: QueryDict) -> str:
    """How the page groups; by project unless the address says otherwise."""
    return by if (by := given.get("by", "")) in GROUPINGS else "project"


def presets(given: QueryDict) -> list[tuple[str, str, bool]]:
    """Usual periods: label, query, whether it is the one shown."""
    now = this_month()
    spans: list[tuple[str, dt.date | None, dt.date | None]] = [
        ("This month", now, now),
        ("Last month", months_back(now, 1), months_back(now, 1)),
        ("12 months", months_back(now, 11), now),
        ("This year", now.replace(month=1), now),
        ("All time", None, None),
    ]
    chosen = (given.get("first", ""), given.get("last", ""))
    found = []
    for label, first, last in spans:
        words = (first.strftime(WAS) if first else "", last.strftime(WAS) if last else "")
        found.append((label, query(given, first=words[0], last=words[1]), words == chosen))
    return found


def query(given: QueryDict, **changed: str) -> str:
    """The address's query with some of it changed; what is empty is left out."""
    names = ("first", "last", "client", "project", "model", "account", "person", "currency", "by")
    values = {name: given.get(name, "") for name in names} | changed
    return urlencode({name: value for name, value in values.items() if value})
