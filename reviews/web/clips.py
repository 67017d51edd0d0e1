"""The review page of a clip, and the decision taken on it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from generations.models import Clip, Shot
from reviews.actions.decide import decide as take_decision
from reviews.actions.facts import involvement
from reviews.actions.notices import mark_read_about
from reviews.actions.stages import stage_states
from reviews.interchange.formats import FORMATS
from reviews.models import Category, ReasonKind, Stage, Verdict, Visibility
from reviews.rules import separation
from reviews.rules.cursor import Cursor
from reviews.rules.stages import WAITING, StageState
from reviews.web import client, clip_terms, near, room, standing, threads, trails, walks
from reviews.web.asked import asked_for, declared_for
from reviews.web.choosing import shots_of
from reviews.web.review_forms import DecideForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.ids import read_id
from sorahub.lib.timecode import Rate


@login_required
@require_GET
def clip(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The review room: watch exact frames, write notes, decide. ``?frame=`` opens at a frame, ``?review=`` within a review.

    ``?note=`` is where notices lead: going to a note reads what one was told about it.
    """
    user = person(request)
    shown = _seen(user, pk)
    if "wait" in request.GET:
        return _when_ready(shown, user)
    if note := read_id(request.GET.get("note")):
        mark_read_about(actor=user, annotation=note)
    return _page(request, shown, user, None)


@login_required
@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Approve these bytes in a stage, ask for changes, or take back what one said."""
    user = person(request)
    shown = _seen(user, pk)
    walk = walks.walk_of(request, shown, user)  # before the decision: afterwards the queue is another
    form = DecideForm(request.POST)
    decision = attempt(
        form,
        lambda: take_decision(
            actor=user,
            clip=shown,
            stage=get_object_or_404(Stage.objects.filter(project=shown.project_id), pk=form.cleaned_data["stage"]),
            verdict=form.cleaned_data["verdict"],
            reason_kind=form.cleaned_data["reason_kind"],
            reason=form.cleaned_data["reason"],
            seen_sha256=form.cleaned_data["seen_sha256"],
        ),
    )
    if decision is None:
        return _page(request, shown, user, form)
    if user.kind != Kind.GUEST:
        messages.success(request, f"{shown}: {decision.get_verdict_display().lower()}. The ledger keeps it.")
    if decision.verdict == Verdict.TAKEN_BACK:
        return redirect(walk.here_url if walk else reverse("reviews:clip", args=[shown.pk]))
    return redirect(walks.onward(walk, shown, user))


def _seen(user: User, pk: UUID) -> Clip:
    rows = Clip.objects.visible_to(user).for_list().select_related("declared_by__person")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, shown: Clip, user: User, form: DecideForm | None) -> HttpResponse:
    """The page, in the agency's form or in the one that clients see; with a refused form, status 422."""
    context = _context(request, shown, user, form)
    if user.kind == Kind.GUEST:
        context |= client.clip_context(shown, user, context)
    template = "reviews/client_clip.html" if user.kind == Kind.GUEST else "reviews/clip.html"
    return render(request, template, context, status=422 if form else 200)


def _when_ready(shown: Clip, user: User) -> HttpResponse:
    """Tell a waiting page to load itself again once there is something to watch."""
    answer = HttpResponse(status=204)
    if room.picture(shown, user).src:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _context(request: HttpRequest, shown: Clip, user: User, form: DecideForm | None) -> dict[str, Any]:
    guest = user.kind == Kind.GUEST
    states = stage_states(clip=shown)
    takes, take_count = near.takes(shown, user)
    state, label = standing.words(states)
    return {
        **room.player_context(shown, user, _number(request.GET.get("frame", ""))),
        "clip": shown,
        "title": str(shown),
        "guest": guest,
        "crumbs": trails.to_clip(shown, user, last=str(shown)),
        "events_path": f"clips/{shown.pk}/",
        **_notes(request, shown, user),
        "clip_id": shown.pk,
        "annotations_url": reverse("reviews:annotations", args=[shown.pk]),
        "threads_url": reverse("reviews:clip-threads", args=[shown.pk]),
        "can_annotate": user.may(Permission.ANNOTATE),
        "categories": [] if guest else Category.choices,
        "visibilities": [] if guest else _circles(user),
        "steps": standing.steps(states, guest=guest),
        "state": "" if guest else state,
        "state_label": label,
        "may_send": user.may(Permission.SEND_REVIEW),
        "takes": takes,
        "take_count": take_count,
        "may_carry": not guest and user.may(Permission.ANNOTATE) and len(takes) > 1,
        "rate_label": Rate(shown.rate_num, shown.rate_den).label,
        "walk": walks.walk_of(request, shown, user),
        "note_formats": FORMATS.values(),
        "asked": (asked := asked_for(shown, user)),
        "declared": None if asked else declared_for(shown, user),
        "shots": _slots(shown, user),
        "ended": [] if guest else clip_terms.ended(shown, timezone.localdate()),
        **_decision(shown, user, states, form),
    }


def _notes(request: HttpRequest, shown: Clip, user: User) -> dict[str, Any]:
    """The first notes; the page fetches the rest at once, or all of them with ``?notes=all`` where it runs no scripts."""
    cursor = str(Cursor(timezone.now(), internal=threads.shows_internal(shown, user)))
    if request.GET.get("notes") == "all":
        return {"notes": threads.notes_of(shown, user), "cursor": cursor}
    piece = threads.piece_of(shown, user)
    return {"notes": piece.notes, "more_url": piece.more_url, "cursor": cursor}


def _circles(user: User) -> list[tuple[str, str]]:
    offered = [Visibility.INTERNAL, Visibility.CLIENT] + ([Visibility.LEGAL] if user.kind == Kind.LEGAL else [])
    return [(str(circle.value), str(circle.label)) for circle in offered]


def _decision(shown: Clip, user: User, states: list[StageState], form: DecideForm | None) -> dict[str, Any]:
    """What the person may decide here: their stage if its turn has come, and what keeps them from approving."""
    mine = [each for each in states if each.stage.role == user.kind and each.stage.role != Kind.LEGAL]
    turn = next((each for each in mine if each.state != WAITING), None)
    if turn is None or shown.quarantined_at or shown.withdrawn_at:
        return {"turn": None, "waiting_for": next(iter(mine), None), "decide_form": form}
    said = turn.said_by(user.person_id)
    initial = {"stage": turn.stage.pk, "seen_sha256": shown.sha256}
    return {
        "turn": turn,
        "my_decision": said,
        "reasons": ReasonKind.choices,
        "my_label": f"You: {said.get_verdict_display().lower()}" if said else "",
        "own_work": separation.against_approving(user.person_id, involvement(shown)),
        "decide_form": form or DecideForm(initial=initial),
    }


def _slots(shown: Clip, user: User) -> list[Shot]:
    """The shots that a clip without one can be filed under by this person."""
    closed = shown.project.archived_at or shown.withdrawn_at or shown.quarantined_at
    if shown.shot_id is not None or closed or not user.may(Permission.MANAGE_PROJECT):
        return []
    return [shot for shot in shots_of(shown.project, user) if shot.archived_at is None]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
