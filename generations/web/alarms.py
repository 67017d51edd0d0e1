"""Alarms: what somebody should look at, with what to do about it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from generations.actions.alarms import acknowledge_alarm
from generations.models import Alarm
from generations.web.engine import insider, page_in
from sorahub.accounts.roles import Permission
from sorahub.lib import keyset


@login_required
@require_GET
def alarms(request: HttpRequest) -> HttpResponse:
    """List what holds now, or with ``?show=history`` what is over; newest first."""
    user = insider(request)
    history = request.GET.get("show") == "history"
    rows = Alarm.objects.visible_to(user).select_related(
        "account", "budget", "project", "generation__prompt__shot", "acknowledged_by__person"
    )
    rows = rows.exclude(cleared_at=None) if history else rows.open()
    context = page_in(user, "alarms", ("Alarms", ""))
    context |= {
        "page": keyset.page(rows, request.GET.get("after", "")),
        "history": history,
        "after": request.GET.get("after", ""),
        "may_acknowledge": user.may(Permission.GENERATE) or user.may(Permission.MANAGE_PEOPLE),
    }
    return render(request, "generations/alarms.html", context)


@login_required
@require_POST
def acknowledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that one looks after it."""
    user = insider(request)
    found = get_object_or_404(Alarm.objects.visible_to(user), pk=pk)
    alarm = acknowledge_alarm(actor=user, alarm=found)
    if alarm.acknowledged_by_id == user.pk:
        messages.success(request, "Noted: you look after it. It closes by itself when it no longer holds.")
    else:
        messages.info(request, f"{alarm.acknowledged_by} looks after it already.")
    return redirect("generations:alarms")
