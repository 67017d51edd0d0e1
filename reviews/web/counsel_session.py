"""The browser of outside counsel: bound to one invitation, logged in nowhere, and out again after half an hour without a move.

Nothing but these addresses knows it: to every other page the browser is a stranger's.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from reviews.actions import counsel
from reviews.actions.counsel_sign import Asking
from reviews.models import CounselInvitation
from reviews.rules.counsel import IDLE
from reviews.web.guest_door import hidden

KEY = "counsel"
RENEWED = timedelta(minutes=1)
View = Callable[..., HttpResponseBase]


def through(view: View) -> View:
    """Hand the view the invitation whose link this browser followed; 404 for any other, and nobody is two people at once."""

    @wraps(view)
    @hidden
    def answer(request: HttpRequest, pk: UUID, **places: Any) -> HttpResponseBase:
        invitation = counsel.find(pk) if state(request).get("invitation") == str(pk) else None
        if invitation is None:
            return gone(request)
        if request.user.is_authenticated:
            return elsewhere(request)
        return view(request, invitation, **places)

    return answer


def inside(view: View) -> View:
    """The same for whoever has proved the address and moved within half an hour, while there is something to decide."""

    @wraps(view)
    @through
    def answer(request: HttpRequest, invitation: CounselInvitation, **places: Any) -> HttpResponseBase:
        if invitation.decided_at or counsel.ended(invitation) or not is_inside(request):
            return redirect("reviews:counsel-door", pk=invitation.pk)
        return view(request, invitation, **places)

    return answer


def state(request: HttpRequest) -> dict[str, Any]:
    """What this browser holds: its invitation, the codes that it asked for, what it is about to sign."""
    held = request.session.get(KEY)
    return held if isinstance(held, dict) else {}


def bind(request: HttpRequest, invitation: CounselInvitation) -> None:
    """Bind the browser to this invitation; what it held of another one is forgotten."""
    if state(request).get("invitation") != str(invitation.pk):
        request.session[KEY] = {"invitation": str(invitation.pk)}


def remember(request: HttpRequest, **more: Any) -> None:
    """Hold this besides."""
    request.session[KEY] = {**state(request), **more}


def come_in(request: HttpRequest, opened: dict[str, str]) -> None:
    """Let the browser in, with a fresh session key."""
    request.session.cycle_key()
    remember(request, code="", opened=opened, seen_at=timezone.now().isoformat())


def leave(request: HttpRequest, invitation: CounselInvitation) -> None:
    """End the session; only the receipt can be seen from here on."""
    request.session.flush()
    bind(request, invitation)


def is_inside(request: HttpRequest) -> bool:
    """Whether the browser came in and has moved lately; this is a move."""
    told = state(request).get("seen_at")
    if not told:
        return False
    seen, now = datetime.fromisoformat(told), timezone.now()
    if now - seen > IDLE:
        request.session[KEY] = {"invitation": state(request)["invitation"], "idle": True}
        return False
    if now - seen > RENEWED:
        remember(request, seen_at=now.isoformat())
    return True


def code_of(request: HttpRequest, name: str) -> UUID | None:
    """The code of this name that the browser asked for."""
    held = state(request).get(name)
    return UUID(held) if held else None


def asking(request: HttpRequest) -> Asking:
    """From where the request comes, proxies of ours taken off."""
    try:
        ip = get_adapter().get_client_ip(request)
    except PermissionDenied:
        ip = ""
    return Asking(ip=str(ip), agent=request.headers.get("User-Agent", ""))


def gone(request: HttpRequest) -> HttpResponse:
    """Wrong links, and other people's."""
    return render(request, "reviews/link_gone.html", status=404)


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Somebody is logged in here: they are not mixed up with counsel."""
    return render(request, "reviews/counsel_elsewhere.html", status=409)
