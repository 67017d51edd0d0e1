"""The forms of the account pages."""

import zoneinfo
from typing import Any

from django import forms

from sorahub.accounts.models import ApiToken, Person, User
from sorahub.accounts.preferences import MAIL, OF_MAKERS
from sorahub.accounts.roles import Kind
from sorahub.lib.logos import MOST_BYTES

DAYS = [(30, "30 days"), (90, "90 days"), (366, "One year")]


def time_zones() -> list[tuple[str, str]]:
    """Return the IANA zones as choices."""
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones())]


class ProfileForm(forms.Form):
    """One's own name and zone."""

    name = forms.CharField(max_length=200, help_text="As colleagues and certificates show it.")
    time_zone = forms.ChoiceField(choices=time_zones, help_text="All times are shown in this zone.")


class MailForm(forms.Form):
    """About what one is mailed."""

    mentions = forms.BooleanField(required=False, label=MAIL["mentions"])
    replies = forms.BooleanField(required=False, label=MAIL["replies"])
    budgets = forms.BooleanField(required=False, label=MAIL["budgets"])

    def __init__(self, *given: Any, user: User, **more: Any) -> None:
        super().__init__(*given, **more)
        if user.kind not in (Kind.PRODUCER, Kind.ADMINISTRATOR):
            for name in OF_MAKERS:
                del self.fields[name]


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(max_length=100, label="What it is for", help_text="Such as “Edit suite import”.")
    scope = forms.ChoiceField(choices=ApiToken.Scope.choices, label="What it may do")
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=90, label="Valid for")


class PersonForm(forms.Form):
    """A new account."""

    person = forms.ModelChoiceField(
        Person.objects.all(),
        required=False,
        label="Another account of",
        empty_label="Nobody here yet: a new person",
        help_text="Nobody may sign their own work, whichever of their accounts they use: say it here if it is the same person.",
    )
    name = forms.CharField(max_length=200, required=False, help_text="Of a new person.")
    email = forms.EmailField(label="E-mail address", help_text="They log in with it.")
    kind = forms.ChoiceField(
        choices=Kind.choices,
        label="What they do here",
        help_text="A person who does two of these gets two accounts with two addresses.",
    )
    time_zone = forms.ChoiceField(choices=time_zones, initial="UTC")
    password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Leave it empty and they log in with a code by e-mail.",
    )

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action; an empty password is none, and a known person has a name already."""
        given = self.cleaned_data
        name = given["name"] or (given["person"].name if given["person"] else "")
        return {**given, "name": name, "password": given["password"] or None}


class AgencyForm(forms.Form):
    """What clients see of the agency."""

    name = forms.CharField(max_length=120, required=False, help_text="In mails and at the top of clients’ pages.")
    contact = forms.EmailField(required=False, label="Whom clients ask", help_text="An e-mail address of yours.")
    privacy_words = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        label="Words on privacy",
        help_text="Below each page of a client’s review. Say what is kept of them and for how long.",
    )
    logo = forms.FileField(
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text="PNG, JPEG or WebP. It is made small; nothing else of the file is kept.",
    )
    without_logo = forms.BooleanField(required=False, label="Show no logo")

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action; a file is read here."""
        given = dict(self.cleaned_data)
        file = given.pop("logo")
        return {**given, "logo": file.read(MOST_BYTES + 1) if file else None}
