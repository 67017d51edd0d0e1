"""Notes: the review room sends and gets JSON; a browser without JavaScript sends the form and gets the page again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from generations.models import Clip
from reviews.actions import annotate, mentions
from reviews.actions.rewording import edit_annotation
from reviews.models import Annotation, Category, Visibility, Wording
from reviews.rules import cursor as cursors
from reviews.rules.cursor import Cursor
from reviews.rules.markdown import render as render_words
from reviews.web import threads as reading_threads
from reviews.web.reading import answers_json, identity, listed, said_in, text, whole
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib.ids import uuid7

MOST_OFFERED = 10
MOST_WORDINGS = 100


@login_required
@require_GET
def threads(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The notes of a clip: a list in HTML, the rest of it ``?after=`` a note, or as JSON what changed ``?since=`` a cursor."""
    user, now = person(request), timezone.now()
    clip = seen_clip(user, pk)
    if "since" in request.GET:
        return _changes(clip, user, cursors.read(request.GET["since"]), now)
    if "after" in request.GET:
        piece = reading_threads.piece_of(clip, user, identity(request.GET["after"], "after"))
        return render(request, "reviews/threads.html", {"notes": piece.notes, "more_url": piece.more_url})
    return render(request, "reviews/threads.html", {"notes": reading_threads.notes_of(clip, user)})


def _changes(clip: Clip, user: User, since: Cursor | None, now: datetime) -> HttpResponse:
    if since is None:
        notes, gone = reading_threads.notes_of(clip, user), []
        cursor = Cursor(now, internal=reading_threads.shows_internal(clip, user))
    else:
        changes = reading_threads.changes_of(clip, user, since, now)
        notes, gone, cursor = changes.notes, changes.gone, changes.cursor
    shown = [{"id": str(note.id), "html": render_to_string("components/note.html", {"note": note})} for note in notes]
    return JsonResponse({"notes": shown, "gone": [str(pk) for pk in gone], "cursor": str(cursor)})


@login_required
@require_POST
def annotations(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write a note: 201 with its HTML, 200 when this id is known already."""
    if request.content_type != "application/json":
        return _from_plain_form(request, pk)
    return _from_room(request, pk)


@answers_json
def _from_room(request: HttpRequest, pk: UUID) -> HttpResponse:
    user, now = person(request), timezone.now()
    clip = seen_clip(user, pk)
    said = said_in(request)
    note = annotate.write_annotation(
        actor=user,
        clip=clip,
        id=identity(said.get("id"), "id"),
        frame_in=whole(said.get("frame_in"), "frame_in"),
        frame_out=whole(said.get("frame_out"), "frame_out"),
        body=text(said.get("body"), "body"),
        parent=_parent(said.get("parent"), user),
        shapes=listed(said.get("shapes"), "shapes"),
        **{name: text(said[name], name) for name in ("category", "visibility") if said.get(name)},
    )
    return answer_with(note, user, now, status=201 if note.created_at >= now else 200)


def _from_plain_form(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = person(request)
    clip = seen_clip(user, pk)
    said: dict[str, Any] = {name: request.POST[name] for name in ("category", "visibility") if request.POST.get(name)}
    annotate.write_annotation(
        actor=user, clip=clip, id=uuid7(), frame_in=0, frame_out=0, body=request.POST.get("body", ""), **said
    )
    messages.success(request, "Your note is kept, on the first frame.")
    return redirect("reviews:clip", pk=clip.pk)


@login_required
@require_POST
@answers_json
def resolve(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Resolve a thread, or open it again with ``{"resolved": false}``."""
    user, note, now = seen_note(request, pk)
    act = annotate.resolve_annotation if said_in(request).get("resolved", True) else annotate.reopen_annotation
    return answer_with(act(actor=user, annotation=note), user, now)


@login_required
@require_POST
@answers_json
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open a thread again."""
    user, note, now = seen_note(request, pk)
    return answer_with(annotate.reopen_annotation(actor=user, annotation=note), user, now)


@login_required
@require_POST
@answers_json
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change one's own note: ``{"body": words, "category": …, "frame_in": …, "frame_out": …}``, whatever is to change."""
    user, note, now = seen_note(request, pk)
    said = said_in(request)
    given: dict[str, Any] = {name: text(said[name], name) for name in ("body", "category") if name in said}
    given |= {name: whole(said[name], name) for name in ("frame_in", "frame_out") if name in said}
    return answer_with(edit_annotation(actor=user, annotation=note, **given), user, now)


@login_required
@require_POST
@answers_json
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hide one's own note; the HTML is empty unless a reply keeps its place."""
    user, note, now = seen_note(request, pk)
    return answer_with(annotate.delete_annotation(actor=user, annotation=note), user, now)


@login_required
@require_GET
def history(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a note said before it was edited, newest first, as a piece of HTML."""
    user, note, _ = seen_note(request, pk)
    former = Wording.objects.visible_to(user).filter(annotation=note).order_by("-number")[:MOST_WORDINGS]
    shown = [{"row": row, "shown": render_words(row.body), "category": Category(row.category).label} for row in former]
    return render(request, "reviews/history.html", {"wordings": shown})


@login_required
@require_GET
@answers_json
def people(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who can be mentioned here by this person: ``[{id, name, kind}]``, at most ten whose name has ``?q=`` in it."""
    user = person(request)
    clip = seen_clip(user, pk)
    circle = request.GET.get("visibility", Visibility.CLIENT)
    rows = mentions.offered(user, clip, circle).filter(person__name__icontains=request.GET.get("q", "").strip()[:100])
    found = rows.select_related("person").order_by("person__name", "pk").distinct()[:MOST_OFFERED]
    named = [{"id": str(one.pk), "name": one.get_full_name(), "kind": one.get_kind_display()} for one in found]
    return JsonResponse(named, safe=False)


def seen_clip(user: User, pk: UUID) -> Clip:
    """Return the clip, if it exists for this person."""
    return get_object_or_404(Clip.objects.visible_to(user).select_related("project"), pk=pk)


def seen_note(request: HttpRequest, pk: UUID) -> tuple[User, Annotation, datetime]:
    """Return who asks, the standing note that they ask about, and since when."""
    user, now = person(request), timezone.now()
    rows = Annotation.objects.visible_to(user).standing().select_related("clip__project")
    return user, get_object_or_404(rows, pk=pk), now


def answer_with(note: Annotation, user: User, now: datetime, status: int = 200, **more: Any) -> HttpResponse:
    """Answer with the note's thread or reply as HTML, and the moment of the change as a cursor."""
    said = {"id": str(note.pk), "html": html_of(note, user), "cursor": str(Cursor(now)), **more}
    return JsonResponse(said, status=status)


def html_of(note: Annotation, user: User) -> str:
    """Return a note's whole thread, or a reply alone, as this person sees it; nothing where nothing is left."""
    if note.parent_id is None:
        shown = reading_threads.single(note, note.clip, user)
        return render_to_string("components/note.html", {"note": shown}) if shown else ""
    reply = reading_threads.single_reply(note, note.clip, user)
    return render_to_string("components/reply.html", {"reply": reply}) if reply else ""


def _parent(value: Any, user: User) -> Annotation | None:
    if not value:
        return None
    return get_object_or_404(Annotation.objects.visible_to(user).standing(), pk=identity(value, "parent"))
