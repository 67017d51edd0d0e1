"""The form of a release: who consents to what, where, how long, and the signed paper."""

from typing import Any

from django import forms

from reviews.models import Finding, Release, Use
from reviews.web.place_field import HELP, PlacesField
from reviews.web.review_forms import DayInput

PLAIN = (
    "kind", "subject", "scope", "uses", "territories", "valid_from", "valid_until", "ai_use", "training", "counselled",
    "of_age_on",
)  # fmt: skip


class ReleaseForm(forms.Form):
    """A consent for something depicted. What is not ticked or named was not consented to."""

    kind = forms.ChoiceField(choices=Release.Kind.choices)
    subject = forms.CharField(
        max_length=200, label="Who or what is depicted", error_messages={"required": "Say who or what is depicted."}
    )
    scope = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        label="What was consented to",
        help_text="In the words of the paper. A digital replica needs a specific description of what it may be made to do.",
        error_messages={"required": "Say what was consented to."},
    )
    uses = forms.MultipleChoiceField(
        choices=Use.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="What is not ticked was not consented to.",
        error_messages={"required": "Tick at least one use."},
    )
    territories = PlacesField(help_text=HELP, error_messages={"required": "Name at least one country, or WORLD."})
    valid_from = forms.DateField(widget=DayInput, error_messages={"required": "Say from which day it is valid."})
    valid_until = forms.DateField(widget=DayInput, required=False, help_text="Inclusive. Empty: without end.")
    ai_use = forms.ChoiceField(
        choices=Finding.choices,
        initial=Finding.UNKNOWN,
        label="Pictures or voices made by AI?",
        help_text="People and voices need this consent. Unknown does not clear.",
    )
    training = forms.ChoiceField(choices=Finding.choices, initial=Finding.UNKNOWN, label="Training models with it?")
    counselled = forms.ChoiceField(
        choices=Finding.choices,
        initial=Finding.UNKNOWN,
        label="Had the person counsel or a union at hand?",
        help_text="Must be known for a digital replica.",
    )
    of_age_on = forms.DateField(
        widget=DayInput,
        required=False,
        label="Becomes an adult on",
        help_text="For a guardian’s consent: from that day on it is not enough any more.",
    )
    exclusive_categories = forms.CharField(
        required=False,
        label="Promised exclusively in",
        help_text="Product categories with commas, such as soft drinks: the person must not be seen for a competitor.",
    )
    document = forms.FileField(
        required=False,
        label="The signed paper",
        help_text="PDF, JPEG or PNG, at most 20 MiB. Its hash is kept with it.",
    )

    def arguments(self) -> dict[str, Any]:
        """Return what add_release takes."""
        said = dict(self.cleaned_data)
        said["exclusive_categories"] = said["exclusive_categories"].split(",")
        said["document_name"] = said["document"].name if said["document"] else ""
        return said


def release_initial(release: Release) -> dict[str, Any]:
    """Return the form's beginning for what replaces a release: what that one says, less its paper."""
    said = {name: getattr(release, name) for name in PLAIN}
    return {**said, "exclusive_categories": ", ".join(release.exclusive_categories)}
