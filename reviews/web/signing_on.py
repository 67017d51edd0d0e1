"""Sign on anew at the issuer of single sign-on, to prove presence for a signature; what was typed on the page is kept."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from reviews.actions import presence
from reviews.models import LicenceRecordVersion, PresenceRequest, SignOff
from reviews.rules.presence import Method, purpose_of
from reviews.web.presence_forms import keep_typed, page_left
from sorahub.accounts import single_sign_on
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import DomainError


@login_required
@require_POST
def begin(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send the person to the issuer, for exactly this record and meaning."""
    user = person(request)
    version = get_object_or_404(LicenceRecordVersion.objects.visible_to(user), pk=pk)
    meaning, page = request.POST.get("meaning", ""), _page(request, version)
    keep_typed(request, page)
    if meaning not in SignOff.Meaning.values:
        messages.error(request, "Choose what you sign first; then sign in again.")
        return redirect(page)
    question = presence.ask(actor=user, method=Method.SIGN_ON, purpose=purpose_of(version.sha256, meaning))
    try:
        return redirect(
            single_sign_on.address_to_sign_on(
                nonce=question.digest, verifier=question.secret, redirect_uri=_back(request), hint=user.email
            )
        )
    except DomainError as error:
        messages.error(request, error.message)
        return redirect(page)


@login_required
@never_cache
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """Take the issuer's answer, and lead back to the page with what was typed."""
    user = person(request)
    question = presence.open_question(actor=user, state=request.GET.get("state", ""))
    try:
        words = _taken(request, user, question)
    except DomainError as error:
        words = error.message
    if words:
        messages.error(request, words)
    return redirect(page_left(request))


def _taken(request: HttpRequest, user: User, question: PresenceRequest | None) -> str:
    """Make the proof of the answer; returns what went wrong, in words."""
    if question is None:
        return "This sign-on was answered before, or took longer than five minutes: sign in again."
    if "code" not in request.GET:
        return "You did not sign in: nothing was signed."
    signed_on = single_sign_on.signed_on(
        code=request.GET["code"], nonce=question.digest, verifier=question.secret, redirect_uri=_back(request)
    )
    presence.by_sign_on(actor=user, state=question.digest, signed_on=signed_on)
    return ""


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("reviews:sign-on-answer"))


def _page(request: HttpRequest, version: LicenceRecordVersion) -> str:
    asked = request.GET.get("next", "")
    ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if ours else reverse("reviews:sign", args=[version.pk])
