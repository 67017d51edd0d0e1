"""The form that brings notes in."""

from typing import Any

from django import forms

from reviews.interchange.reading import LARGEST
from reviews.models import Visibility
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

NAMES = ".csv,.tsv,.txt,.edl,.xml,.fcpxml,.otio,.json"


class ImportForm(forms.Form):
    """A file of notes, and how to take it."""

    file = forms.FileField(
        widget=forms.ClearableFileInput(attrs={"accept": NAMES}),
        help_text="A CSV from Frame.io or from here, an EDL with markers, Final Cut Pro 7 XML, FCPXML or OTIO; up to 5 MB.",
    )
    start = forms.CharField(
        required=False,
        max_length=20,
        label="Timecode of the first frame",
        help_text="Such as 01:00:00:00. Leave it empty to have it guessed; the guess is shown before anything is written.",
    )
    visibility = forms.ChoiceField(required=False, label="Who reads them")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.data_read = b""
        if user.kind == Kind.GUEST:
            del self.fields["visibility"]
            return
        circles = [Visibility.INTERNAL, Visibility.CLIENT] + ([Visibility.LEGAL] if user.kind == Kind.LEGAL else [])
        offered = [(each.value, each.label) for each in circles]
        self.fields["visibility"].choices = [("", "As the file says, else agency only"), *offered]  # type: ignore[attr-defined]  # a ChoiceField

    def read(self) -> bytes:
        """Return the file's bytes, one more than is taken at most, and remember them."""
        self.data_read = self.cleaned_data["file"].read(LARGEST + 1)
        return self.data_read

    def choices(self) -> dict[str, str]:
        """Return how the file is to be taken."""
        return {"start": self.cleaned_data["start"], "visibility": self.cleaned_data.get("visibility", "")}
