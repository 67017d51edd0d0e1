"""A project's reference images."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from generations.actions.references import add_reference
from generations.models import Project, Reference
from generations.web.project_forms import ReferenceForm
from generations.web.showing import allowed, page_of
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset


@login_required
@require_http_methods(["GET", "POST"])
def references(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List the reference images; a POST adds one. ``?next=`` says where the person came from."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ReferenceForm(*posted)
    if attempt(form, lambda: add_reference(actor=user, project=project, **form.arguments())):
        messages.success(request, "The image can be used in this project’s prompts now.")
        return redirect(_back(request) or reverse("generations:references", args=[project.pk]))
    page = keyset.page(Reference.objects.visible_to(user).filter(project=project), request.GET.get("after", ""))
    context = page_of(project, ("References", "")) | {"form": form, "page": page, "may": allowed(user)}
    return render(request, "generations/references.html", context)


def _back(request: HttpRequest) -> str:
    """Return the address in ``next`` if it is one of ours."""
    wanted = request.GET.get("next", "")
    secure = request.is_secure()
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=secure) else ""
