"""What a person should know of: the list behind the bell."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from reviews.actions import mailing, notices
from reviews.models import Notice
from reviews.rules.plain_words import plain_words
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import person

PAGE = 50
MOST_COUNTED = 99


@dataclass(frozen=True)
class Row:
    """A notice as the page shows it."""

    notice: Notice
    words: str
    quote: str


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """One's notices, unread first, each newest first."""
    user = person(request)
    rows = _after(_ordered(user), request.GET.get("after", ""))
    found: list[Any] = list(rows[: PAGE + 1])
    cursor = f"{found[PAGE - 1].fresh}{found[PAGE - 1].pk}" if len(found) > PAGE else ""
    shown = [_row(notice) for notice in found[:PAGE]]
    fresh = any(row.notice.read_at is None for row in shown)
    return render(request, "reviews/notices.html", {"rows": shown, "fresh": fresh, "next_cursor": cursor})


@never_cache
@login_required
@require_GET
def count(request: HttpRequest) -> HttpResponse:
    """How many one has not looked at, for the bell: a piece of HTML, empty when there are none."""
    number = Notice.objects.visible_to(person(request)).unread().order_by()[: MOST_COUNTED + 1].count()
    shown = f"{MOST_COUNTED}+" if number > MOST_COUNTED else str(number)
    return render(request, "reviews/notices_count.html", {"number": number, "shown": shown})


@login_required
@require_POST
def go(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Look at one: it is read, and its reader is where it happened; with ``stay``, on the list."""
    user = person(request)
    notice = get_object_or_404(Notice.objects.visible_to(user).select_related("annotation", "alarm"), pk=pk)
    notices.mark_read(actor=user, notice=notice)
    return redirect("reviews:notices") if request.POST.get("stay") else redirect(mailing.path_to(notice))


@login_required
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    if notices.mark_all_read(actor=person(request)):
        messages.success(request, "All read.")
    return redirect("reviews:notices")


def _ordered(user: User) -> "QuerySet[Notice]":
    fresh = Case(When(read_at=None, then=Value(1)), default=Value(0))
    joined = Notice.objects.visible_to(user).select_related(
        "actor__person", "project", "clip__shot", "annotation", "review", "ranking", "alarm"
    )
    return joined.annotate(fresh=fresh).order_by("-fresh", "-id")


def _after(rows: "QuerySet[Notice]", cursor: str) -> "QuerySet[Notice]":
    """Leave out what earlier pages showed; a damaged cursor is ignored."""
    try:
        fresh, last = int(cursor[:1]), UUID(cursor[1:])
    except ValueError:
        return rows
    return rows.filter(Q(fresh__lt=fresh) | Q(fresh=fresh, id__lt=last))


def _row(notice: Notice) -> Row:
    said = notice.alarm.message if notice.alarm else ""
    return Row(notice, mailing.happened(notice), plain_words(notice.annotation.body) if notice.annotation else said)
