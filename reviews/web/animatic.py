"""The animatic: a project's shots played in order, made into one file, and taken away as a timeline."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from generations.models import Project
from generations.web.showing import allowed, page_of, playing
from reviews.actions.animatics import cancel_animatic, export_timeline, grant_animatic, request_animatic
from reviews.actions.board import told_of
from reviews.actions.story import Story, story_of
from reviews.models import Animatic
from reviews.rules import cutting
from reviews.rules.cutting import Piece
from reviews.web.egress import whole_file
from reviews.web.note_files import attached
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.timecode import to_length

SHOWN = 20


class AnimaticForm(forms.Form):
    """How the file is to be made."""

    size = forms.ChoiceField(choices=Animatic.Size.choices, label="Picture", initial=Animatic.Size.WIDE)
    slates = forms.ChoiceField(
        choices=Animatic.Slates.choices, label="Each shot is named", initial=Animatic.Slates.CORNER
    )
    sound = forms.BooleanField(required=False, initial=True, label="With the takes’ sound")
    newest = forms.BooleanField(
        required=False, label="Newest take where none is selected", help_text="Otherwise such a shot is a card."
    )


@login_required
@require_GET
def animatic(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Play the story; ``?newest=yes``: the newest take stands in where none is selected."""
    user = person(request)
    project = _seen(user, pk)
    newest = request.GET.get("newest") == "yes"
    form = AnimaticForm(initial={"newest": newest})
    return _page(request, user, project, form, newest=newest)


@login_required
@require_GET
def animatic_live(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The files that were made, as they stand."""
    user = person(request)
    project = _seen(user, pk)
    context = {"project": project, "made": _made(project, user), "may": allowed(user), "days": settings.ANIMATIC_DAYS}
    return render(request, "reviews/animatic_live.html", context | {"user": user})


@login_required
@require_POST
def animatic_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have the story made into one file."""
    user = person(request)
    project = _seen(user, pk)
    form = AnimaticForm(request.POST)
    if attempt(form, lambda: request_animatic(actor=user, project=project, **form.cleaned_data)) is None:
        return _page(request, user, project, form, newest="newest" in request.POST)
    messages.success(request, "The animatic is being made. This page shows how far it is.")
    return redirect(f"{reverse('reviews:animatic', args=[project.pk])}#files")


@login_required
@require_POST
def animatic_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop making a file."""
    user = person(request)
    found = get_object_or_404(Animatic.objects.visible_to(user).select_related("project"), pk=pk)
    cancel_animatic(actor=user, animatic=found)
    messages.success(request, "It is not made any more.")
    return redirect(f"{reverse('reviews:animatic', args=[found.project_id])}#files")


@login_required
@require_GET
def animatic_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over a finished file."""
    user = person(request)
    found = get_object_or_404(Animatic.objects.visible_to(user).select_related("project"), pk=pk)
    grant = grant_animatic(actor=user, animatic=found)
    return whole_file(grant.path, "video/mp4", grant.sha256, grant.filename)


@login_required
@require_GET
def timeline(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The story as OpenTimelineIO; ``?newest=yes``, ``?slates=yes`` and ``?notes=yes`` as the file's form says it."""
    user = person(request)
    wishes = {name: request.GET.get(name) == "yes" for name in ("newest", "slates", "notes")}
    return attached(export_timeline(actor=user, project=_seen(user, pk), **wishes))


def _page(request: HttpRequest, user: User, project: Project, form: AnimaticForm, *, newest: bool) -> HttpResponse:
    story = story_of(project, user, newest=newest)
    context = page_of(project, ("Board", reverse("reviews:board", args=[project.pk])), ("Animatic", ""))
    context |= {
        "may": allowed(user), "form": form, "newest": newest, "frames": story.frames, "days": settings.ANIMATIC_DAYS,
        "length": to_length(story.frames, story.rate), "rate": story.rate.label, "made": _made(project, user),
        "rows": [_row(piece, story) for piece in story.pieces], "uncleared": told_of(story.clips, user),
        "story": {
            "rate": {"num": story.rate.num, "den": story.rate.den}, "frames": story.frames,
            "pieces": [_played(piece, story, user) for piece in story.pieces],
        },
    }  # fmt: skip
    return render(request, "reviews/animatic.html", context, status=422 if form.is_bound else 200)


def _played(piece: Piece, story: Story, user: User) -> dict[str, Any]:
    """A piece as js/animatic.js takes it."""
    each = story.shots[piece.slot]
    facts: dict[str, Any] = {
        "kind": piece.kind, "start": piece.start, "length": piece.length, "moving": piece.moving, "code": each.shot.code,
        "title": each.shot.title, "why": each.why, "src": "", "take": each.clip.take if each.clip else None,
        "picture": reverse("generations:reference-file", args=[each.picture.pk]) if each.picture else "",
    }  # fmt: skip
    shown = playing(each.clip, user) if each.clip else None
    if each.used is None or shown is None:
        return facts | {"why": each.why or "The review copy of this take is still being made"}
    return facts | {
        "src": shown["src"], "firstNum": shown["first_num"], "firstDen": shown["first_den"], "first": each.used.first,
        "count": each.used.count, "num": each.used.rate.num, "den": each.used.rate.den,
    }  # fmt: skip


def _row(piece: Piece, story: Story) -> dict[str, Any]:
    each = story.shots[piece.slot]
    if each.clip is None:
        filled = each.why
    else:
        filled = f"Take {each.clip.take}{', the newest' if each.stand_in else ''}"
        held = piece.length - piece.moving
        filled += f", its last frame held for {held}" if held and piece.kind == cutting.TAKE else ""
    return {
        "shot": each.shot, "start": piece.start, "begins": to_length(piece.start, story.rate), "length": piece.length,
        "filled": filled, "card": piece.kind == cutting.CARD,
    }  # fmt: skip


def _made(project: Project, user: User) -> list[Animatic]:
    rows = Animatic.objects.visible_to(user).filter(project=project).select_related("created_by__person")
    return list(rows[:SHOWN])


def _seen(user: User, pk: UUID) -> Project:
    found: Project = get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
    return found
