"""Forms of terms: name a document, capture a version, mark a clause, group versions."""

from typing import Any, cast

from django import forms

from generations.models import ProviderAccount
from reviews.models import Clause, GoverningSet, TermsVersion
from reviews.web.review_forms import DayInput, MomentInput
from sorahub.accounts.models import User

MEDIA_TYPES = [("text/plain", "Plain text"), ("text/markdown", "Markdown"), ("text/html", "Web page (HTML)")]


class SourceForm(forms.Form):
    """A document whose versions are captured."""

    publisher = forms.CharField(max_length=200, help_text="Such as OpenAI.")
    title = forms.CharField(max_length=200, help_text="Such as Services Agreement or Usage Policies.")
    product = forms.CharField(max_length=200, required=False)
    address = forms.URLField(max_length=500, required=False, assume_scheme="https", help_text="Where it is published.")
    look_for = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="What a reader should look for in it."
    )


class CaptureForm(forms.Form):
    """One version: a file as it came, or pasted text."""

    label = forms.CharField(max_length=100, help_text="Such as its date, 2026-01-01.")
    file = forms.FileField(required=False, help_text="The page or text as it was saved. Nothing is fetched.")
    text = forms.CharField(
        required=False, strip=False, widget=forms.Textarea(attrs={"rows": 8}), label="Or paste the text"
    )
    media_type = forms.ChoiceField(choices=MEDIA_TYPES, label="What it is")
    language = forms.CharField(max_length=10, initial="en")
    jurisdiction = forms.CharField(max_length=50, required=False)
    address = forms.URLField(max_length=500, required=False, assume_scheme="https")
    published_on = forms.DateField(required=False, widget=DayInput, help_text="What the text says of itself.")
    effective_from = forms.DateField(required=False, widget=DayInput, help_text="When it binds.")
    accepted_at = forms.DateTimeField(required=False, widget=MomentInput, help_text="When the agency agreed.")

    def clean(self) -> dict[str, Any]:
        """Want exactly one of file and text."""
        said = super().clean() or {}
        if bool(said.get("file")) == bool(said.get("text")):
            raise forms.ValidationError("Choose a file or paste the text, one of the two.")
        return said

    def arguments(self) -> dict[str, Any]:
        """Return what capture_terms takes."""
        said = dict(self.cleaned_data)
        file, text = said.pop("file"), said.pop("text")
        return {**said, "raw": file.read() if file else text.encode(), "method": "upload" if file else "paste"}


class ClauseForm(forms.Form):
    """A passage, quoted exactly."""

    quote = forms.CharField(
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Copy the passage from the text, word for word.",
    )
    topic = forms.ChoiceField(choices=Clause.Topic.choices)
    start = forms.IntegerField(
        required=False, min_value=0, label="Begins at character", help_text="Only if the passage occurs more than once."
    )


class VersionChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """Versions with the day from which they bind."""

    def label_from_instance(self, obj: Any) -> str:
        """Write the document, the version, and its day."""
        return f"{obj} · in force from {obj.effective_from or 'a day that is not known'}"


class GoverningSetForm(forms.Form):
    """Which versions govern clips that were made through a route."""

    name = forms.CharField(max_length=200, help_text="Such as “OpenAI API, Enterprise contract”.")
    route = forms.CharField(max_length=50, help_text="The provider account's route, or what uploaders declare.")
    account = forms.ModelChoiceField(ProviderAccount.objects.none(), required=False, empty_label="None in particular")
    rule = forms.ChoiceField(choices=GoverningSet.Rule.choices, label="Which version binds")
    as_of = forms.DateField(widget=DayInput, help_text="The versions must be in force on this day.")
    versions = VersionChoice(
        TermsVersion.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="On conflict the one that stands first below prevails, unless an order is given.",
    )
    order = forms.CharField(
        required=False, label="Order of precedence", help_text="Positions in the list, such as 2, 1. Empty: as listed."
    )

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = ProviderAccount.objects.visible_to(actor)
        cast("forms.ModelChoiceField[Any]", self.fields["account"]).queryset = accounts
        rows = TermsVersion.objects.visible_to(actor).for_list().order_by("source__publisher", "-captured_at")
        cast("forms.ModelMultipleChoiceField[Any]", self.fields["versions"]).queryset = rows

    def clean(self) -> dict[str, Any]:
        """Put the versions in the order that was given."""
        said = super().clean() or {}
        chosen = list(said.get("versions") or ())
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
