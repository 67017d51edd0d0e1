"""Bring a finished clip in, and follow it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from generations.actions.uploads import receive_upload
from generations.models import Clip, Project, Upload
from generations.web.project_forms import UploadForm
from generations.web.showing import cards_by_id, page_of
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person


@login_required
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a video with its story."""
    user = person(request)
    user.demand(Permission.UPLOAD)
    project = get_object_or_404(Project.objects.visible_to(user), pk=pk)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*posted, project=project, initial={"shot": request.GET.get("shot")})
    if made := attempt(form, lambda: receive_upload(actor=user, project=project, **form.arguments())):
        return redirect("generations:upload-state", made.pk)
    return render(request, "generations/upload.html", page_of(project, ("Upload", "")) | {"form": form})


@login_required
@require_GET
def upload_state(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say how an upload stands; htmx asks for the changing part alone."""
    user = person(request)
    rows = Upload.objects.visible_to(user).select_related("project", "shot", "clip")
    found = get_object_or_404(rows, pk=pk)
    cards = cards_by_id(Clip.objects.visible_to(user), [found.clip_id])
    context: dict[str, Any] = page_of(found.project, ("Upload", "")) | {"upload": found}
    card = cards.get(found.clip_id) if found.clip_id else None
    context |= {"card": card, "waiting": found.state == Upload.State.RECEIVED or (card is not None and not card.poster)}
    part = request.headers.get("HX-Request") == "true"
    return render(request, "generations/upload_live.html" if part else "generations/upload_state.html", context)
