"""Reviews: the list, one review, putting clips before people, and the stages of a project."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.models import Clip, Project
from reviews.actions import reviews as actions
from reviews.actions.stages import set_stages
from reviews.interchange.formats import FORMATS
from reviews.models import Review, Stage
from reviews.web import room, standing, trails
from reviews.web.review_forms import ReviewForm, StageForm, StageFormSet
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.errors import DomainError, NotFound
from sorahub.lib.keyset import page


@login_required
@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """The reviews this person may see, newest first."""
    user = person(request)
    rows = page(for_list(Review.objects.visible_to(user)), request.GET.get("after", ""))
    return render(request, "reviews/reviews.html", {"page": rows, "crumbs": [("Reviews", "")], "section": "reviews"})


def for_list(rows: QuerySet[Review]) -> QuerySet[Review]:
    """Join and count what a list of reviews shows."""
    joined = rows.select_related("project", "stage", "created_by__person")
    return joined.annotate(clip_count=Count("items", distinct=True), people_count=Count("participants", distinct=True))


@login_required
@require_GET
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One review: its clips in order, who was asked, who has opened it."""
    user = person(request)
    shown = _seen(user, pk)
    actions.mark_opened(actor=user, review=shown)
    clips = Clip.objects.visible_to(user).filter(review_items__review=shown).for_list()
    ordered = list(clips.order_by("review_items__position"))
    states = standing.standing_of(ordered)
    context = {
        "review": shown,
        "cards": [_card(clip, user, shown, states) for clip in ordered],
        "people": [] if user.kind == Kind.GUEST else _people(shown),
        "may_end": user.may(Permission.SEND_REVIEW) and shown.revoked_at is None,
        "crumbs": [*trails.to_reviews(), (shown.title, "")],
        "section": "reviews",
        "note_formats": FORMATS.values(),
    }
    return render(request, "reviews/review.html", context)


def _people(shown: Review) -> list[Any]:
    return list(shown.participants.select_related("user__person").order_by("user__person__name"))


def _card(clip: Clip, user: User, shown: Review, states: Any) -> dict[str, Any]:
    mine = next((each for each in states[clip.pk] if each.stage.pk == shown.stage_id), None)
    decided = mine is not None and any(one.person_id == user.person_id for one in mine.decisions)
    return {
        "clip": clip,
        "poster": room.poster_url(clip),
        "state": mine.state if mine else "unknown",
        "decided": decided,
        "seconds": f"{clip.frame_count * clip.rate_den / clip.rate_num:.1f} s",
    }


@login_required
@require_http_methods(["GET", "POST"])
def review_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put clips of a project before people."""
    user = person(request)
    project = _project(user, pk)
    user.demand(Permission.SEND_REVIEW)
    initial = {"clips": request.GET.getlist("clip"), "title": f"{project.name}: review"}
    form = ReviewForm(request.POST or None, project=project, actor=user, initial=initial)
    sent = attempt(form, lambda: actions.send_review(actor=user, project=project, **form.cleaned_data))
    if sent is not None:
        messages.success(request, "Sent. Each person gets a mail.")
        return redirect("reviews:review", pk=sent.pk)
    context = {
        "form": form,
        "title": "Send for review",
        "lead": "Choose clips and the people who decide about them.",
        "submit": "Send for review",
        "crumbs": trails.to_project(project, last="Send for review"),
    }
    return render(request, "reviews/form_page.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def review_close(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a review; what was said stays."""
    user = person(request)
    actions.close_review(actor=user, review=_seen(user, pk))
    messages.success(request, "The review is closed.")
    return redirect("reviews:review", pk=pk)


@login_required
@require_POST
def review_revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a review back from its guests."""
    user = person(request)
    actions.revoke_review(actor=user, review=_seen(user, pk))
    messages.success(request, "The review is revoked: its guests no longer see these clips through it.")
    return redirect("reviews:review", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def stages(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The project's stages of approval, in order."""
    user = person(request)
    project = _project(user, pk)
    may_change = user.may(Permission.MANAGE_PROJECT)
    present = list(Stage.objects.filter(project=project).order_by("position"))
    initial = [{"name": each.name, "role": each.role, "needed": each.needed} for each in present]
    forms = StageFormSet(request.POST or None, initial=initial)
    if request.method == "POST" and forms.is_valid() and _set(request, user, project, forms.forms):
        return redirect("reviews:stages", pk=project.pk)
    context = {
        "project": project,
        "stages": present,
        "forms": forms,
        "may_change": may_change,
        "crumbs": trails.to_project(project, last="Stages of approval"),
    }
    return render(request, "reviews/stages.html", context, status=422 if forms.is_bound else 200)


def _set(request: HttpRequest, user: User, project: Project, forms: list[StageForm]) -> bool:
    specs = [spec for spec in (form.spec() for form in forms) if spec is not None]
    try:
        set_stages(actor=user, project=project, stages=specs)
    except NotFound:
        raise
    except DomainError as error:
        messages.error(request, error.message)
        return False
    messages.success(request, "The stages are set.")
    return True


def _seen(user: User, pk: UUID) -> Review:
    rows = Review.objects.visible_to(user).select_related("project__client", "stage", "created_by__person")
    return get_object_or_404(rows, pk=pk)


def _project(user: User, pk: UUID) -> Project:
    return get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
