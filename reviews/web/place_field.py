"""The field in which people write territories: codes, names of countries or of groups; beside it a script offers them."""

from typing import Any

from django import forms

from reviews.rules import countries
from reviews.rules import territories as places

HELP = "Codes, countries or groups, with commas: DE, Austria, DACH, EU, NORDICS, WORLD."


class PlacesInput(forms.TextInput):
    """A line of text with the groups and the countries at hand for a script."""

    template_name = "reviews/places_input.html"

    def format_value(self, value: Any) -> str | None:
        """Write codes with commas."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what can be picked."""
        context = super().get_context(name, value, attrs)
        return {**context, "groups": list(countries.GROUPS.values()), "countries": countries.NAMES.items()}


class PlacesField(forms.CharField):
    """Territories as a list of codes; what is no country is told in words."""

    widget = PlacesInput

    def clean(self, value: Any) -> Any:
        """Return the codes, each once, sorted."""
        codes = countries.codes_in(super().clean(value))
        wrong = places.problem(codes)
        if wrong:
            raise forms.ValidationError(wrong)
        return places.normalised(codes)
