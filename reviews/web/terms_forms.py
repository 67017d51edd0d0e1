"""Forms of terms: name a document, capture a version, mark a clause."""

from pathlib import PurePath
from typing import Any

from django import forms

from reviews.models import Clause
from reviews.rules.extraction import is_page
from reviews.web.review_forms import DayInput, MomentInput

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
