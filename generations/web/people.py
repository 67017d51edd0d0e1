"""Who takes part in a project, and the agency's clients."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generations.actions.projects import add_member, remove_member
from generations.models import Membership, Project
from generations.web.project_forms import ClientForm, MemberForm
from generations.web.showing import allowed, page_of
from sorahub.accounts.actions.clients import add_client
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset
from sorahub.lib.errors import Forbidden


@login_required
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List who takes part; a POST adds somebody."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    form = MemberForm(request.POST or None)
    if member := attempt(form, lambda: add_member(actor=user, project=project, user=form.cleaned_data["email"])):
        messages.success(request, f"{member.user} takes part now.")
        return redirect("generations:project-people", project.pk)
    members = Membership.objects.visible_to(user).filter(project=project).select_related("user__person")
    context = page_of(project, ("People", "")) | {"form": form, "members": members[:500], "may": allowed(user)}
    return render(request, "generations/project_people.html", context)


@login_required
@require_POST
def remove(request: HttpRequest, pk: UUID, user_pk: UUID) -> HttpResponse:
    """End somebody's part in the project."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    leaving = get_object_or_404(User.objects.visible_to(user), pk=user_pk)
    remove_member(actor=user, project=project, user=leaving)
    messages.success(request, f"{leaving} no longer takes part.")
    if leaving.pk == user.pk and user.kind != Kind.ADMINISTRATOR:
        return redirect("generations:projects")
    return redirect("generations:project-people", project.pk)


@login_required
@require_http_methods(["GET", "POST"])
def clients(request: HttpRequest) -> HttpResponse:
    """List the clients; a POST adds one."""
    user = person(request)
    if user.kind == Kind.GUEST:
        raise Forbidden("Clients are the agency's own list.")
    form = ClientForm(request.POST or None)
    if made := attempt(form, lambda: add_client(actor=user, **form.cleaned_data)):
        messages.success(request, f"{made.name} is there. Begin a project for them.")
        return redirect("generations:clients")
    rows = Client.objects.visible_to(user).annotate(project_count=Count("projects", distinct=True))
    page = keyset.page(rows, request.GET.get("after", ""))
    return render(request, "generations/clients.html", {"form": form, "page": page, "may": allowed(user)})
