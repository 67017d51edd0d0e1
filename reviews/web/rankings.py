"""Rankings: the list, a new one, one of them while it is judged and when it is closed, and what its maker does with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.models import Clip, Project
from reviews.actions import ranking_scores, rankings
from reviews.models import Ranking, RankingVote
from reviews.models.ranking import MOST
from reviews.web import ranking_results, trails
from reviews.web.colleagues import colleague
from reviews.web.ranking_forms import RankingForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.ids import read_id
from sorahub.lib.keyset import page

QUESTION = "Which is better?"


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The rankings this person may see, newest first, those that wait for their votes above; ``?project=`` of one project."""
    user = colleague(request)
    seen = Ranking.objects.visible_to(user)
    asked = request.GET.get("project", "")
    project = get_object_or_404(Project.objects.visible_to(user), pk=read_id(asked)) if asked else None
    rows = for_list(seen.filter(project=project) if project else seen)
    context = {
        "page": page(rows, request.GET.get("after", "")),
        "waiting": list(for_list(seen.waiting_for(user))[:20]),
        "project": project,
        "may_open": project is not None and project.archived_at is None and user.may(Permission.SEND_REVIEW),
        "crumbs": trails.to_project(project, last="Rankings") if project else [("Rankings", "")],
        "section": "reviews",
    }
    return render(request, "reviews/rankings.html", context)


def for_list(rows: QuerySet[Ranking]) -> QuerySet[Ranking]:
    """Join and count what a list of rankings shows."""
    return rows.select_related("project", "created_by__person").annotate(
        take_count=Count("entries", distinct=True),
        judge_count=Count("judges", distinct=True),
        done_count=Count("judges", filter=Q(judges__done_at__isnull=False), distinct=True),
    )


@login_required
@require_http_methods(["GET", "POST"])
def ranking_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put takes before judges. ``?clip=…`` ticks takes, ``?shot=`` and ``?batch=`` all of theirs."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
    user.demand(Permission.SEND_REVIEW)
    ticked = request.GET.getlist("clip") or _of(request, user, project)
    initial = {"question": QUESTION, "clips": ticked}
    form = RankingForm(request.POST or None, project=project, actor=user, initial=initial)
    made = attempt(form, lambda: rankings.open_ranking(actor=user, project=project, **form.cleaned_data))
    if made is not None:
        messages.success(request, "The ranking is open. Each judge gets a notice.")
        return redirect("reviews:ranking", pk=made.pk)
    context = {"form": form, "project": project, "crumbs": trails.to_project(project, last="Rank takes blind")}
    return render(request, "reviews/ranking_new.html", context, status=422 if form.is_bound else 200)


def _of(request: HttpRequest, user: User, project: Project) -> list[str]:
    """The takes of the shot or the batch that was named; a damaged or unknown id names none."""
    named = {"shot": read_id(request.GET.get("shot", "")), "generations__batch": read_id(request.GET.get("batch", ""))}
    asked = {name: value for name, value in named.items() if value}
    if not asked:
        return []
    rows = Clip.objects.visible_to(user).filter(project=project, quarantined_at=None, withdrawn_at=None, **asked)
    return [str(pk) for pk in rows.order_by("-id").values_list("pk", flat=True).distinct()[:MOST]]


@login_required
@require_GET
def ranking(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far the judges are; when it is closed, what came of it. htmx asks for the changing part alone."""
    user = person(request)
    shown = _seen(user, pk)
    state = ranking_scores.state_of(shown)
    context = {
        "ranking": shown,
        "state": state,
        "judges": progress_of(shown),
        "pairs": shown.pairs.count(),
        "takes": shown.entries.count(),
        "judging": shown.closed_at is None and shown.judges.filter(user=user).exists() and rankings.may_judge(user),
        "may_lead": user.may(Permission.SEND_REVIEW),
        "may_choose": user.may(Permission.CHOOSE) and shown.project.archived_at is None,
        "crumbs": to_rankings(shown.project, last=shown.question),
        "section": "reviews",
        **(ranking_results.context(shown, user) if state == "ready" else {}),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "reviews/ranking_live.html" if part else "reviews/ranking.html", context)


def progress_of(shown: Ranking) -> list[dict[str, Any]]:
    """Return each judge and how many pairs they have answered, never what; two queries."""
    answered: dict[UUID, set[UUID]] = {}
    rows = RankingVote.objects.filter(judge__ranking=shown).order_by("judge", "number")
    for judge, pair, choice in rows.values_list("judge_id", "pair_id", "choice"):
        stands = answered.setdefault(judge, set())
        (stands.discard if choice == RankingVote.Choice.WITHDRAWN else stands.add)(pair)
    judges = shown.judges.select_related("user__person")
    return [{"judge": judge, "answered": len(answered.get(judge.pk, ()))} for judge in judges]


@login_required
@require_POST
def ranking_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End the voting and name the takes."""
    return _done(request, pk, rankings.close_ranking, "The ranking is closed.")


@login_required
@require_POST
def ranking_reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take more votes."""
    words = "The ranking is open again. Votes from now on are marked as not blind, since the takes were named."
    return _done(request, pk, rankings.reopen_ranking, words)


@login_required
@require_POST
def ranking_remind(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write to the judges who have pairs left."""
    return _done(request, pk, rankings.remind_judges, "Whoever has pairs left was reminded.")


@login_required
@require_POST
def ranking_compute(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have the scores computed again after that failed."""
    return _done(request, pk, rankings.compute_again, "They are computed once more.")


def to_rankings(project: Project, *, last: str) -> trails.Trail:
    """Projects / the project / its rankings / this page."""
    way = trails.to_project(project, last="")[:-1]
    return [*way, ("Rankings", f"{reverse('reviews:rankings')}?project={project.pk}"), (last, "")]


def _done(request: HttpRequest, pk: UUID, act: Callable[..., object], words: str) -> HttpResponse:
    user = person(request)
    act(actor=user, ranking=_seen(user, pk))
    messages.success(request, words)
    return redirect("reviews:ranking", pk=pk)


def _seen(user: User, pk: UUID) -> Ranking:
    rows = Ranking.objects.visible_to(user).select_related("project__client", "created_by__person")
    return get_object_or_404(rows, pk=pk)
