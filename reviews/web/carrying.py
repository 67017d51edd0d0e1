"""Carry notes to another take."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from generations.models import Clip
from reviews.actions import carry
from reviews.rules.cursor import Cursor
from reviews.web import near
from reviews.web.annotations import answer_with, seen_clip, seen_note
from reviews.web.colleagues import colleague
from reviews.web.reading import answers_json, identity, said_in
from sorahub.accounts.web.forms import person


@login_required
@require_GET
def takes(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Part of the dialog: the takes that the clip's page does not show."""
    user = colleague(request)
    clip = get_object_or_404(Clip.objects.visible_to(user).select_related("shot"), pk=pk)
    return render(request, "reviews/carry_takes.html", {"clip": clip, "takes": near.others(clip, user)})


@login_required
@require_POST
@answers_json
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Carry a note to the take ``{"clip": id}``: its copy as HTML, and in ``words`` what did not keep its frames."""
    user, note, now = seen_note(request, pk)
    clip = seen_clip(user, identity(said_in(request).get("clip"), "clip"))
    carried = carry.carry_annotation(actor=user, annotation=note, clip=clip)
    return answer_with(carried.notes[0], user, now, clip=str(clip.pk), words=" ".join(carried.words))


@login_required
@require_POST
@answers_json
def all_open(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Carry all open notes of a clip to the take ``{"to": id}``: how many, how many of them new, and what moved."""
    user, now = person(request), timezone.now()
    clip = seen_clip(user, pk)
    to = seen_clip(user, identity(said_in(request).get("to"), "to"))
    carried = carry.carry_open(actor=user, clip=clip, to=to)
    said = {"carried": len(carried.notes), "new": carried.new, "clip": str(to.pk), "words": " ".join(carried.words)}
    return JsonResponse({**said, "cursor": str(Cursor(now))})
