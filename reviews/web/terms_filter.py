"""How the list of documents is narrowed: by words, kind, party, and whether anything is captured."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet

from reviews.models import TermsSource

SHOWN = [("", "All documents"), ("missing", "Not captured yet"), ("captured", "Captured")]


class SourceFilter(forms.Form):
    """Every field may be empty; a word that is no choice narrows nothing."""

    q = forms.CharField(
        required=False, max_length=100, label="Search", widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = forms.ChoiceField(required=False, choices=[("", "Any kind"), *TermsSource.Kind.choices])
    party = forms.ChoiceField(required=False)
    show = forms.ChoiceField(required=False, choices=SHOWN)

    def __init__(self, data: Any, *, parties: Iterable[str]) -> None:
        super().__init__(data)
        names = sorted(set(parties))
        self.fields["party"] = forms.ChoiceField(
            required=False, choices=[("", "Any party"), *((one, one) for one in names)]
        )
        self.order_fields(["q", "kind", "party", "show"])

    def asked(self) -> dict[str, str]:
        """What narrows the list."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def query(self) -> str:
        """The same as part of an address, for the links to other pages of the list."""
        return urlencode(self.asked())

    def narrowed(self, rows: "QuerySet[TermsSource]") -> "QuerySet[TermsSource]":
        """Return the documents that are asked for; each word of the search has to occur somewhere."""
        asked = self.asked()
        for name in ("kind", "party"):
            if name in asked:
                rows = rows.filter(**{name: asked[name]})
        if "show" in asked:
            rows = rows.filter(versions__isnull=asked["show"] == "missing").distinct()
        for word in asked.get("q", "").split():
            places = ("publisher", "title", "product", "party", "look_for")
            rows = rows.filter(Q(*((f"{place}__icontains", word) for place in places), _connector=Q.OR))
        return rows
