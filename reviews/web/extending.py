"""Wider rights: asked for after a no, answered by a legal approver."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from reviews.actions.extensions import ask_extension, settle_extension
from reviews.models import ExtensionRequest
from reviews.web.question_forms import ExtensionForm, SettleForm
from reviews.web.rights import rights_context, seen
from reviews.web.rights_forms import row_form
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person


@login_required
@require_POST
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask the legal approvers for a use that the record does not cover."""
    user = person(request)
    clip = seen(user, pk)
    user.demand(Permission.DRAFT_LICENCE)
    form = ExtensionForm(request.POST, clip=clip, user=user, prefix="extension")
    if attempt(form, lambda: ask_extension(actor=user, clip=clip, **form.arguments())) is None:
        return _again(request, pk, extension_form=form)
    messages.success(request, "Asked: the legal approvers of this project are told.")
    return redirect(f"{reverse('reviews:clip-rights', args=[clip.pk])}#extensions")


@login_required
@require_POST
def settle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer a request."""
    user = person(request)
    rows = ExtensionRequest.objects.visible_to(user).select_related("clip__project", "asked_by")
    row = get_object_or_404(rows, pk=pk)
    user.demand(Permission.SIGN)
    form = row_form(SettleForm, row.pk, "settle", request.POST)
    settled = attempt(
        form,
        lambda: settle_extension(
            actor=user, request=row, granted=form.cleaned_data["granted"] == "yes", answer=form.cleaned_data["answer"]
        ),
    )
    if settled is None:
        return _again(request, row.clip_id, settle_form=(row.pk, form))
    messages.success(request, "Answered: whoever asked is told.")
    return redirect(f"{reverse('reviews:clip-rights', args=[row.clip_id])}#extensions")


def _again(request: HttpRequest, clip: UUID, **forms: Any) -> HttpResponse:
    user = person(request)
    context = rights_context(request, seen(user, clip), user, **forms)
    return render(request, "reviews/clip_rights.html", context, status=422)
