"""What leaves the hub through the pages: an original under clearance, and evidence bundles."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from reviews.actions.deliver import grant_download
from reviews.actions.evidence import grant_bundle, request_bundle
from reviews.models import Bundle, SignOff
from reviews.web.question_forms import QuestionForm
from reviews.web.rights import rights_context, seen
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.ranges import ranged_response


@login_required
@require_GET
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over the original for a use and a place (``?use=&territory=&purpose=``), or say every reason why not.

    Each answer is one grant in the ledger, hence always the whole file.
    """
    user = person(request)
    clip = seen(user, pk)
    form = QuestionForm(request.GET, clip=clip, user=user)
    grant = attempt(form, lambda: grant_download(actor=user, clip=clip, **form.purpose_only()))
    if grant is None:
        context = rights_context(request, clip, user, clearance_form=form)
        return render(request, "reviews/clip_rights.html", context, status=422)
    return whole_file(grant.path, "video/mp4", grant.sha256, grant.filename)


@login_required
@require_POST
def bundle_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have an evidence bundle made for a sign-off."""
    user = person(request)
    sign_off = get_object_or_404(SignOff.objects.visible_to(user).select_related("clip__project"), pk=pk)
    request_bundle(actor=user, sign_off=sign_off)
    messages.success(request, "The bundle is being made and verified. This page shows it when it is ready.")
    return redirect("reviews:sign-off", pk=sign_off.pk)


@login_required
@require_GET
def bundle_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over a finished evidence bundle."""
    user = person(request)
    bundle = get_object_or_404(Bundle.objects.visible_to(user).select_related("clip__project", "sign_off"), pk=pk)
    grant = grant_bundle(actor=user, bundle=bundle)
    return whole_file(grant.path, "application/zip", grant.sha256, grant.filename)


def whole_file(path: Path, content_type: str, sha256: str, name: str) -> HttpResponseBase:
    """Answer with all of the file, whatever ranges were asked for: a part would be a grant of its own."""
    plain = HttpRequest()
    plain.method = "GET"
    accel = settings.MEDIA_ACCEL_PREFIX
    return ranged_response(
        plain, path, content_type=content_type, etag=sha256, filename=name, attachment=True, accel_prefix=accel
    )
