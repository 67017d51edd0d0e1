"""Forms of what goes wrong: incidents, their end, and receipts."""

from django import forms

from reviews.actions.incidents import REPORTED
from reviews.actions.recalls import DONE
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission


class IncidentForm(forms.Form):
    """What happened. Only legal approvers say that it does not stop the clip, or call copies back."""

    kind = forms.ChoiceField(choices=REPORTED, label="What is it?")
    words = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), label="What happened", max_length=5000)
    claimant = forms.CharField(required=False, max_length=200, label="Who claims it", help_text="Empty: nobody.")
    stops = forms.BooleanField(
        required=False, initial=True, label="Nothing leaves while it is open", help_text="As a hold would."
    )
    recall = forms.BooleanField(
        required=False,
        label="Call back what was handed over",
        help_text="Everybody who has a copy of it, or of what was made from it, is asked for a receipt.",
    )

    def __init__(self, *args: object, actor: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as it came
        if not actor.may(Permission.HOLD):
            del self.fields["stops"], self.fields["recall"]


class OutcomeForm(forms.Form):
    """How an incident ended."""

    outcome = forms.CharField(max_length=2000, label="How it ended")


class ReceiptForm(forms.Form):
    """What became of the copies."""

    done = forms.ChoiceField(
        choices=list(DONE.items()), widget=forms.RadioSelect, label="What was done with the copies?"
    )
    words = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=2000, label="More about it",
        help_text="Required where it cannot be stopped yet: until when, and where.",
    )  # fmt: skip
