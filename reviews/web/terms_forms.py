"""Forms of terms: name a document, capture a version, mark a clause."""

from pathlib import PurePath
from typing import Any

from django import forms

from reviews.actions.capture import Document
from reviews.models import Clause, TermsSource
from reviews.rules.extraction import PDF, is_page, is_pdf
from reviews.web.review_forms import DayInput, MomentInput

MEDIA_TYPES = [
    ("", "As the file or the pasted text shows"), ("text/plain", "Plain text"), ("text/markdown", "Markdown"),
    ("text/html", "Web page (HTML)"), ("application/pdf", "PDF"),
]  # fmt: skip
NAMED = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".htm": "text/html",
    ".html": "text/html",
    ".xhtml": "text/html",
}
WAYS = [
    ("file", "Upload the file that you saved"),
    ("text", "Paste the text"),
    ("fetch", "Let the hub fetch the address"),
]
LANGUAGE = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


class SourceForm(forms.Form):
    """A document whose versions are captured."""

    publisher = forms.CharField(max_length=200, help_text="Such as OpenAI.")
    title = forms.CharField(max_length=200, help_text="Such as Services Agreement or Usage Policies.")
    product = forms.CharField(max_length=200, required=False)
    kind = forms.ChoiceField(
        choices=TermsSource.Kind.choices, label="What the publisher is", initial="other", required=False
    )
    party = forms.CharField(
        max_length=50,
        required=False,
        help_text="Its name in the model catalogue, such as openai, kling or vofy: by it a governing set covers a route.",
    )
    address = forms.URLField(max_length=500, required=False, assume_scheme="https", help_text="Where it is published.")
    look_for = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="What to look for",
        help_text="Such as who owns the output, and whether a plan allows client work.",
    )
    noise = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        label="Lines that are no terms",
        help_text="Regular expressions, one a line, for page headers and counters. They are left out when versions are "
        "compared, never from what is kept.",
    )

    @staticmethod
    def initial_of(source: TermsSource) -> dict[str, Any]:
        """What the form shows of a source."""
        names = ("publisher", "title", "product", "kind", "party", "address", "look_for")
        return {**{name: getattr(source, name) for name in names}, "noise": "\n".join(source.noise)}

    def arguments(self) -> dict[str, Any]:
        """Return what add_source and edit_source take."""
        said = self.cleaned_data
        return {**said, "noise": said["noise"].splitlines(), "kind": said["kind"] or TermsSource.Kind.OTHER}


class CaptureForm(forms.Form):
    """One version: a file as it came, pasted text, or what an address answers; for whom it is, and the dates that are known."""

    way = forms.ChoiceField(choices=WAYS, widget=forms.RadioSelect, required=False, label="How the words come in")
    address = forms.URLField(
        max_length=500, required=False, assume_scheme="https", help_text="Where this version is found."
    )
    file = forms.FileField(
        required=False, help_text="PDF, text, Markdown, or a web page as it was saved; at most 10 MiB."
    )
    text = forms.CharField(required=False, strip=False, widget=forms.Textarea(attrs={"rows": 8}), label="Pasted text")
    media_type = forms.ChoiceField(choices=MEDIA_TYPES, required=False, label="What it is")
    language = forms.RegexField(
        LANGUAGE,
        max_length=10,
        initial="en",
        help_text="A code such as en, de or pt-BR.",
        error_messages={"invalid": "Use a language code such as en, de or pt-BR."},
    )
    jurisdiction = forms.CharField(
        max_length=50, required=False, help_text="For whom this variant is published, such as EU, or rest of the world."
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
    accepted_by = forms.CharField(
        required=False,
        max_length=200,
        help_text="Who agreed for the agency, and how: such as “Ada, in the account's settings”.",
    )
    label = forms.CharField(
        max_length=100,
        required=False,
        label="Name of this version",
        help_text="Empty: the day from which it binds, else the day it was published or captured.",
    )

    def clean(self) -> dict[str, Any]:
        """Want exactly one of file, text and address; a way that is not said is seen from what was given."""
        said = super().clean() or {}
        given = [name for name in ("file", "text") if said.get(name)]
        said["way"] = way = said.get("way") or (given[0] if given else "")
        wrong = {
            "": "Choose a file, paste the text, or let the hub fetch the address.",
            "file": "Choose the file.",
            "text": "Paste the text.",
            "fetch": "Give the address, or choose another way.",
        }
        if len(given) > 1 or (way in {"file", "text"} and given not in ([way], [])) or (way == "fetch" and given):
            raise forms.ValidationError("A file, pasted text or the address: one of the three.")
        if way == "":
            raise forms.ValidationError(wrong[way])
        if (way == "fetch" and not said.get("address") and "address" not in self.errors) or (
            way != "fetch" and not given
        ):
            self.add_error("address" if way == "fetch" else way, wrong[way])
        return said

    def document(self) -> Document:
        """Return what is said of the bytes."""
        said = self.cleaned_data
        names = ("label", "language", "jurisdiction", "address", "published_on", "effective_from", "accepted_at")
        by = said["accepted_by"].strip()
        return Document(**{name: said[name] for name in names}, origin={"accepted_by": by} if by else {})

    def raw(self) -> bytes:
        """Return the bytes of the file or of the text."""
        file = self.cleaned_data["file"]
        return bytes(file.read()) if file else str(self.cleaned_data["text"]).encode()

    def media_type_of(self, raw: bytes) -> str:
        """What it was said to be, else what it shows itself to be by how it begins, else by its name."""
        said, file = self.cleaned_data["media_type"], self.cleaned_data["file"]
        return said or _shown_type(raw, file.name if file else "")


def _shown_type(raw: bytes, name: str) -> str:
    if is_pdf(raw):
        return PDF
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
