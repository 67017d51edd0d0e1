"""A client's library: every reference of its projects that one may see, each file once; and the page of one file."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions import library_cautions, reference_library
from generations.actions.clip_references import words_for
from generations.models import Clip, GenerationReference, Project, Reference, ReferenceChange, ReferenceLabel
from generations.models.prompt import ReferenceQuerySet
from generations.web.library_cards import cards, changes_told, uses_told
from generations.web.library_forms import FactsForm, LibrarySearch, facts_initial
from generations.web.showing import allowed, page_of
from generations.web.way_back import way_back
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset
from sorahub.lib.ids import read_id

A_PAGE = 24
MOST_TAGS, MOST_PROJECTS, MOST_USES = 100, 200, 50


@login_required
@require_GET
def library(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The client's files, narrowed by search and filters; ``?into=`` names the project that they are to be used in."""
    user = person(request)
    client = get_object_or_404(Client.objects.visible_to(user), pk=pk)
    rows = Reference.objects.visible_to(user).filter(project__client=client)
    projects = Project.objects.visible_to(user).open().filter(client=client)[:MOST_PROJECTS]
    into = {str(each.pk): each for each in projects}
    form = LibrarySearch(
        request.GET, tags=_tags(user, client), projects=[(key, each.name) for key, each in into.items()]
    )
    asked = form.asked()
    page = keyset.page(found(rows, asked).select_related("project"), request.GET.get("after", ""), A_PAGE)
    target = into.get(asked.get("into", "")) if user.may(Permission.WRITE_PROMPT) else None
    context = {
        "client": client,
        "form": form,
        "asked": asked,
        "narrowed": bool(asked.keys() - {"into"}),
        "query": urlencode(asked),
        "into": target,
        "cards": cards(page.items, rows, target),
        "next_cursor": page.next_cursor,
        "kinds": _kinds(rows),
        "back": way_back(request),
        "may": allowed(user),
        "crumbs": [("Clients", reverse("generations:clients")), (f"Library of {client.name}", "")],
        "section": "projects",
    }
    return render(request, "generations/library.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def reference(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One file: what it is, what is said about it and since when, where it is and where it was used. A POST changes what is said."""
    user, row = _row(request, pk)
    if request.method == "POST":
        user.demand(Permission.DRAFT_LICENCE)
    same = list(_same_file(user, row))
    begun: dict[str, Any] = {"kind": row.kind, "shared": len(same) > 1, "initial": facts_initial(row)}
    form = FactsForm(request.POST if request.method == "POST" else None, **begun)
    if attempt(form, lambda: reference_library.describe_reference(actor=user, reference=row, **form.arguments())):
        messages.success(request, "Kept. What was said before stands under History.")
        return redirect("generations:reference", row.pk)
    taken = {each.project_id for each in same}
    projects = Project.objects.visible_to(user).open().filter(client=row.project.client_id).exclude(pk__in=taken)
    context = page_of(
        row.project, ("References", reverse("generations:references", args=[row.project_id])), (str(row), "")
    )
    context |= {
        "row": row,
        "card": cards([row], Reference.objects.visible_to(user), None)[0],
        "form": form,
        "cautions": library_cautions.cautions([row]).get(row.pk, []),
        "origin": _origin(user, row),
        **_from_clip(user, row),
        "same": same,
        "others": projects[:MOST_PROJECTS],
        "uses": uses_told(_uses(user, row)),
        "changes": changes_told(
            ReferenceChange.objects.filter(reference=row).select_related("changed_by__person")[:50]
        ),
        "may": allowed(user),
        "back": way_back(request),
    }
    return render(request, "generations/reference.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def reuse(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the file into another project of the client."""
    user, row = _row(request, pk)
    wanted = request.POST.get("project", "")
    visible = Project.objects.visible_to(user)
    project = get_object_or_404(visible.select_related("client"), pk=read_id(wanted))
    added = reference_library.reuse_reference(actor=user, reference=row, project=project)
    told = (
        f"{row} can be used in {project.name} now."
        if added.new
        else f"{project.name} has this file already, as {added.reference}."
    )
    messages.success(request, told)
    return redirect(way_back(request) or reverse("generations:reference", args=[added.reference.pk]))


@login_required
@require_POST
def archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put the file away, or bring it back where it is away."""
    user, row = _row(request, pk)
    if row.archived_at is None:
        reference_library.archive_reference(actor=user, reference=row)
        messages.success(request, f"{row} is archived: it stays readable, and no new launch is given it.")
    else:
        reference_library.restore_reference(actor=user, reference=row)
        messages.success(request, f"{row} can be used again.")
    return redirect("generations:reference", row.pk)


def found(rows: ReferenceQuerySet, asked: dict[str, str]) -> ReferenceQuerySet:
    """Narrow rows of one client by what is asked, then keep each file once."""
    rows = rows.mentioning(asked.get("q", ""))
    for name in ("kind", "licence"):
        if name in asked:
            rows = rows.filter(**{name: asked[name]})
    for name in ("role", "tag"):
        if name in asked:
            rows = rows.labelled(name, asked[name])
    standing = asked.get("standing")
    rows = rows.exclude(archived_at=None) if standing == "archived" else rows.at_hand()
    if standing == "cautions":
        rows = rows.to_be_settled()
    return rows.each_file_once()


def _row(request: HttpRequest, pk: UUID) -> tuple[User, Reference]:
    user = person(request)
    rows = Reference.objects.visible_to(user).select_related("project__client", "created_by__person")
    return user, get_object_or_404(rows, pk=pk)


def _origin(user: User, row: Reference) -> Reference | None:
    """The row that it was brought from, if this person sees that."""
    seen = Reference.objects.visible_to(user).select_related("project")
    return seen.filter(pk=row.brought_from_id).first() if row.brought_from_id else None


def _from_clip(user: User, row: Reference) -> dict[str, Any]:
    """Which clip it is, or which frame of it, in words; with the clip where this person sees it."""
    if row.from_clip_id is None:
        return {}
    clip = Clip.objects.visible_to(user).select_related("shot").filter(pk=row.from_clip_id).first()
    if clip is None:
        return {"taken_from": "A clip of another project"}
    return {"taken_from": words_for(clip, row.from_frame), "taken_clip": clip}


def _same_file(user: User, row: Reference) -> ReferenceQuerySet:
    """The rows of these bytes in the client's projects that this person sees, this one included."""
    rows = Reference.objects.visible_to(user).filter(sha256=row.sha256, project__client=row.project.client_id)
    return rows.select_related("project", "created_by__person").annotate(used=Count("uses")).order_by("pk")


def _uses(user: User, row: Reference) -> Any:
    rows = GenerationReference.objects.filter(reference__in=_same_file(user, row).values("pk")).select_related(
        "generation__prompt__shot__project", "generation__clip", "reference"
    )
    return rows.order_by("-generation_id")[:MOST_USES]


def _tags(user: User, client: Client) -> list[str]:
    rows = ReferenceLabel.objects.visible_to(user).filter(kind="tag", reference__project__client=client)
    return list(rows.order_by("word").values_list("word", flat=True).distinct()[:MOST_TAGS])


def _kinds(rows: ReferenceQuerySet) -> dict[str, int]:
    counted = rows.at_hand().order_by().values_list("kind").annotate(Count("sha256", distinct=True))
    return dict(counted)
