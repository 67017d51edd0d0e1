"""Addresses of the second factor: allauth's, of which the two that add one ask people without a password to have logged in just now."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.mfa.recovery_codes.views import generate_recovery_codes
from allauth.mfa.totp.views import activate_totp
from allauth.mfa.webauthn.views import add_webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.utils import timezone

from sorahub.accounts.second_factors import held_by
from sorahub.accounts.web.forms import person

View = Callable[..., HttpResponse]
JUST_NOW = timedelta(minutes=5)


def known_just_now(view: View) -> View:
    """Let allauth ask for the password or a factor again; who has neither must have logged in within five minutes.

    Else whoever finds an open browser could set up a passkey of their own, and sign with it.
    """

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = person(request)
        held = held_by(user)
        can_be_asked = user.has_usable_password() or held.app or held.passkeys
        if not can_be_asked and (user.last_login is None or timezone.now() - user.last_login > JUST_NOW):
            messages.error(
                request, "Log out and in again first, then set it up within five minutes: it will sign for you."
            )
            return redirect("mfa_index")
        return whole(view)(request, *args, **kwargs)

    return guarded


def whole(view: View) -> View:
    """Write the factor and what the ledger says of it together, or neither."""

    @wraps(view)
    def written(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            return view(request, *args, **kwargs)

    return written


urlpatterns = [
    path("totp/activate/", known_just_now(activate_totp)),
    path("webauthn/add/", known_just_now(add_webauthn)),
    path("recovery-codes/generate/", whole(generate_recovery_codes)),
    path("", include("allauth.mfa.urls")),
]
