"""Everybody's home: one address, one page for each kind of person."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reviews.web import boards
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.accounts.web.forms import person

BOARDS: dict[Kind, Callable[[User], dict[str, Any]]] = {
    Kind.PRODUCER: boards.producer,
    Kind.REVIEWER: boards.reviewer,
    Kind.GUEST: boards.guest,
    Kind.LEGAL: boards.legal,
    Kind.ADMINISTRATOR: boards.administrator,
}


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for this person, what changed, what is at risk, and the next step."""
    user = person(request)
    kind = Kind(user.kind)
    after = request.GET.get("after", "")
    board = boards.legal(user, after) if kind == Kind.LEGAL else BOARDS[kind](user)
    return render(request, f"home/{kind.value}.html", {**board, "section": "home"})
