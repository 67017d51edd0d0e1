"""Notes out to edit suites and people, and in again: files at once, PDFs by a job, imports by a preview that is confirmed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.models import Clip
from reviews.actions import export_notes, import_notes
from reviews.interchange import gathering, stash
from reviews.interchange.formats import File
from reviews.models import Review
from reviews.web import trails
from reviews.web.egress import whole_file
from reviews.web.note_forms import ImportForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.errors import InvalidInput

SALT = "reviews.note-import"
CONFIRM_WITHIN = 3600
SHOWN_ROWS = 200


@login_required
@require_GET
def clip_export(request: HttpRequest, pk: UUID, format: str) -> HttpResponse:
    """Hand over a clip's notes. ``?state= &category= &visibility= &start= &drop=``."""
    user = person(request)
    return _exported(request, user, _clip(user, pk), format)


@login_required
@require_GET
def review_export(request: HttpRequest, pk: UUID, format: str) -> HttpResponse:
    """Hand over the notes of a review's clips as one file; ``?clip=`` picks some of them."""
    user = person(request)
    return _exported(request, user, _review(user, pk), format)


def _exported(request: HttpRequest, user: User, of: Clip | Review, format: str) -> HttpResponse:
    file = export_notes.export_notes(
        actor=user,
        of=of,
        format=format,
        filters=filters_of(request.GET),
        only=picked(request.GET),
        start=request.GET.get("start", "").strip() or None,
        drop=request.GET.get("drop") in {"1", "on", "true"},
    )
    return attached(file)


def attached(file: File) -> HttpResponse:
    """Answer with a file to keep."""
    answer = HttpResponse(file.data, content_type=file.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def filters_of(query: QueryDict) -> gathering.Filters:
    """Return the filters in a query or a form."""
    lists = {name: [value for value in query.getlist(name) if value] for name in ("category", "visibility")}
    return gathering.filters_from({"state": query.get("state", ""), **lists})


def picked(query: QueryDict) -> list[UUID]:
    """Return the clips that a query picks. Raises InvalidInput for what is no id."""
    try:
        return [UUID(value) for value in query.getlist("clip") if value]
    except ValueError as error:
        raise InvalidInput("A clip is picked by its id.", fields={"clip": "Not an id."}) from error


@login_required
@require_POST
def clip_sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have a PDF of a clip's notes made."""
    user = person(request)
    return _sheet(request, user, _clip(user, pk))


@login_required
@require_POST
def review_sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have a PDF of the notes on a review's clips made."""
    user = person(request)
    return _sheet(request, user, _review(user, pk))


def _sheet(request: HttpRequest, user: User, of: Clip | Review) -> HttpResponse:
    filters = filters_of(request.POST)
    job = export_notes.request_sheet(actor=user, of=of, filters=filters, only=picked(request.POST))
    return redirect("reviews:note-sheet", pk=job.pk)


@login_required
@require_GET
def sheet(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say how a PDF stands; htmx asks for the changing part alone."""
    user = person(request)
    shown = export_notes.sheet_of(actor=user, pk=pk)
    back = _way_back(shown, user)
    context = {
        "sheet": shown,
        "title": shown.title,
        "back": back[-1][1],
        "crumbs": [*back, ("PDF", "")],
        "percent": 100 * shown.done // shown.of if shown.of else None,
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "reviews/note_sheet_live.html" if part else "reviews/note_sheet.html", context)


def _way_back(shown: export_notes.Sheet, user: User) -> trails.Trail:
    if shown.review is not None:
        return [*trails.to_reviews(), (str(shown.review), reverse("reviews:review", args=[shown.review.pk]))]
    assert shown.clip is not None  # noqa: S101 (a sheet is of one of the two)
    trail = trails.to_clip(shown.clip, user, last=str(shown.clip))
    return [*trail[:-1], (str(shown.clip), reverse("reviews:clip", args=[shown.clip.pk]))]


@login_required
@require_GET
def sheet_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over a finished PDF."""
    grant = export_notes.grant_sheet(actor=person(request), pk=pk)
    return whole_file(grant.path, "application/pdf", grant.sha256, grant.filename)


@login_required
@require_http_methods(["GET", "POST"])
def notes_import(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Bring notes in: a file is read and shown first; what was shown is written when it is confirmed."""
    user = person(request)
    user.demand(Permission.ANNOTATE)
    clip = _clip(user, pk)
    if request.POST.get("confirm"):
        return _confirmed(request, user, clip, request.POST["confirm"])
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ImportForm(*posted, user=user)
    plan = attempt(form, _planning(user, clip, form))
    if plan is None:
        return render(
            request, "reviews/notes_import.html", _page(clip, user, form), status=422 if form.is_bound else 200
        )
    token = signing.dumps(
        {**form.choices(), "file": stash.keep(form.data_read), "user": str(user.pk), "clip": str(clip.pk)}, salt=SALT
    )
    shown = {"plan": plan, "rows": plan.notes[:SHOWN_ROWS], "more": len(plan.notes) - SHOWN_ROWS, "token": token}
    return render(request, "reviews/notes_import_preview.html", {**_page(clip, user, form), **shown})


def _planning(user: User, clip: Clip, form: ImportForm) -> Callable[[], import_notes.Plan]:
    return lambda: import_notes.plan_import(actor=user, clip=clip, data=form.read(), **form.choices())


def _confirmed(request: HttpRequest, user: User, clip: Clip, token: str) -> HttpResponse:
    """Write what was shown; the token names the kept file and what was chosen, for this person and clip only."""
    try:
        told: dict[str, Any] = signing.loads(token, salt=SALT, max_age=CONFIRM_WITHIN)
        if (told["user"], told["clip"]) != (str(user.pk), str(clip.pk)):
            raise signing.BadSignature
        data = stash.kept(told["file"])
    except (signing.BadSignature, FileNotFoundError):
        messages.error(request, "This preview is no longer there. Choose the file again.")
        return redirect("reviews:notes-import", pk=clip.pk)
    plan = import_notes.import_notes(
        actor=user, clip=clip, data=data, start=told["start"], visibility=told["visibility"]
    )
    stash.drop(told["file"])
    count = len(plan.new)
    messages.success(request, f"{count} note{'' if count == 1 else 's'} brought in from {plan.label}.")
    return redirect("reviews:clip", pk=clip.pk)


def _page(clip: Clip, user: User, form: ImportForm) -> dict[str, Any]:
    trail = trails.to_clip(clip, user, last=str(clip))
    crumbs = [*trail[:-1], (str(clip), reverse("reviews:clip", args=[clip.pk])), ("Import notes", "")]
    return {"clip": clip, "form": form, "crumbs": crumbs, "title": "Import notes"}


def _clip(user: User, pk: UUID) -> Clip:
    return get_object_or_404(Clip.objects.visible_to(user).select_related("project__client", "shot"), pk=pk)


def _review(user: User, pk: UUID) -> Review:
    return get_object_or_404(Review.objects.visible_to(user).select_related("project"), pk=pk)
