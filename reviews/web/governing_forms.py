"""Forms of governing sets: for which route and day, and which versions."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms

from generations.models import ProviderAccount
from reviews.models import GoverningSet, TermsVersion
from reviews.web.review_forms import DayInput
from sorahub.accounts.models import User


class RouteForm(forms.Form):
    """For which route, and as of which day, a set is to be made."""

    route = forms.CharField(max_length=50)
    as_of = forms.DateField(widget=DayInput, label="As of")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["route"].widget.attrs["list"] = "routes"


class GoverningSetForm(forms.Form):
    """Which versions govern clips that were made through a route. ``offered``: versions to tick, each with its words."""

    name = forms.CharField(max_length=200, help_text="Such as “OpenAI API, Enterprise contract”.")
    route = forms.CharField(max_length=50, help_text="The provider account's route, or what uploaders declare.")
    account = forms.ModelChoiceField(
        ProviderAccount.objects.none(),
        required=False,
        empty_label="None in particular",
        help_text="If the contract is this account's own: clips of the account then want this set.",
    )
    rule = forms.ChoiceField(choices=GoverningSet.Rule.choices, label="Which version binds")
    as_of = forms.DateField(
        widget=DayInput, label="As of", help_text="The versions must be in force on this day. At the order: its day."
    )
    versions = forms.ModelMultipleChoiceField(
        TermsVersion.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="On conflict the one that stands first below prevails, unless an order is given.",
    )
    order = forms.CharField(
        required=False, label="Order of precedence", help_text="Positions in the list, such as 2, 1. Empty: as listed."
    )

    def __init__(self, *args: Any, actor: User, offered: Sequence[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = ProviderAccount.objects.visible_to(actor)
        cast("forms.ModelChoiceField[Any]", self.fields["account"]).queryset = accounts
        versions = cast("forms.ModelMultipleChoiceField[Any]", self.fields["versions"])
        versions.queryset = TermsVersion.objects.visible_to(actor).for_list()
        versions.widget.choices = offered
        self.places = {str(pk): place for place, (pk, _) in enumerate(offered)}

    def clean(self) -> dict[str, Any]:
        """Put the versions in the order that was given."""
        said = super().clean() or {}
        chosen = sorted(said.get("versions") or (), key=lambda one: self.places.get(str(one.pk), len(self.places)))
        said["versions"] = chosen
        places = [word.strip() for word in str(said.pop("order", "") or "").split(",") if word.strip()]
        if places:
            said["versions"] = self._ordered(chosen, places)
        return said

    def _ordered(self, chosen: list[TermsVersion], places: list[str]) -> list[TermsVersion]:
        if sorted(places) != sorted(str(place) for place in range(1, len(chosen) + 1)):
            self.add_error("order", f"Name each of the {len(chosen)} chosen versions once, by its place among them.")
            return chosen
        return [chosen[int(place) - 1] for place in places]

    def arguments(self) -> dict[str, Any]:
        """Return what make_governing_set takes."""
        return {**self.cleaned_data, "versions": list(self.cleaned_data["versions"])}
