"""Send clips for review, with a look at what clients will get; and name the stages of a project."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from generations.models import Clip, Project
from reviews.actions import reviews as actions
from reviews.actions.admission import SHOWN
from reviews.actions.stages import set_stages
from reviews.models import Review, Stage
from reviews.web import room, trails
from reviews.web.review_forms import SHOWS, ReviewForm, StageForm, StageFormSet
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.errors import DomainError, NotFound


@login_required
@require_http_methods(["GET", "POST"])
def review_new(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put clips of a project before people; ``preview`` shows first what they will get, and sends nothing."""
    user = person(request)
    project = _project(user, pk)
    user.demand(Permission.SEND_REVIEW)
    initial = {"clips": request.GET.getlist("clip"), "title": f"{project.name}: review"} | _as_before(
        request, user, project
    )
    form = ReviewForm(request.POST or None, project=project, actor=user, initial=initial)
    preview = "preview" in request.POST
    looking = preview and attempt(form, lambda: _looked_at(user, project, form)) is not None
    sent = (
        None if preview else attempt(form, lambda: actions.send_review(actor=user, project=project, **form.arguments()))
    )
    if sent is not None:
        messages.success(request, "Sent. Each person gets a mail.")
        return redirect("reviews:review", pk=sent.pk)
    context = {
        "form": form,
        "project": project,
        "preview": _preview(form, user) if looking else None,
        "crumbs": trails.to_project(project, last="Send for review"),
    }
    return render(request, "reviews/review_new.html", context, status=422 if form.is_bound and not looking else 200)


def _as_before(request: HttpRequest, user: User, project: Project) -> dict[str, Any]:
    """What ``?again=`` an earlier review says, to be sent once more: with its clips and the people who were asked last."""
    try:
        asked = UUID(request.GET.get("again", ""))
    except ValueError:
        return {}
    before = Review.objects.visible_to(user).filter(project=project, pk=asked).first()
    if before is None:
        return {}
    return {
        "title": before.title,
        "stage": before.stage_id,
        "message": before.message,
        "clips": [str(pk) for pk in before.items.values_list("clip_id", flat=True)],
        "people": list(before.participants.standing().values_list("user_id", flat=True)),
        "shows": [name for name in SHOWN if getattr(before, f"shows_{name}")],
    }


def _looked_at(user: User, project: Project, form: ReviewForm) -> str:
    said = form.arguments()
    said.pop("message")
    return actions.check_review(actor=user, project=project, **said)


def _preview(form: ReviewForm, user: User) -> dict[str, Any]:
    """What the people will get, from what the form says."""
    said = form.cleaned_data
    clips = list(Clip.objects.filter(pk__in=[clip.pk for clip in said["clips"]]).for_list())
    clips.sort(key=lambda clip: [each.pk for each in said["clips"]].index(clip.pk))
    names = [each.get_full_name() for each in said["people"]]
    names += [f"{each.name} <{each.email}>" if each.name else each.email for each in said["guests"]]
    return {
        "names": names,
        "clips": [{"clip": clip, "poster": room.poster_url(clip)} for clip in clips],
        "shown": [words for name, words in SHOWS if name in said["shows"]],
        "hidden": [words for name, words in SHOWS if name not in said["shows"]],
        "sender": user,
        **{name: said[name] for name in ("title", "message", "due_at", "expires_at", "password", "stage")},
    }


@login_required
@require_http_methods(["GET", "POST"])
def stages(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The project's stages of approval, in order."""
    user = person(request)
    project = _project(user, pk)
    may_change = user.may(Permission.MANAGE_PROJECT)
    present = list(Stage.objects.filter(project=project).order_by("position"))
    forms = StageFormSet(request.POST or None, initial=[_initial(each) for each in present])
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


def _initial(stage: Stage) -> dict[str, Any]:
    rule = {"needed": stage.needed, "enough": not stage.worst_wins, "locks": stage.locks}
    return {"name": stage.name, "role": stage.role, **rule}


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


def _project(user: User, pk: UUID) -> Project:
    return get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
