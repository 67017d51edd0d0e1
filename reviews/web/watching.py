"""What pages say while a person watches: which frames; and how the producer's page learns of it."""

import json
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from generations.models import Clip
from reviews.actions.progress import progress_of
from reviews.actions.viewing import note_watched
from reviews.models import Review
from reviews.web.reading import answers_json
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import InvalidInput


@login_required
@require_POST
@answers_json
def watched(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep ``{"clip": id, "spans": [[first, last], …]}``. 404 tells the page that it is over: it stops playing and says so."""
    user = person(request)
    review = get_object_or_404(Review.objects.visible_to(user), pk=pk)
    clip_id, spans = _said(request)
    clip = get_object_or_404(Clip.objects.visible_to(user), pk=clip_id)
    note_watched(actor=user, review=review, clip=clip, spans=spans)
    return JsonResponse({"kept": len(spans)})


@login_required
@require_GET
def people(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The table of who did what, alone: fetched anew while the producer looks at it."""
    user = person(request)
    rows = Review.objects.visible_to(user) if user.kind != Kind.GUEST else Review.objects.none()
    review = get_object_or_404(rows.select_related("project", "stage"), pk=pk)
    return render(request, "reviews/people.html", people_context(review, user))


def people_context(review: Review, user: User) -> dict[str, Any]:
    """What templates/reviews/people.html takes."""
    rows = progress_of(review, user)
    may_send = user.may(Permission.SEND_REVIEW)
    return {
        "review": review,
        "rows": rows,
        "may_remind": may_send and review.closed_at is None,
        "may_take_out": may_send and review.revoked_at is None,
        "unfinished": [row for row in rows if row.waiting],
        "late": [row for row in rows if row.late],
    }


def _said(request: HttpRequest) -> tuple[UUID, list[list[int]]]:
    try:
        said = json.loads(request.body or b"{}")
        clip, spans = UUID(str(said["clip"])), said["spans"]
    except (ValueError, KeyError, TypeError) as error:
        raise _wrong() from error
    if not isinstance(spans, list) or not all(isinstance(span, list) for span in spans):
        raise _wrong()
    if not all(isinstance(frame, int) and not isinstance(frame, bool) for span in spans for frame in span):
        raise _wrong()
    return clip, spans


def _wrong() -> InvalidInput:
    return InvalidInput("Send {clip, spans: [[first, last], …]} with whole numbers.", code="not-spans")
