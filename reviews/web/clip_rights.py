"""What people write on a clip's rights: findings, holds, exceptions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from generations.models import Clip
from reviews.actions import holds, incidents, licensing, overrides, restoring
from reviews.models import Hold, Incident, Override
from reviews.web.incident_forms import IncidentForm, OutcomeForm
from reviews.web.rights import rights_context, seen
from reviews.web.rights_forms import HoldForm, LiftForm, NoteForm, OverrideForm, row_form
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person


def _answer(
    request: HttpRequest,
    clip: Clip,
    name: str,
    form: forms.Form,
    action: Callable[[], Any],
    done: str,
    row: UUID | None = None,
) -> HttpResponse:
    """Run an action of this page: back to it with a word, or the page again with what was refused, beside the ``row`` if it is of one."""
    user = person(request)
    if attempt(form, action) is None:
        refused = {name: form if row is None else (row, form)}
        return render(request, "reviews/clip_rights.html", rights_context(request, clip, user, **refused), status=422)
    messages.success(request, done)
    return redirect("reviews:clip-rights", pk=clip.pk)


@login_required
@require_POST
def licensing_note(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write a finding that cites clauses."""
    user, clip = _clip(request, pk)
    user.demand(Permission.WRITE_LICENSING_NOTE)
    form = NoteForm(request.POST, actor=user, prefix="note")
    return _answer(
        request,
        clip,
        "note_form",
        form,
        lambda: licensing.write_licensing_note(actor=user, clip=clip, **form.cleaned_data),
        "The licensing note is kept.",
    )


@login_required
@require_POST
def hold_place(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop everything that would leave of this clip."""
    user, clip = _clip(request, pk)
    form = HoldForm(request.POST, prefix="hold")
    return _answer(
        request,
        clip,
        "hold_form",
        form,
        lambda: holds.place_hold(actor=user, clip=clip, **form.cleaned_data),
        "On hold: nothing leaves any more.",
    )


@login_required
@require_POST
def hold_lift(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a hold."""
    user = person(request)
    hold = get_object_or_404(Hold.objects.visible_to(user), pk=pk)
    form = row_form(LiftForm, hold.pk, "lift", request.POST)
    return _answer(
        request,
        seen(user, hold.clip_id),
        "lift_form",
        form,
        lambda: holds.lift_hold(actor=user, hold=hold, **form.cleaned_data),
        "The hold is lifted.",
        hold.pk,
    )


@login_required
@require_POST
def incident_report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down what happened to this clip's rights."""
    user, clip = _clip(request, pk)
    user.demand(Permission.REPORT_INCIDENT)
    form = IncidentForm(request.POST, actor=user, prefix="incident")
    return _answer(
        request,
        clip,
        "incident_form",
        form,
        lambda: incidents.report_incident(actor=user, clip=clip, **form.cleaned_data),
        "The incident is open. Legal approvers and producers of the project are told.",
    )


@login_required
@require_POST
def incident_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say how an incident ended."""
    user = person(request)
    incident = get_object_or_404(Incident.objects.visible_to(user).select_related("clip__project"), pk=pk)
    user.demand(Permission.HOLD)
    form = row_form(OutcomeForm, incident.pk, "outcome", request.POST)
    return _answer(
        request,
        seen(user, incident.clip_id),
        "outcome_form",
        form,
        lambda: incidents.close_incident(actor=user, incident=incident, **form.cleaned_data),
        "The incident is closed.",
        incident.pk,
    )


@login_required
@require_POST
def clip_restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have the original hashed anew, which ends the quarantine if the clip's own bytes are back."""
    user, clip = _clip(request, pk)
    user.demand(Permission.HOLD)
    return _answer(
        request,
        clip,
        "restore_form",
        forms.Form(request.POST),
        lambda: restoring.restore_clip(actor=user, clip=clip),
        "The original is looked at: the quarantine ends if it is the clip's own. Then say how the incident ended.",
    )


@login_required
@require_POST
def override_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for an exception to one block."""
    user, clip = _clip(request, pk)
    form = OverrideForm(request.POST, prefix="override")
    return _answer(
        request,
        clip,
        "override_form",
        form,
        lambda: overrides.request_override(actor=user, clip=clip, **form.cleaned_data),
        "Asked: a second person has to approve it.",
    )


@login_required
@require_POST
def override_approve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve an exception that another person asked for."""
    user = person(request)
    override = get_object_or_404(Override.objects.visible_to(user).select_related("clip__project"), pk=pk)
    overrides.approve_override(actor=user, override=override)
    messages.success(request, "The exception is approved.")
    return redirect("reviews:clip-rights", pk=override.clip_id)


def _clip(request: HttpRequest, pk: UUID) -> tuple[User, Clip]:
    user = person(request)
    return user, seen(user, pk)
