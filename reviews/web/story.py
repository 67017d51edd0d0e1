"""The shot board: a project's shots in their order, how far each is, and what is done to them."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.actions import shot_order, shots
from generations.models import Clip, Project, Shot
from generations.web.project_forms import ShotForm
from generations.web.shots import shot_crumb
from generations.web.showing import allowed, clip_card, page_of, rate
from reviews.actions.board import BoardShot, archived_of, board_of
from reviews.web.choosing import answers_script
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.errors import Conflict, InvalidInput
from sorahub.lib.ids import read_id
from sorahub.lib.timecode import Rate, to_length

MOST_OFFERED = 200


class EditForm(ShotForm):
    """A shot's own words, its length, and whether it is in the story."""

    standing = forms.ChoiceField(
        choices=Shot.Standing.choices,
        label="In the story",
        help_text="An omitted shot stays on the board and is left out of the animatic.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.fields.values():
            each.show_hidden_initial = True  # what the page showed comes back, beside what the person made of it

    def changes(self) -> dict[str, Any]:
        """Return what the person changed of what they were shown; all of it, where the request does not say what that was."""
        shown = {name for name in self.fields if self.add_initial_prefix(name) in self.data}
        return {
            name: value for name, value in self.cleaned_data.items() if name not in shown or name in self.changed_data
        }


class RangeForm(forms.Form):
    """Which frames of the selected take are used, as people count them: from 1."""

    first = forms.IntegerField(
        min_value=1, label="First frame used", help_text="Counted from 1, at the take's own rate."
    )
    last = forms.IntegerField(
        min_value=1, required=False, label="Last frame used", help_text="Empty: to the take’s end."
    )
    clip = forms.UUIDField(widget=forms.HiddenInput)

    def arguments(self) -> dict[str, Any]:
        """Return the range as the action takes it, from 0."""
        last = self.cleaned_data["last"]
        return {"source_in": self.cleaned_data["first"] - 1, "source_out": None if last is None else last - 1}


@login_required
@require_GET
def board(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the board."""
    return _page(request, pk, "reviews/board.html")


@login_required
@require_GET
def board_live(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the board that changes by itself."""
    return _page(request, pk, "reviews/board_live.html")


@login_required
@require_POST
@answers_script
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a shot at a place (``to``, from 1) of the board that was looked at (``version``)."""
    user = person(request)
    shot = get_object_or_404(Shot.objects.visible_to(user).select_related("project"), pk=pk)
    to, version = _number(request, "to"), _number(request, "version", required=False)
    if to is None or to < 1:
        raise InvalidInput("Places count from 1.", fields={"to": "Places count from 1."})
    try:
        moved = shot_order.move_shot(actor=user, shot=shot, to=to - 1, version=version)
    except Conflict as error:
        if error.code != "board-changed" or not request.accepts("text/html"):
            raise
        messages.warning(request, error.message)
        return redirect(reverse("reviews:board", args=[shot.project_id]))
    words = (
        f"Moved {shot.code} to place {moved.after + 1}."
        if moved.before != moved.after
        else f"{shot.code} is there already."
    )
    facts = {"words": words, "before": moved.before + 1, "after": moved.after + 1, "version": moved.version}
    return JsonResponse(facts) if not request.accepts("text/html") else _back(request, shot.project, words)


@login_required
@require_GET
def take_choices(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Part of a card's menu: the takes to select from, the newest first. Read when the menu opens: a board has thousands."""
    user = person(request)
    shot = get_object_or_404(Shot.objects.visible_to(user), pk=pk)
    user.demand(Permission.CHOOSE)
    rows = Clip.objects.visible_to(user).filter(shot=shot, withdrawn_at=None).order_by("-take")
    takes = list(rows.values_list("pk", "take")[: MOST_OFFERED + 1])
    offered = takes[:MOST_OFFERED]
    if shot.selected_clip_id and shot.selected_clip_id not in {chosen for chosen, _ in offered}:
        offered += rows.filter(pk=shot.selected_clip_id).values_list("pk", "take")
    context = {"shot": shot, "takes": offered, "more": len(takes) > MOST_OFFERED}
    return render(request, "reviews/board_take.html", context)


@login_required
@require_POST
def take(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Select one of a shot's takes on the board; an empty ``clip``: none."""
    user = person(request)
    shot = get_object_or_404(Shot.objects.visible_to(user).select_related("project"), pk=pk)
    chosen = request.POST.get("clip", "")
    clip = get_object_or_404(Clip.objects.visible_to(user), pk=read_id(chosen)) if chosen else None
    shots.select_take(actor=user, shot=shot, clip=clip)
    words = f"{shot.code}: take {clip.take} is selected." if clip else f"{shot.code}: no take is selected."
    return _back(request, shot.project, words)


@login_required
@require_POST
def archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a shot off the board."""
    user = person(request)
    shot = get_object_or_404(Shot.objects.visible_to(user).select_related("project"), pk=pk)
    shots.archive_shot(actor=user, shot=shot)
    return _back(request, shot.project, f"{shot.code} is archived. It can be restored below the board.")


@login_required
@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put an archived shot back."""
    user = person(request)
    shot = get_object_or_404(Shot.objects.visible_to(user).select_related("project"), pk=pk)
    shots.restore_shot(actor=user, shot=shot)
    return _back(request, shot.project, f"{shot.code} is back, at the end.")


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change a shot's code, title, intended length and standing; and, in a form of its own, which frames of its take are used."""
    user = person(request)
    rows = Shot.objects.visible_to(user).select_related("project", "selected_clip")
    shot = get_object_or_404(rows, pk=pk)
    trims = "trim" in request.POST
    if trims or (request.method == "GET" and user.may(Permission.CHOOSE)):
        user.demand(Permission.CHOOSE)
    else:
        user.demand(Permission.MANAGE_PROJECT)
    known = {name: getattr(shot, name) for name in ("code", "title", "intended_frames", "standing")}
    form = EditForm(request.POST if request.method == "POST" and not trims else None, initial=known)
    trim = _range_form(request, shot, trims=trims)
    changed: Shot | None = None
    if request.method == "POST" and trims and trim is not None:
        changed = attempt(trim, lambda: _trimmed(user, shot, trim))
    elif request.method == "POST":
        changed = attempt(form, lambda: shots.edit_shot(actor=user, shot=shot, **form.changes()))
    if changed is not None:
        return _back(request, shot.project, f"{changed.code} is changed.")
    context = page_of(shot.project, shot_crumb(shot), ("Edit", "")) | {"shot": shot, "form": form, "trim": trim}
    return render(request, "reviews/shot_edit.html", context | {"may": allowed(user), "rate": rate(shot.project)})


def _range_form(request: HttpRequest, shot: Shot, *, trims: bool) -> RangeForm | None:
    if shot.selected_clip is None and not trims:
        return None
    last = None if shot.source_out is None else shot.source_out + 1
    begin = {"first": shot.source_in + 1, "last": last, "clip": shot.selected_clip_id}
    return RangeForm(request.POST if trims else None, initial=begin)


def _trimmed(user: User, shot: Shot, trim: RangeForm) -> Shot:
    """Set the range that the form says."""
    clip = get_object_or_404(Clip.objects.visible_to(user), pk=trim.cleaned_data["clip"])
    return shots.trim_shot(actor=user, shot=shot, clip=clip, **trim.arguments())


def _page(request: HttpRequest, pk: UUID, template: str) -> HttpResponse:
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
    cards = board_of(project, user)
    length = sum(card.length for card in cards if card.shot.standing != Shot.Standing.OMITTED)
    context = page_of(project, ("Board", "")) | {"may": allowed(user), "archived": archived_of(project, user)}
    by_scene = groupby(cards, lambda card: card.scene)
    context |= {
        "count": len(cards),
        "scenes": [(name, [(card, _pictured(card)) for card in some]) for name, some in by_scene],
        "length": f"{length} frames · {to_length(length, Rate(project.rate_num, project.rate_den))}",
        "rate": rate(project),
        "movable": user.may(Permission.MANAGE_PROJECT) and project.archived_at is None,
        "choosable": user.may(Permission.CHOOSE) and project.archived_at is None,
    }
    return render(request, template, context)


def _pictured(card: BoardShot) -> Any:
    return clip_card(card.clip) if card.clip is not None else None


def _back(request: HttpRequest, project: Project, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect(reverse("reviews:board", args=[project.pk]))


def _number(request: HttpRequest, name: str, *, required: bool = True) -> int | None:
    text = request.POST.get(name, "").strip()
    if not text and not required:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise InvalidInput("Give a whole number.", fields={name: "A whole number."})
    return int(text)
