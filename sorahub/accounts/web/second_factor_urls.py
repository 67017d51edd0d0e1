"""Addresses of the second factor: allauth's, of which the two that add one ask people without a password to have logged in just now."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.mfa.totp.views import activate_totp
from allauth.mfa.webauthn.views import add_webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.utils import timezone

from sorahub.accounts.second_factors import held_by
from sorahub.accounts.web.forms import person

JUST_NOW = timedelta(minutes=5)


def known_just_now(view: Callable[..., Any]) -> Callable[..., Any]:
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
            messages.error(request, "Log out and in again first, then set it up within five minutes: it will sign for you.")
            return redirect("mfa_index")
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer

    return guarded


urlpatterns = [
    path("totp/activate/", known_just_now(activate_totp)),
    path("webauthn/add/", known_just_now(add_webauthn)),
    path("", include("allauth.mfa.urls")),
]
