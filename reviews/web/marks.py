"""Marks on a picture, saved one by one by the room's scripts."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from reviews.actions import marks
from reviews.models import Shape
from reviews.rules.cursor import Cursor
from reviews.web.annotations import seen_note
from reviews.web.notes import shape_as_json
from reviews.web.reading import answers_json, listed, said_in
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person

CHANGEABLE = ("points", "stroke", "colour", "text")


@login_required
@require_POST
@answers_json
def add(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Draw marks on a note: ``{"shapes": [...]}``; the same ids again change nothing."""
    user, note, now = seen_note(request, pk)
    kept = marks.add_shapes(actor=user, annotation=note, shapes=listed(said_in(request).get("shapes"), "shapes"))
    return JsonResponse({"shapes": [_shown(shape, user) for shape in kept], "cursor": str(Cursor(now))})


@login_required
@require_POST
@answers_json
def change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Move, thicken, colour or reword one's own mark, whichever is sent."""
    user, shape = _seen(request, pk)
    said = said_in(request)
    given = {name: said[name] for name in CHANGEABLE if name in said}
    return _answer(marks.change_shape(actor=user, shape=shape, **given), user)


@login_required
@require_POST
@answers_json
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take one's own mark away."""
    user, shape = _seen(request, pk)
    return _answer(marks.remove_shape(actor=user, shape=shape), user)


@login_required
@require_POST
@answers_json
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Bring one's own mark back."""
    user, shape = _seen(request, pk)
    return _answer(marks.restore_shape(actor=user, shape=shape), user)


def _seen(request: HttpRequest, pk: UUID) -> tuple[User, Shape]:
    user = person(request)
    rows = Shape.objects.visible_to(user).filter(annotation__deleted_at=None)
    return user, get_object_or_404(rows.select_related("annotation__clip__project"), pk=pk)


def _answer(shape: Shape, user: User) -> HttpResponse:
    return JsonResponse({"shape": _shown(shape, user), "cursor": str(Cursor(timezone.now()))})


def _shown(shape: Shape, user: User) -> dict[str, Any]:
    return {**shape_as_json(shape), "mine": shape.author_id == user.pk}
