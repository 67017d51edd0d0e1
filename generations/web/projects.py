"""The list of projects and a project's own page."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions.projects import archive_project, create_project
from generations.models import Clip, Generation, Project, Shot, State
from generations.models.generation import ACTIVE
from generations.web.project_forms import ProjectForm
from generations.web.showing import allowed, cards_by_id, page_of, rate
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset
from sorahub.lib.amounts import money_words

SHOTS_A_PAGE = 48
SHOWN_UNDER_WAY = 12


@login_required
@require_GET
def projects(request: HttpRequest) -> HttpResponse:
    """List the projects that one takes part in, newest first."""
    user = person(request)
    archived = request.GET.get("archived") == "yes"
    rows = Project.objects.visible_to(user).filter(archived_at__isnull=not archived).select_related("client")
    page = keyset.page(_counted(rows), request.GET.get("after", ""))
    context = {"page": page, "archived": archived, "may": allowed(user), "section": "projects"}
    return render(request, "generations/projects.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def project_new(request: HttpRequest) -> HttpResponse:
    """Begin a project."""
    user = person(request)
    user.demand(Permission.MANAGE_PROJECT)
    clients = Client.objects.visible_to(user)
    form = ProjectForm(request.POST or None, clients=clients, initial={"client": request.GET.get("client")})
    if made := attempt(form, lambda: create_project(actor=user, **form.arguments())):
        messages.success(request, "The project is there. Add its shots, then people.")
        return redirect("generations:project", made.pk)
    return render(request, "generations/project_new.html", {"form": form, "has_clients": clients.exists()})


@login_required
@require_GET
def project(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a project: its shots, what is under way, what it has cost."""
    return _page(request, pk, "generations/project.html")


@login_required
@require_GET
def project_live(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the project's page that changes by itself."""
    return _page(request, pk, "generations/project_live.html")


@login_required
@require_POST
def archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Close a project."""
    found = get_object_or_404(Project.objects.visible_to(person(request)), pk=pk)
    archive_project(actor=person(request), project=found)
    messages.success(request, f"{found.name} is archived. It stays readable.")
    return redirect("generations:projects")


def _page(request: HttpRequest, pk: UUID, template: str) -> HttpResponse:
    user = person(request)
    found = get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
    context = page_of(found) | {"may": allowed(user), "rate": rate(found), "query": request.GET.urlencode()}
    context |= _shots(found, user, request.GET.get("after", "")) | _under_way(found, user) | _figures(found, user)
    return render(request, template, context)


def _counted(rows: QuerySet[Project]) -> QuerySet[Project]:
    """Add shot, clip and active-generation counts; subqueries, so that they do not multiply each other."""
    return rows.annotate(
        shot_count=_count(Shot.objects.all()),
        clip_count=_count(Clip.objects.all()),
        active_count=_count(Generation.objects.active()),
    )


def _count(rows: QuerySet[Any], over: str = "project") -> Coalesce:
    counted = rows.filter(**{over: OuterRef("pk")}).order_by().values(over).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _shots(found: Project, user: User, after: str) -> dict[str, Any]:
    """A page of shots in their order, each with its card: the selected take, else the newest."""
    newest = Clip.objects.filter(shot=OuterRef("pk"), withdrawn_at=None).order_by("-take")
    generations = Generation.objects.filter(prompt__shot=OuterRef("pk")).order_by("-id")
    rows = Shot.objects.visible_to(user).filter(project=found, archived_at=None).order_by("position", "id")
    rows = rows.annotate(
        shown_clip=Coalesce(F("selected_clip_id"), Subquery(newest.values("pk")[:1])),
        take_count=_count(Clip.objects.all(), "shot"),
        last_state=Subquery(generations.values("state")[:1]),
    )
    if after.isdecimal() and len(after) < 10:
        rows = rows.filter(position__gt=int(after))
    items: list[Any] = list(rows[: SHOTS_A_PAGE + 1])  # with the annotations, which no type knows
    shown, more = items[:SHOTS_A_PAGE], len(items) > SHOTS_A_PAGE
    cards = cards_by_id(Clip.objects.visible_to(user), [shot.shown_clip for shot in shown])
    return {
        "shots": [(shot, cards.get(shot.shown_clip), _shot_state(shot)) for shot in shown],
        "next_after": shown[-1].position if more else None,
        "after": after,
    }


def _shot_state(shot: Any) -> tuple[str, str]:
    """The state word and label of a shot's card."""
    if shot.last_state and State(shot.last_state) in ACTIVE:
        return str(shot.last_state), ""
    if shot.selected_clip_id:
        return "ready", "Take selected"
    if shot.take_count:
        return "open", "Choose a take"
    return ("failed", "Last try failed") if shot.last_state else ("draft", "No take yet")


def _under_way(found: Project, user: User) -> dict[str, Any]:
    rows = Generation.objects.visible_to(user).filter(project=found).active().for_list()
    return {"under_way": rows[:SHOWN_UNDER_WAY]}


def _figures(found: Project, user: User) -> dict[str, Any]:
    """What the project has cost and what is set aside, per currency."""
    rows = Generation.objects.visible_to(user).filter(project=found).order_by().values("currency")
    sums = rows.annotate(spent=Sum("settled_micro"), aside=Sum("estimate_micro", filter=Q(state__in=ACTIVE)))
    return {
        "spent": [money_words(row["spent"] or 0, row["currency"]) for row in sums],
        "aside": [money_words(row["aside"], row["currency"]) for row in sums if row["aside"]],
    }
