"""Everybody's accounts, for administrators."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from sorahub.accounts.actions.people import add_person, deactivate, reset_second_factor
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.second_factors import who_holds
from sorahub.accounts.web.account_forms import PersonForm
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset
from sorahub.lib.errors import Conflict


@login_required
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """List the accounts; a POST adds one."""
    person(request).demand(Permission.MANAGE_PEOPLE)
    form = PersonForm(request.POST or None)
    if added := attempt(form, lambda: add_person(actor=person(request), **form.arguments())):
        messages.success(request, f"{added} can log in now.")
        return redirect("people:people")
    rows = User.objects.visible_to(person(request)).select_related("person")
    page = keyset.page(rows, request.GET.get("after", ""))
    context = {"form": form, "page": page, "with_factor": who_holds(page.items)}
    return render(request, "accounts/people.html", context)


@login_required
@require_POST
def close(request: HttpRequest, pk: str) -> HttpResponse:
    """Deactivate an account."""
    user = get_object_or_404(User.objects.visible_to(person(request)), pk=pk)
    try:
        deactivate(actor=person(request), user=user)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{user} can no longer log in.")
    return redirect("people:people")


@login_required
@require_POST
def reset_factor(request: HttpRequest, pk: str) -> HttpResponse:
    """Take away the second factor of somebody who lost it."""
    user = get_object_or_404(User.objects.visible_to(person(request)), pk=pk)
    try:
        reset_second_factor(actor=person(request), user=user)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{user} logs in without a second factor now, and can set up a new one.")
    return redirect("people:people")
