"""A shot's page: its words, version by version, its takes, its generations."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions.shots import add_shot, select_take
from generations.models import Clip, Generation, Project, Prompt, Shot
from generations.web.project_forms import ShotForm
from generations.web.showing import allowed, clip_card, cost, page_of
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib import keyset
from sorahub.lib.ids import read_id
from sorahub.lib.timecode import Rate, to_length

CARRIED = ("source", "like", "model")
"""What the launch page's address says besides the prompt: kept while new words are written."""
VERSIONS_SHOWN = 20
TAKES_A_PAGE = 24
GENERATIONS_A_PAGE = 20


@login_required
@require_http_methods(["GET", "POST"])
def shot_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add a shot to a project, behind the one in ``?after=`` or at its end; "Save and add another" comes back here."""
    user = person(request)
    user.demand(Permission.MANAGE_PROJECT)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    asked = request.GET.get("after", "")
    after = (
        get_object_or_404(Shot.objects.visible_to(user).filter(project=project), pk=read_id(asked)) if asked else None
    )
    form = ShotForm(request.POST or None)
    if made := attempt(form, lambda: add_shot(actor=user, project=project, after=after, **form.cleaned_data)):
        messages.success(request, f"{made.code} is there.")
        if "another" in request.POST:
            more = f"?after={made.pk}" if after else ""
            return redirect(f"{reverse('generations:shot-new', args=[project.pk])}{more}")
        return redirect("generations:shot", made.pk)
    context = page_of(project, ("New shot", "")) | {"form": form, "after": after}
    return render(request, "generations/shot_new.html", context)


@login_required
@require_GET
def shot(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a shot."""
    return _page(request, pk, "generations/shot.html")


@login_required
@require_GET
def shot_live(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the shot's page that changes by itself."""
    return _page(request, pk, "generations/shot_live.html")


@login_required
@require_POST
def select(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make a clip the shot's selected take; without one, none is selected."""
    user = person(request)
    found = get_object_or_404(Shot.objects.visible_to(user).select_related("project"), pk=pk)
    chosen = request.POST.get("clip", "")
    clip = get_object_or_404(Clip.objects.visible_to(user), pk=read_id(chosen)) if chosen else None
    select_take(actor=user, shot=found, clip=clip)
    messages.success(request, f"Take {clip.take} is selected." if clip else "No take is selected.")
    return redirect("generations:shot", found.pk)


def shot_crumb(found: Shot) -> tuple[str, str]:
    """Return a shot's crumb."""
    return found.code, f"/shots/{found.pk}/"


def carried(request: HttpRequest) -> str:
    """Return the query that the launch page gave along: the take to start from, the model that was chosen."""
    kept = {name: value for name in CARRIED if (value := request.GET.get(name))}
    return f"?{urlencode(kept)}" if kept else ""


def _page(request: HttpRequest, pk: UUID, template: str) -> HttpResponse:
    user = person(request)
    rows = Shot.objects.visible_to(user).select_related("project__client", "selected_clip")
    found = get_object_or_404(rows, pk=pk)
    context = page_of(found.project, (found.code, "")) | {"shot": found, "may": allowed(user)}
    context |= {"length": _length(found), "query": request.GET.urlencode()}
    return render(request, template, context | _words(found, user) | _takes(request, found, user))


def _length(found: Shot) -> str:
    if not found.intended_frames:
        return ""
    rate = Rate(found.project.rate_num, found.project.rate_den)
    return f"{found.intended_frames} frames · {to_length(found.intended_frames, rate)}"


def _words(found: Shot, user: User) -> dict[str, Any]:
    rows = Prompt.objects.visible_to(user).filter(shot=found).select_related("created_by__person", "parent")
    versions = list(rows.order_by("-version")[: VERSIONS_SHOWN + 1])
    return {
        "prompt": versions[0] if versions else None,
        "earlier": versions[1:VERSIONS_SHOWN],
        "has_older": len(versions) > VERSIONS_SHOWN,
    }


def _takes(request: HttpRequest, found: Shot, user: User) -> dict[str, Any]:
    clips = Clip.objects.visible_to(user).filter(shot=found).for_list()
    takes = keyset.page(clips, request.GET.get("takes", ""), TAKES_A_PAGE)
    asked = Generation.objects.visible_to(user).filter(prompt__shot=found).for_list().prefetch_related("spend")
    generations = keyset.page(asked, request.GET.get("generations", ""), GENERATIONS_A_PAGE)
    return {
        "takes": [clip_card(clip) for clip in takes.items],
        "takes_next": takes.next_cursor,
        "generations": [(row, cost(row)) for row in generations.items],
        "generations_next": generations.next_cursor,
    }
