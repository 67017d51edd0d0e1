"""A generation's page: what was asked, where it stands, what came of it, and what to do when nothing did."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from generations.actions import refetching
from generations.actions.budgets import settle_generation
from generations.actions.cancelling import cancel_generation
from generations.actions.retries import retry_generation
from generations.catalog import roles
from generations.media.findings import Findings, story
from generations.models import Clip, Generation, ProvenanceReport, State
from generations.web.particulars import SettleForm, compared, costs, lineage, onward, sent_shots, technical
from generations.web.shots import shot_crumb
from generations.web.showing import allowed, clip_card, page_of, playing, rate, seconds
from generations.web.standing import alarms_of, standing
from generations.web.timeline import timeline_of
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.errors import Conflict, Refused

SIBLINGS_SHOWN = 12


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
    """Stop a generation, or ask its provider to."""
    found = get_object_or_404(Generation.objects.visible_to(person(request)).select_related("account"), pk=pk)
    try:
        after = cancel_generation(actor=person(request), generation=found)
    except (Conflict, Refused) as error:
        messages.error(request, error.message)
    else:
        ended = after.state == State.CANCELLED
        words = (
            "Cancelled. The money is free again."
            if ended
            else "The provider is asked to stop it. This page tells what it does."
        )
        messages.success(request, words)
    return redirect("generations:generation", found.pk)


@login_required
@require_POST
def fetch_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Fetch a finished file once more."""
    found = get_object_or_404(Generation.objects.visible_to(person(request)), pk=pk)
    try:
        refetching.fetch_again(actor=person(request), generation=found)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "Its file is being fetched. The timeline tells how it goes.")
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


@login_required
@require_POST
def settle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what an ended generation cost in all, by the provider's bill."""
    user = person(request)
    found = get_object_or_404(Generation.objects.visible_to(user), pk=pk)
    user.demand(Permission.GENERATE)
    form = SettleForm(request.POST, auto_id="settle_%s")
    if attempt(form, lambda: settle_generation(actor=user, generation=found, **form.arguments())):
        messages.success(request, "It is settled. The journal keeps what stood there before.")
        return redirect("generations:generation", found.pk)
    if found.is_active:  # the page has no place for the form yet
        messages.error(request, " ".join(map(str, form.non_field_errors())))
        return redirect("generations:generation", found.pk)
    return _page(request, pk, "generations/generation.html", form)


def _page(request: HttpRequest, pk: UUID, template: str, form: SettleForm | None = None) -> HttpResponse:
    user = person(request)
    rows = Generation.objects.visible_to(user).for_list()
    found = get_object_or_404(rows.select_related("capability_record"), pk=pk)
    shot = found.prompt.shot
    context = page_of(found.project, shot_crumb(shot), (f"Version {found.prompt.version}", ""))
    context |= {"generation": found, "prompt": found.prompt, "shot": shot, "may": allowed(user)}
    context |= {"settle_form": form or SettleForm(auto_id="settle_%s")}
    context |= standing(found) | _clip(found, user) | _told(found, user)
    return render(request, template, context | timeline_of(found, user) | lineage(found, user))


def _clip(found: Generation, user: User) -> dict[str, Any]:
    """The clip and its player's facts; ``waiting`` while the page still has something to wait for."""
    rows = Clip.objects.visible_to(user).for_list().select_related("provenance")
    clip = rows.filter(pk=found.clip_id).first() if found.clip_id else None
    player = playing(clip, user) if clip else None
    unfinished = clip is not None and (player is None or not player["poster"])
    late = found.state != State.SUCCEEDED and found.next_poll_at is not None and found.remote_id is not None
    waiting = found.is_active or unfinished or late
    return {"clip": clip, "player": player, "waiting": waiting} | (_of_clip(clip) if clip else {})


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
        "marks": story(Findings.of_report(report)) if report else [],
    }


def _told(found: Generation, user: User) -> dict[str, Any]:
    """What was asked and used, what it cost, what somebody should look at, and the takes from the same words."""
    rows = Generation.objects.visible_to(user).filter(prompt=found.prompt_id).exclude(pk=found.pk)
    siblings = rows.filter(clip__isnull=False).select_related("clip__shot").prefetch_related("clip__renditions")
    ways, no_way = onward(found)
    return {
        "compared": compared(found),
        "technical": technical(found),
        "cost": costs(found, user),
        "alarms": alarms_of(found, user),
        "ways": ways,
        "no_way": no_way,
        "sent_shots": sent_shots(found),
        "given": [
            (each, roles.title(each.reference.kind, each.role)) for each in found.given.select_related("reference")
        ],
        "retries": Generation.objects.visible_to(user).filter(retry_of=found)[:SIBLINGS_SHOWN],
        "siblings": [(row, clip_card(row.clip)) for row in siblings[:SIBLINGS_SHOWN] if row.clip],
    }
