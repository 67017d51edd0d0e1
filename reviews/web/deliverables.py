"""Deliverables on the pages: have one made of a cleared clip, and take it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from reviews.actions.deliverables import grant_deliverable, request_deliverable
from reviews.models import Deliverable
from reviews.web.egress import whole_file
from reviews.web.question_forms import QuestionForm
from reviews.web.rights import rights_context, seen
from sorahub.accounts.web.forms import attempt, person


@login_required
@require_POST
def deliverable_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have a deliverable made for a use, a place and a purpose, or say every reason why not."""
    user = person(request)
    clip = seen(user, pk)
    form = QuestionForm(request.POST, clip=clip, user=user)
    if attempt(form, lambda: request_deliverable(actor=user, clip=clip, **form.purpose_only())) is None:
        context = rights_context(request, clip, user, clearance_form=form)
        return render(request, "reviews/clip_rights.html", context, status=422)
    messages.success(request, "The deliverable is being made and read again. This page shows it when it is ready.")
    return redirect("reviews:clip-rights", pk=clip.pk)


@login_required
@require_GET
def deliverable_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over a finished deliverable, if the clip is still cleared for what it was made for."""
    user = person(request)
    rows = Deliverable.objects.visible_to(user).select_related("clip__project", "clip__shot", "sign_off")
    found = get_object_or_404(rows, pk=pk)
    grant = grant_deliverable(actor=user, deliverable=found)
    return whole_file(grant.path, found.media_type, grant.sha256, grant.filename)
