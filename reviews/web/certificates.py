"""Certificates: have one made of a sign-off, see how it stands, take it away."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from reviews.actions.certificates import grant_certificate, order_of, request_certificate
from reviews.models import Certificate, SignOff
from reviews.web import trails
from reviews.web.egress import whole_file
from sorahub.accounts.web.forms import person
from sorahub.lib.numbering import number_of


@login_required
@require_POST
def order(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have the certificate of a sign-off made."""
    user = person(request)
    rows = SignOff.objects.visible_to(user).select_related("clip__project__client", "record_version")
    made = request_certificate(actor=user, sign_off=get_object_or_404(rows, pk=pk))
    return redirect("reviews:certificate", pk=made.pk)


@login_required
@require_GET
def certificate(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say how a certificate stands: being made, ready, or why there is none; htmx asks for the changing part alone."""
    user = person(request)
    shown = order_of(actor=user, pk=pk)
    back = reverse("reviews:sign-off", args=[shown.sign_off.pk])
    trail = trails.to_rights(shown.sign_off.clip, user, last="Sign-off")
    context = {
        "order": shown,
        "number": number_of(shown.sign_off.payload_sha256),
        "back": back,
        "crumbs": [*trail[:-1], ("Sign-off", back), ("Certificate", "")],
        "section": "rights",
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "reviews/certificate_live.html" if part else "reviews/certificate.html", context)


@login_required
@require_GET
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over an issued certificate."""
    user = person(request)
    rows = Certificate.objects.visible_to(user).select_related("sign_off__clip__project", "sign_off__record_version")
    grant = grant_certificate(actor=user, certificate=get_object_or_404(rows, pk=pk))
    return whole_file(grant.path, "application/pdf", grant.sha256, grant.filename)
