"""A generation's page: what was asked, where it stands, what came of it, and what to do when nothing did."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from generations import catalog
from generations.actions.cancelling import cancel_generation
from generations.actions.retries import retry_generation
from generations.models import Clip, ErrorClass, Generation, ProvenanceReport, State
from generations.web.shots import shot_crumb
from generations.web.showing import allowed, clip_card, cost, page_of, playing, rate, seconds
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import Conflict, DomainError, Refused

SIBLINGS_SHOWN = 12

NEXT_WORDS = {
    State.RESERVED: "The money is set aside. It is sent as soon as a place is free.",
    State.SUBMITTING: "It is on its way to the provider.",
    State.SUBMIT_UNKNOWN: "The provider did not answer. It is asked whether the request arrived, before anything is sent again.",
    State.QUEUED: "It waits in the provider’s queue.",
    State.RUNNING: "The provider is rendering it.",
    State.FETCHING: "It is done. The file is being fetched, checked and hashed.",
}
MEND = {
    ErrorClass.AUTH: "The key of the provider account is wrong or withdrawn. An administrator can enter a new one.",
    ErrorClass.ACCOUNT: "The provider account needs attention: credit, arrears or activation. Ask an administrator.",
    ErrorClass.INVALID_REQUEST: "Change what was asked: other words, length or size.",
    ErrorClass.MODERATION_INPUT: "Write the prompt differently, or use another reference. The same words would be refused again.",
    ErrorClass.MODERATION_OUTPUT: "Try once more or soften the words: what was rendered was refused, not what you wrote.",
    ErrorClass.RATE_LIMITED: "Wait a little, then try again.",
    ErrorClass.CONCURRENCY_LIMITED: "Wait until others have finished, then try again.",
    ErrorClass.PROVIDER_TRANSIENT: "Try again: the fault was the provider’s and most likely a passing one.",
    ErrorClass.PROVIDER_PERMANENT: "Choose another model: the provider no longer offers this one.",
    ErrorClass.EXPIRED_ASSET: "Try again: the provider has already deleted the file.",
    ErrorClass.AMBIGUOUS_SUBMIT: "Look at the provider’s own list before trying again: it may have been made and charged.",
    ErrorClass.INTEGRITY: "Try again: the file that came could not be read as a video.",
}
# Asking for exactly the same again would be refused again.
HOPELESS_AGAIN = frozenset({ErrorClass.INVALID_REQUEST, ErrorClass.MODERATION_INPUT, ErrorClass.PROVIDER_PERMANENT})


@login_required
@require_GET
def generation(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a generation."""
    return _page(request, pk, "generations/generation.html")


@login_required
@require_GET
def generation_live(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The part of the page that changes by itself."""
    return _page(request, pk, "generations/generation_live.html")


@login_required
@require_POST
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop a generation that has not been sent."""
    found = get_object_or_404(Generation.objects.visible_to(person(request)), pk=pk)
    try:
        cancel_generation(actor=person(request), generation=found)
    except (Conflict, Refused) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Cancelled. The money is free again.")
    return redirect("generations:generation", found.pk)


@login_required
@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for the same again."""
    found = get_object_or_404(Generation.objects.visible_to(person(request)), pk=pk)
    try:
        again = retry_generation(actor=person(request), generation=found)
    except (Conflict, Refused) as error:
        messages.error(request, error.message)
        return redirect("generations:generation", found.pk)
    messages.success(request, "Asked for again. This page follows the new one.")
    return redirect("generations:generation", again.pk)


def _page(request: HttpRequest, pk: UUID, template: str) -> HttpResponse:
    user = person(request)
    found = get_object_or_404(Generation.objects.visible_to(user).for_list(), pk=pk)
    shot = found.prompt.shot
    context = page_of(found.project, shot_crumb(shot), (f"Version {found.prompt.version}", ""))
    context |= {"generation": found, "prompt": found.prompt, "shot": shot, "may": allowed(user)}
    return render(request, template, context | _standing(found) | _clip(found, user) | _told(found, user))


def _standing(found: Generation) -> dict[str, Any]:
    """Where it stands, what comes next, and what mends it."""
    state = State(found.state)
    known = found.error_class in ErrorClass.values
    helps = found.error_class not in HOPELESS_AGAIN
    return {
        "next_words": NEXT_WORDS.get(state, ""),
        "mend": MEND.get(ErrorClass(found.error_class), "") if known else "",
        "can_cancel": state == State.RESERVED,
        "can_retry": state in {State.FAILED, State.CANCELLED, State.EXPIRED, State.LOST},
        "same_again_helps": helps,
        "retry_kind": "primary" if helps else "",
    }


def _clip(found: Generation, user: User) -> dict[str, Any]:
    """The clip and its player's facts; ``waiting`` while the page still has something to wait for."""
    rows = Clip.objects.visible_to(user).for_list().select_related("provenance")
    clip = rows.filter(pk=found.clip_id).first() if found.clip_id else None
    player = playing(clip, user) if clip else None
    unfinished = clip is not None and (player is None or not player["poster"])
    return {"clip": clip, "player": player, "waiting": found.is_active or unfinished} | (_of_clip(clip) if clip else {})


def _of_clip(clip: Clip) -> dict[str, Any]:
    report = ProvenanceReport.objects.filter(clip=clip).first()
    return {
        "report": report,
        "clip_facts": [
            ("Length", f"{clip.frame_count} frames, {seconds(clip)} at {rate(clip)} per second"),
            ("Picture", f"{clip.width} × {clip.height}, {clip.video_codec}, {clip.pixel_format}"),
            ("Sound", clip.audio_codec or "none"),
            ("Container", clip.container),
        ],
        "c2pa": (report.c2pa_state if report else "not_checked").replace("_", " "),
    }


def _told(found: Generation, user: User) -> dict[str, Any]:
    """What was asked, the relatives, and the takes from the same words."""
    title = _title(found)
    facts = [
        ("Model", f"{title} ({found.model})" if title else found.model),
        ("Provider account", found.account.name),
        ("Length asked for", f"{found.params.get('seconds')} s"),
        ("Picture asked for", str(found.params.get("size", "")).replace("x", " × ")),
        ("Seed", found.params.get("seed", "chosen by the provider")),
        ("Cost", cost(found)),
        ("Catalogue entry", found.capability_version),
        ("Provider’s id", found.remote_id),
    ]
    rows = Generation.objects.visible_to(user).filter(prompt=found.prompt_id).exclude(pk=found.pk)
    siblings = rows.filter(clip__isnull=False).select_related("clip__shot").prefetch_related("clip__renditions")
    return {
        "facts": facts,
        "references": list(found.references.all()),
        "retries": Generation.objects.visible_to(user).filter(retry_of=found)[:SIBLINGS_SHOWN],
        "siblings": [(row, clip_card(row.clip)) for row in siblings[:SIBLINGS_SHOWN] if row.clip],
    }


def _title(found: Generation) -> str:
    try:
        return catalog.capability(found.account.route, found.model, found.mode).title
    except DomainError:
        return ""
