"""A review as its guests see it: the clips in order, the end of it, and the clip page with a bar to decide on."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from generations.models import Clip, Generation
from reviews.actions import seats
from reviews.models import Decision, Review, ReviewParticipant
from reviews.rules.stages import WAITING, StageState
from reviews.web import boards, room, walks
from reviews.web.telling import told_about
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib.amounts import money_words


@dataclass(frozen=True)
class Step:
    """A clip on a guest's way: ``state`` is approved, changes_requested, open or waiting, as *they* left it."""

    clip: Clip
    number: int
    poster: str
    seconds: str
    state: str
    decision: Decision | None
    url: str


def overview(request: HttpRequest, shown: Review, user: User) -> HttpResponse:
    """The review's first page for a guest: understood at once, with one big way on."""
    seats.mark_opened(actor=user, review=shown)
    steps = steps_of(shown, user)
    waiting = [step for step in steps if step.state == "open"]
    context = {
        "review": shown,
        "steps": steps,
        "decided": sum(step.decision is not None for step in steps),
        "first": waiting[0] if waiting else (steps[0] if steps else None),
        "begun": len(waiting) < len(steps),
        "waiting": len(waiting),
        "events_path": f"clips/{steps[0].clip.pk}/" if steps else "",
        "section": "reviews",
    }
    return render(request, "reviews/client.html", context)


@login_required
@require_GET
def done(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The end: what this person said of each clip, and what happens next."""
    user = person(request)
    rows = Review.objects.visible_to(user).select_related("project", "stage", "created_by__person")
    shown = get_object_or_404(rows, pk=pk)
    seat = get_object_or_404(ReviewParticipant.objects.standing(), review=shown, user=user)
    steps = steps_of(shown, user)
    context = {
        "review": shown,
        "steps": steps,
        "open": [step for step in steps if step.state == "open"],
        "seat": seat,
        "section": "reviews",
    }
    return render(request, "reviews/client_done.html", context)


@login_required
@require_POST
def finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that one is done, with whatever is left open."""
    user = person(request)
    seats.finish_review(actor=user, review=get_object_or_404(Review.objects.visible_to(user), pk=pk))
    return redirect("reviews:review-done", pk=pk)


def steps_of(shown: Review, user: User) -> list[Step]:
    """The clips of the review that this person may see, each with what they said of it."""
    walk = walks.Walk(shown, [], shown.pk)
    return [
        _step(number, clip, state, user, walk)
        for number, (clip, state) in enumerate(boards.in_stage(shown, user), start=1)
    ]


def _step(number: int, clip: Clip, state: StageState | None, user: User, walk: walks.Walk) -> Step:
    said = state.said_by(user.person_id) if state else None
    word = said.verdict if said else "open" if walks.waits(state, user) else WAITING
    seconds = f"{clip.frame_count * clip.rate_den / clip.rate_num:.1f} s"
    return Step(clip, number, room.poster_url(clip), seconds, word, said, walk.to(clip.pk))


def clip_context(shown: Clip, user: User, context: dict[str, Any]) -> dict[str, Any]:
    """What the clip page shows a guest besides what it shows everybody."""
    walk, turn = context["walk"], context["turn"]
    review = walk.review if walk else None
    return {
        "review": review,
        "locked": bool(turn and turn.locked),
        "open_for_words": review is None or review.closed_at is None,
        "told": _told(shown, user),
    }


def _told(shown: Clip, user: User) -> list[tuple[str, str]]:
    """The facts about how the clip was made that a review open to this guest turns on: nothing, unless one does."""
    told = told_about([shown], user)
    made = Generation.objects.filter(clip=shown).select_related("prompt", "account").first()
    facts: list[tuple[str, str]] = []
    if "prompts" in told:
        facts.append(("Prompt", made.prompt.text if made else shown.declared_prompt))
    if "provider" in told:
        facts += [("Model", made.model if made else shown.declared_model)]
        facts += [("Service", made.account.route if made else shown.declared_route)]
    if "costs" in told and made is not None:
        facts.append(("Cost", money_words(made.settled_micro, made.settled_currency or made.currency)))
    return facts
