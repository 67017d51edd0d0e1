"""A project's reference files: images, videos and sound that are given to models, each with its source and its rights."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from generations.actions.references import receive_reference
from generations.models import Project, Reference, Transfer
from generations.web.library_cards import cards
from generations.web.project_forms import ReferenceForm
from generations.web.showing import allowed, page_of
from generations.web.way_back import way_back
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset

REFERENCES_A_PAGE = 24
MOST_LEFT = 50
KINDS = [("", "All"), ("image", "Images"), ("video", "Videos"), ("audio", "Sounds")]


@login_required
@require_http_methods(["GET", "POST"])
def references(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List the files, of one ``?kind=`` or all; a POST adds one. ``?next=`` says where the person came from."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ReferenceForm(*posted)
    if added := attempt(form, lambda: receive_reference(actor=user, project=project, **form.arguments())):
        messages.success(request, added.words())
        return redirect(way_back(request) or reverse("generations:references", args=[project.pk]))
    context = page_of(project, ("References", "")) | {"form": form, "may": allowed(user), "back": way_back(request)}
    context |= {"left": _left(user, project)}
    return render(request, "generations/references.html", context | _listed(request, user, project))


def _left(user: User, project: Project) -> list[Transfer]:
    """The person's files that were on their way when they left the page."""
    own = Transfer.objects.visible_to(user).on_disk().filter(project=project, created_by=user)
    return list(own.filter(purpose=Transfer.Purpose.REFERENCE)[:MOST_LEFT])


def _listed(request: HttpRequest, user: User, project: Project) -> dict[str, Any]:
    kind, rows = request.GET.get("kind", ""), Reference.objects.visible_to(user).filter(project=project)
    at_hand = rows.at_hand()
    counts = dict(at_hand.order_by().values_list("kind").annotate(Count("pk")))
    archived = rows.exclude(archived_at=None)
    chosen = archived if kind == "archived" else at_hand.filter(kind=kind) if kind in Reference.Kind.values else at_hand
    page = keyset.page(chosen.select_related("project"), request.GET.get("after", ""), REFERENCES_A_PAGE)
    numbers, put_away = {**counts, "": sum(counts.values())}, archived.count()
    return {
        "kind": kind,
        "kinds": [(each, label, numbers.get(each, 0)) for each, label in KINDS],
        "archived_number": put_away,
        "next_cursor": page.next_cursor,
        "cards": cards(page.items, rows, None),
        "any": bool(counts or put_away),
    }
