"""Files beside notes."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from reviews.actions import attach
from reviews.models import Attachment
from reviews.models.talk import OnAnnotation
from reviews.rules.cursor import Cursor
from reviews.web.annotations import html_of, seen_note
from reviews.web.reading import answers_json, identity, wrong
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib.ranges import ranged_response

# Whatever a file is, a browser runs nothing of it and loads nothing for it.
INERT = "default-src 'none'; sandbox"


@login_required
@require_POST
@answers_json
def add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a file beside one's own note: ``id`` and ``file`` of a form."""
    user, note, now = seen_note(request, pk)
    file = request.FILES.get("file")
    if file is None:
        raise wrong("file", "Choose a file.")
    key = identity(request.POST.get("id"), "id")
    attach.attach_file(actor=user, annotation=note, id=key, file=file, original_name=file.name or "")
    return JsonResponse({"html": html_of(note, user), "cursor": str(Cursor(now))})


@login_required
@require_safe
def serve(request: HttpRequest, pk: UUID, name: str) -> HttpResponseBase:
    """Send a file: pictures to be shown, everything else to be kept. The name in the address is for people alone."""
    row = get_object_or_404(_standing(person(request)), pk=pk)
    picture = row.media_type.startswith("image/")
    response = ranged_response(
        request,
        attach.path_of(row),
        content_type=f"{row.media_type}; charset=utf-8" if row.media_type.startswith("text/") else row.media_type,
        etag=row.sha256,
        filename=row.name,
        attachment=not picture,
        accel_prefix=settings.MEDIA_ACCEL_PREFIX,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = INERT
    return response


@login_required
@require_POST
@answers_json
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take one's own file away."""
    user, now = person(request), timezone.now()
    row = get_object_or_404(_standing(user).select_related("annotation__clip__project"), pk=pk)
    attach.delete_attachment(actor=user, attachment=row)
    return JsonResponse({"html": html_of(row.annotation, user), "cursor": str(Cursor(now))})


def _standing(user: User) -> "OnAnnotation[Attachment]":
    return Attachment.objects.visible_to(user).filter(deleted_at=None, annotation__deleted_at=None)
