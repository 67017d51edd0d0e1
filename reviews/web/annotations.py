"""Notes: the review room sends and gets JSON; a browser without JavaScript sends the form and gets the page again."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from generations.models import Clip
from reviews.actions import annotate
from reviews.models import Annotation
from reviews.web import room
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import DomainError, InvalidInput
from sorahub.lib.ids import uuid7

View = Callable[..., HttpResponse]


def answers_json(view: View) -> View:
    """Turn a refusal into ``{"detail": words}`` with its status, which is what the room's scripts read."""

    @wraps(view)
    def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
        try:
            return view(request, pk)
        except DomainError as error:
            words = " ".join(error.fields.values()) or error.message
            return JsonResponse({"detail": words, "code": error.code}, status=error.status)

    return answer


@login_required
@require_GET
def threads(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The notes of a clip alone, fetched anew whenever something changed."""
    user = person(request)
    clip = get_object_or_404(Clip.objects.visible_to(user), pk=pk)
    return render(request, "reviews/threads.html", {"notes": room.notes_of(clip, user)})


@login_required
@require_POST
def annotations(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write a note: 201 with its HTML, 200 when this id is known already."""
    if request.content_type != "application/json":
        return _from_plain_form(request, pk)
    return _from_room(request, pk)


@answers_json
def _from_room(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = person(request)
    clip = get_object_or_404(Clip.objects.visible_to(user).select_related("project"), pk=pk)
    said = _json(request)
    note_id = _uuid(said.get("id"), "id")
    known = Annotation.objects.filter(pk=note_id).exists()
    note = annotate.write_annotation(
        actor=user,
        clip=clip,
        id=note_id,
        frame_in=_whole(said.get("frame_in"), "frame_in"),
        frame_out=_whole(said.get("frame_out"), "frame_out"),
        body=_text(said.get("body"), "body"),
        parent=_parent(said.get("parent"), user),
        shapes=_list(said.get("shapes"), "shapes"),
        **{name: _text(said[name], name) for name in ("category", "visibility") if said.get(name)},
    )
    html = _html(note, clip, user)
    return JsonResponse({"id": str(note.pk), "html": html}, status=200 if known else 201)


def _from_plain_form(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = person(request)
    clip = get_object_or_404(Clip.objects.visible_to(user).select_related("project"), pk=pk)
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
    user, note = _note(request, pk)
    act = annotate.resolve_annotation if _json(request).get("resolved", True) else annotate.reopen_annotation
    return _thread(act(actor=user, annotation=note), user)


@login_required
@require_POST
@answers_json
def reopen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open a thread again."""
    user, note = _note(request, pk)
    return _thread(annotate.reopen_annotation(actor=user, annotation=note), user)


@login_required
@require_POST
@answers_json
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change the words of one's own note: ``{"body": words}``."""
    user, note = _note(request, pk)
    body = _text(_json(request).get("body"), "body")
    return _thread(annotate.edit_annotation(actor=user, annotation=note, body=body), user)


@login_required
@require_POST
@answers_json
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hide one's own note."""
    user, note = _note(request, pk)
    annotate.delete_annotation(actor=user, annotation=note)
    return JsonResponse({"id": str(note.pk), "deleted": True})


def _note(request: HttpRequest, pk: UUID) -> tuple[User, Annotation]:
    user = person(request)
    rows = Annotation.objects.visible_to(user).standing().select_related("clip__project")
    return user, get_object_or_404(rows, pk=pk)


def _thread(note: Annotation, user: User) -> HttpResponse:
    return JsonResponse({"id": str(note.pk), "html": _html(note, note.clip, user)})


def _html(note: Annotation, clip: Clip, user: User) -> str:
    if note.parent_id is not None:
        return render_to_string("components/reply.html", {"reply": room.reply_of(note)})
    return render_to_string("components/note.html", {"note": room.single_note(note, clip, user)})


def _parent(value: Any, user: User) -> Annotation | None:
    if not value:
        return None
    return get_object_or_404(Annotation.objects.visible_to(user).standing(), pk=_uuid(value, "parent"))


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        said = json.loads(request.body or b"{}")
    except ValueError as error:
        raise InvalidInput("This is not JSON.", code="not-json") from error
    if not isinstance(said, dict):
        raise InvalidInput("Send one JSON object.", code="not-an-object")
    return said


def _uuid(value: Any, field: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError as error:
        raise _wrong(field, "An id is a UUID.") from error


def _whole(value: Any, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(field, "Frames are whole numbers from 0.")
    return value


def _text(value: Any, field: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(field, "Words are expected here.")
    return value


def _list(value: Any, field: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(field, "A list is expected here.")
    return value


def _wrong(field: str, words: str) -> InvalidInput:
    return InvalidInput(words, fields={field: words})
