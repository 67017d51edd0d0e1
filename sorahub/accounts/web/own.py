"""One's own account: name, zone, API tokens."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sorahub.accounts.actions.people import change_own_profile, choose_mail
from sorahub.accounts.actions.tokens import issue_token, revoke_token
from sorahub.accounts.models import ApiToken
from sorahub.accounts.preferences import MAIL, wants_mail
from sorahub.accounts.roles import Permission
from sorahub.accounts.second_factors import held_by
from sorahub.accounts.web.account_forms import MailForm, ProfileForm, TokenForm
from sorahub.accounts.web.forms import attempt, person


@login_required
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show one's account; a POST changes name and zone."""
    user = person(request)
    form = ProfileForm(request.POST or None, initial={"name": user.person.name, "time_zone": user.time_zone})
    if attempt(form, lambda: change_own_profile(actor=user, **form.cleaned_data)):
        messages.success(request, "Saved.")
        return redirect("people:account")
    return _page(request, {"profile": form})


@login_required
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Choose about what one is mailed."""
    form = MailForm(request.POST, user=person(request))
    form.is_valid()
    choose_mail(actor=person(request), about=form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("people:account")


@login_required
@never_cache
@require_POST
def issue(request: HttpRequest) -> HttpResponse:
    """Issue a token and show its secret, here and never again."""
    form = TokenForm(request.POST)
    issued = attempt(form, lambda: issue_token(actor=person(request), **form.cleaned_data))
    return _page(request, {"secret": issued[1]} if issued else {"token_form": form})


@login_required
@require_POST
def revoke(request: HttpRequest, pk: str) -> HttpResponse:
    """End a token now."""
    token = get_object_or_404(ApiToken.objects.visible_to(person(request)), pk=pk)
    revoke_token(actor=person(request), token=token)
    messages.success(request, f"“{token.name}” no longer works.")
    return redirect("people:account")


def _page(request: HttpRequest, given: dict[str, Any]) -> HttpResponse:
    user = person(request)
    context = {
        "profile": ProfileForm(initial={"name": user.person.name, "time_zone": user.time_zone}),
        "mail_form": MailForm(user=user, initial={about: wants_mail(user, about) for about in MAIL}),
        "token_form": TokenForm(),
        "tokens": ApiToken.objects.visible_to(user)[:100],
        "now": timezone.now(),
        "held": held_by(user),
        "signs": user.may(Permission.SIGN),
        "factor_required": settings.SIGNING_SECOND_FACTOR == "required",
    }
    return render(request, "accounts/account.html", context | given)
