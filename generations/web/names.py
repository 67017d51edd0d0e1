"""The names that prompts for a client are looked through for, with what is known of their releases."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from generations.actions.linting import releases_of
from generations.actions.names import add_name, archive_name, change_name
from generations.models import KnownName
from generations.web.showing import allowed
from generations.web.workbench_form import NameForm
from sorahub.accounts.models import Client
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset


@login_required
@require_http_methods(["GET", "POST"])
def names(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List a client's names; a POST adds one. ``?name=`` begins with a name that a prompt has."""
    user = person(request)
    client = get_object_or_404(Client.objects.visible_to(user), pk=pk)
    begin = {"name": request.GET.get("name", "")[:120], "needs_release": "yes"}
    form = NameForm(request.POST or None, initial=begin)
    if made := attempt(form, lambda: add_name(actor=user, client=client, **form.cleaned_data)):
        messages.success(request, f"Prompts for {client.name} are looked through for {made.name}.")
        return redirect("generations:names", client.pk)
    rows = KnownName.objects.visible_to(user).open().filter(client=client)
    page = keyset.page(rows, request.GET.get("after", ""))
    held, today = releases_of(client.pk, [row.name for row in page.items if row.needs_release]), timezone.now().date()
    listed = [(row, [(each, each.holds(today)) for each in held.get(row.name.casefold(), [])]) for row in page.items]
    crumbs = [("Clients", reverse("generations:clients")), (client.name, ""), ("Names", "")]
    context = {"client": client, "form": form, "names": listed, "page": page, "may": allowed(user), "crumbs": crumbs}
    return render(request, "generations/names.html", context)


@login_required
@require_POST
def name_change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that a name needs consent, or that it does not; or stop looking for it (``archive``)."""
    user = person(request)
    found = get_object_or_404(KnownName.objects.visible_to(user), pk=pk)
    if "archive" in request.POST:
        archive_name(actor=user, name=found)
        messages.success(request, f"{found.name} is no longer looked for.")
    else:
        needed = request.POST.get("needs_release") == "yes"
        change_name(actor=user, name=found, sort=found.sort, needs_release=needed, note=found.note)
        messages.success(request, f"{found.name} {'needs consent' if needed else 'is free to use'}.")
    return redirect("generations:names", found.client_id)
