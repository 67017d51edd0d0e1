"""Forms of terms: name a document, capture a version, mark a clause, group versions."""

from pathlib import PurePath
from typing import Any, cast

from django import forms

from generations.models import ProviderAccount
from reviews.models import Clause, GoverningSet, TermsVersion
from reviews.rules.extraction import is_page
from reviews.web.review_forms import DayInput, MomentInput
from sorahub.accounts.models import User

MEDIA_TYPES = [
    ("", "As the file or the pasted text shows"), ("text/plain", "Plain text"), ("text/markdown", "Markdown"),
    ("text/html", "Web page (HTML)"),
]  # fmt: skip
NAMED = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".htm": "text/html",
    ".html": "text/html",
    ".xhtml": "text/html",
}


class SourceForm(forms.Form):
    """A document whose versions are captured."""

    publisher = forms.CharField(max_length=200, help_text="Such as OpenAI.")
    title = forms.CharField(max_length=200, help_text="Such as Services Agreement or Usage Policies.")
    product = forms.CharField(max_length=200, required=False)
    address = forms.URLField(max_length=500, required=False, assume_scheme="https", help_text="Where it is published.")
    look_for = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="What to look for",
        help_text="Such as who owns the output, and whether a plan allows client work.",
    )


class CaptureForm(forms.Form):
    """One version: a file as it came, or pasted text."""

    label = forms.CharField(max_length=100, label="Name of this version", help_text="Such as its date, 2026-01-01.")
    file = forms.FileField(
        required=False, help_text="Text, Markdown, or a web page as it was saved; no PDF. Nothing is fetched."
    )
    text = forms.CharField(
        required=False, strip=False, widget=forms.Textarea(attrs={"rows": 8}), label="Or paste the text"
    )
    media_type = forms.ChoiceField(choices=MEDIA_TYPES, required=False, label="What it is")
    language = forms.RegexField(
        "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        max_length=10,
        initial="en",
        help_text="A code such as en, de or pt-BR.",
        error_messages={"invalid": "Use a language code such as en, de or pt-BR."},
    )
    jurisdiction = forms.CharField(
        max_length=50, required=False, help_text="For whom this variant is published, such as EU, or rest of the world."
    )
    address = forms.URLField(
        max_length=500, required=False, assume_scheme="https", help_text="Where this version was found."
    )
    published_on = forms.DateField(
        required=False, widget=DayInput, label="Published", help_text="The day that the text gives itself."
    )
    effective_from = forms.DateField(
        required=False, widget=DayInput, label="In force from", help_text="The day from which it binds."
    )
    accepted_at = forms.DateTimeField(
        required=False, widget=MomentInput, label="Accepted by the agency", help_text="In your own time zone."
    )

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
        raw = file.read() if file else text.encode()
        shown = said.pop("media_type") or _shown_type(raw, file.name if file else "")
        return {**said, "raw": raw, "media_type": shown, "method": "upload" if file else "paste"}


def _shown_type(raw: bytes, name: str) -> str:
    """What a file is by how it begins, else by its name; plain text otherwise."""
    return "text/html" if is_page(raw) else NAMED.get(PurePath(name).suffix.lower(), "text/plain")


class ClauseForm(forms.Form):
    """A passage, quoted exactly."""

    quote = forms.CharField(
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Copy the passage from the text, word for word.",
    )
    topic = forms.ChoiceField(choices=Clause.Topic.choices)
    start = forms.IntegerField(
        required=False,
        min_value=0,
        label="Begins at character",
        help_text="Only if the passage occurs more than once; the page then says where it does.",
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
