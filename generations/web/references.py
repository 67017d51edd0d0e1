"""A project's reference files: images, videos and sound that are given to models, each with its source and its rights."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from generations.actions.references import add_reference
from generations.models import Project, Reference
from generations.web.project_forms import ReferenceForm
from generations.web.showing import allowed, page_of
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset
from sorahub.lib.timecode import Rate

REFERENCES_A_PAGE = 24
KINDS = [("", "All"), ("image", "Images"), ("video", "Videos"), ("audio", "Sounds")]


@login_required
@require_http_methods(["GET", "POST"])
def references(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List the files, of one ``?kind=`` or all; a POST adds one. ``?next=`` says where the person came from."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ReferenceForm(*posted)
    if made := attempt(form, lambda: add_reference(actor=user, project=project, **form.arguments())):
        messages.success(request, _added(made, form.arguments()))
        return redirect(_back(request) or reverse("generations:references", args=[project.pk]))
    context = page_of(project, ("References", "")) | {"form": form, "may": allowed(user), "back": _back(request)}
    return render(request, "generations/references.html", context | _listed(request, user, project))


def _added(made: Reference, said: dict[str, Any]) -> str:
    if (made.source, made.rights) == (said["source"].strip(), said["rights"].strip()):
        return f"{made} can be used in this project’s prompts now."
    return f"The same file is here already, as {made}: its source and rights stay as they were first given."


def _listed(request: HttpRequest, user: User, project: Project) -> dict[str, Any]:
    kind, rows = request.GET.get("kind", ""), Reference.objects.visible_to(user).filter(project=project)
    counts = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    chosen = rows.filter(kind=kind) if kind in Reference.Kind.values else rows
    page = keyset.page(chosen.annotate(used=Count("uses")), request.GET.get("after", ""), REFERENCES_A_PAGE)
    numbers = {**counts, "": sum(counts.values())}
    return {
        "kind": kind,
        "kinds": [(each, label, numbers.get(each, 0)) for each, label in KINDS],
        "next_cursor": page.next_cursor,
        "rows": [(row, _measures(row)) for row in page.items],
        "any": bool(counts),
    }


def _measures(row: Reference) -> str:
    """Return pixels, length and rate in a line, as far as the file has them."""
    said = [
        f"{row.width} × {row.height}" if row.width else "",
        f"{row.duration_ms / 1000:.1f} s" if row.duration_ms is not None else "",
        f"{Rate(row.rate_num, row.rate_den).label} fps" if row.rate_num and row.rate_den else "",
        row.media_type.partition("/")[2].upper(),
    ]
    return " · ".join(each for each in said if each)


def _back(request: HttpRequest) -> str:
    """Return the address in ``next`` if it is one of ours."""
    wanted = request.GET.get("next", "")
    secure = request.is_secure()
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=secure) else ""
