"""Forms of outside counsel: who is asked; what they sign; the last code."""

from datetime import timedelta

from django import forms

from reviews.actions.counsel import LONGEST_FIRM, Counsel
from reviews.actions.counsel_sign import Intended
from reviews.models import SignOff
from reviews.rules.counsel import INTENT, LASTS, LONGEST
from sorahub.accounts.actions.guests import LONGEST_NAME


class InviteForm(forms.Form):
    """Who is asked, and until when."""

    name = forms.CharField(max_length=LONGEST_NAME, help_text="In full: they sign by typing exactly this.")
    email = forms.EmailField(label="E-mail address", help_text="Theirs alone: two codes go there.")
    firm = forms.CharField(max_length=LONGEST_FIRM)
    message = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), label="A word to them", help_text="Not required."
    )
    days = forms.IntegerField(min_value=1, max_value=LONGEST.days, initial=LASTS.days, label="The link ends after days")
    papers = forms.BooleanField(
        required=False, initial=True, label="They may download the signed papers of releases, which name people"
    )

    def counsel(self) -> Counsel:
        """What was said."""
        said = self.cleaned_data
        return Counsel(said["email"], said["name"], said["firm"], said["message"], said["papers"])

    def lasts(self) -> timedelta:
        """How long the link lasts."""
        return timedelta(days=self.cleaned_data["days"])


class CounselForm(forms.Form):
    """What counsel is about to sign."""

    shown_sha256 = forms.CharField(widget=forms.HiddenInput)
    meaning = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED)],
        widget=forms.RadioSelect,
        label="I sign that this is",
    )
    reason = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="Required to reject.", strip=True
    )
    typed_name = forms.CharField(
        max_length=LONGEST_NAME, label="Your full name, typed", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    intent = forms.BooleanField(required=False, label=INTENT)

    def intended(self) -> Intended:
        """What was said."""
        return Intended(**{name: self.cleaned_data[name] for name in self.fields})


class CodeForm(forms.Form):
    """The code that signs."""

    code = forms.CharField(
        max_length=20, label="The code from the newest mail",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "door__code"}),
    )  # fmt: skip
