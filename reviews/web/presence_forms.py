"""The part of a form in which somebody proves that it is them: only what suffices for this person is asked for."""

from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from reviews.actions import presence
from reviews.actions.presence import Given
from reviews.models import LicenceRecordVersion
from reviews.rules.presence import Means, Method, purpose_of, ways
from sorahub.accounts import single_sign_on
from sorahub.accounts.models import User

FormT = TypeVar("FormT", bound="PresenceForm")
TYPED = ("meaning", "reason")
MOST_TYPED = 20_000
KEPT_SECONDS = 900
_KEY = "typed-before-sign-on"
_MISSING = {"password": "Enter your password.", "code": "Enter the code from your app."}


class PresenceForm(forms.Form):
    """A form that ends with a proof of presence. ``ways``: what suffices for the person; a signature needs one of them."""

    password = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        label="Your password, once more",
        help_text="A signature needs proof that it is you, now.",
    )
    code = forms.CharField(
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        label="The code from your app",
        help_text="Six digits. Each works once.",
    )
    passkey = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, means: Means | None = None, signed_on: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name not in PresenceForm.base_fields])
        self.ways = ways(means or Means())
        self.signed_on = signed_on
        if Method.CODE not in self.ways:
            del self.fields["code"]
        if signed_on or not {Method.CODE, Method.PASSWORD} & set(self.ways):
            self.fields.pop("code", None)
            del self.fields["password"]
        for name in {"password", "code"} & set(self.fields):
            self.fields[name].required = not (self.asks_passkey or self.asks_sign_on)
            self.fields[name].error_messages["required"] = _MISSING[name]

    @property
    def asks_passkey(self) -> bool:
        """Whether to offer a passkey."""
        return Method.PASSKEY in self.ways and not self.signed_on

    @property
    def asks_sign_on(self) -> bool:
        """Whether to offer a fresh sign-on."""
        return Method.SIGN_ON in self.ways and not self.signed_on

    @property
    def asks_password(self) -> bool:
        """Whether a password, with or without a code, is a way."""
        return "password" in self.fields

    @property
    def can_submit(self) -> bool:
        """Whether the form's own button leads anywhere: not for who has a passkey alone."""
        return self.asks_password or self.signed_on

    def clean(self) -> dict[str, Any]:
        """Ask for what the chosen way lacks."""
        said = super().clean() or {}
        if said.get("passkey") is None and "passkey" not in self.errors:
            for name, words in _MISSING.items():
                if name in self.fields and not said.get(name) and name not in self.errors:
                    self.add_error(name, words)
        return said

    def given(self) -> Given:
        """Return what was given, as the action takes it."""
        said = self.cleaned_data
        return Given(said.get("password", ""), said.get("code", ""), said.get("passkey"))


def form_for(
    kind: type[FormT],
    request: HttpRequest,
    version: LicenceRecordVersion,
    *,
    meaning: str = "",
) -> FormT:
    """Return the form for this person, with what they typed before they signed on elsewhere. ``meaning``: where it is no choice."""
    user = cast("User", request.user)
    typed = _typed(request)
    said = meaning or str(request.POST.get("meaning", typed.get("meaning", "")))
    proof = presence.fresh_sign_on_of(user, purpose_of(version.sha256, said)) if said else None
    return kind(
        request.POST or None,
        initial=typed,
        means=presence.means_of(user),
        signed_on=proof is not None,
    )


def around(request: HttpRequest, version: LicenceRecordVersion, *, meaning: str = "") -> dict[str, Any]:
    """Return what templates/reviews/presence.html needs besides the form."""
    issuer = single_sign_on.issuer()
    sign_on = f"{reverse('reviews:sign-on', args=[version.pk])}?{urlencode({'next': request.path})}"
    return {
        "sign_on_name": issuer.name if issuer else "",
        "sign_on_url": sign_on,
        "options_url": reverse("api:licence-record-version-presence", args=[version.pk]),
        "meaning": meaning,
    }


def keep_typed(request: HttpRequest, page: str) -> None:
    """Keep what was typed on a page while the person signs on elsewhere."""
    typed = {name: request.POST.get(name, "")[:MOST_TYPED] for name in TYPED}
    request.session[_KEY] = {"page": page, "at": timezone.now().timestamp(), **typed}


def page_left(request: HttpRequest) -> str:
    """The page that the person left to sign on elsewhere; the home page where nothing is known of it."""
    return str((request.session.get(_KEY) or {}).get("page") or reverse("home"))


def _typed(request: HttpRequest) -> dict[str, str]:
    kept = cast("dict[str, Any]", request.session.get(_KEY) or {})
    if kept.get("page") != request.path or timezone.now().timestamp() - kept["at"] > KEPT_SECONDS:
        return {}
    return {name: str(kept[name]) for name in TYPED if kept.get(name)}
