"""The door for guests: from the link in a mail, by a one-time code and perhaps a password, into the review.

The link's token is exchanged for an address without it at once, so that it stays in no address bar and in no Referer.
Wrong, expired and revoked links get one plain page, the same for all.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from reviews.actions import codes, links
from reviews.models import Review, Share
from reviews.web import limits
from sorahub.accounts.models import User

BACKEND = "django.contrib.auth.backends.ModelBackend"
MOST_LINKS = 8
View = Callable[..., HttpResponse]
ResponseT = TypeVar("ResponseT", bound=HttpResponseBase)


def hidden(view: Callable[..., ResponseT]) -> Callable[..., ResponseT]:
    """Keep the answer out of caches and search engines."""

    @wraps(view)
    def answer(request: HttpRequest, **places: Any) -> ResponseT:
        response = view(request, **places)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return answer


def through(view: View) -> View:
    """Hand the view the link that this browser followed, or answer that there is nothing here."""

    @wraps(view)
    def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
        share = links.standing(pk=pk) if str(pk) in _followed(request) else None
        return view(request, share) if share else _gone(request)

    return answer


@hidden
@require_GET
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """Follow a link: remember it in this browser's session and go on without its token."""
    if limits.too_often(request, "arrive", "arrive"):
        return limits.answer(request)
    share = links.find_link(token)
    if share is None:
        answer = _gone(request)
    else:
        _follow(request, share)
        answer = redirect("reviews:guest-door", pk=share.pk)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@hidden
@require_GET
@through
def door(request: HttpRequest, share: Share) -> HttpResponse:
    """Say who asks and for what, and ask for the next proof; whoever has given all is sent on to the review."""
    if _inside(request, share):
        return redirect("reviews:review", pk=share.review_id)
    return _page(request, share)


@hidden
@require_POST
@through
def ask_code(request: HttpRequest, share: Share) -> HttpResponse:
    """Have a code mailed to the address that the link was made for."""
    if limits.too_often(request, "code", str(share.pk)):
        return limits.answer(request)
    _remember(request, share, ticket=codes.ask(share), proven=False)
    return redirect("reviews:guest-door", pk=share.pk)


@hidden
@require_POST
@through
def enter_code(request: HttpRequest, share: Share) -> HttpResponse:
    """Take the code: the address is proved. Without a password, that is all."""
    ticket = str(_state(request, share).get("ticket", ""))
    if limits.too_often(request, "enter", ticket or str(share.pk)):
        return limits.answer(request)
    if not ticket or not codes.redeem(ticket, request.POST.get("code", "")):
        words = "This is not the code, or it has expired. Look at the newest mail, or have another one sent."
        return _page(request, share, code_error=words)
    if share.review.password_hash:
        _remember(request, share, ticket="", proven=True)
        return redirect("reviews:guest-door", pk=share.pk)
    return _enter(request, share)


@hidden
@require_POST
@through
def enter_password(request: HttpRequest, share: Share) -> HttpResponse:
    """Take the review's password from whoever has proved the address."""
    if not _proven(request, share):
        return redirect("reviews:guest-door", pk=share.pk)
    if limits.too_often(request, "password", str(share.pk)):
        return limits.answer(request)
    if not links.password_fits(share, request.POST.get("password", "")):
        return _page(request, share, password_error="This is not the password.")  # noqa: S106 (words, not a secret)
    return _enter(request, share)


def _page(request: HttpRequest, share: Share, **errors: str) -> HttpResponse:
    state = _state(request, share)
    step = "password" if _proven(request, share) else "code" if state.get("ticket") else "begin"
    context = {
        "share": share,
        "review": share.review,
        "guest": _guest(share),
        "hint": hint(_guest(share).email),
        "step": step,
        **errors,
    }
    return render(request, "reviews/guest_door.html", context, status=422 if errors else 200)


def hint(address: str) -> str:
    """Return enough of an address for its owner to know it, and not enough to write to it: “d…@example.com”."""
    name, _, host = address.partition("@")
    return f"{name[:1]}…@{host}"


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "reviews/link_gone.html", status=404)


def _guest(share: Share) -> User:
    assert share.participant is not None  # noqa: S101 (for the type checker: only such links lead anywhere)
    return share.participant.user


def _inside(request: HttpRequest, share: Share) -> bool:
    """Whether the link's guest is logged in here and the review is open to them."""
    if request.user != _guest(share):
        return False
    return Review.objects.visible_to(_guest(share)).filter(pk=share.review_id).exists()


def _proven(request: HttpRequest, share: Share) -> bool:
    """Whether this browser has proved the address: by this link's code, or by being logged in as its guest."""
    return bool(_state(request, share).get("proven")) or request.user == _guest(share)


def _enter(request: HttpRequest, share: Share) -> HttpResponse:
    """Log the guest in with a fresh session, then open the review: logging in shuts what has a password."""
    _remember(request, share, ticket="", proven=False)
    if request.user != _guest(share):
        followed = _followed(request)
        login(request, _guest(share), backend=BACKEND)
        request.session["links"] = followed
    links.enter(share)
    return redirect(reverse("reviews:review", args=[share.review_id]))


def _followed(request: HttpRequest) -> dict[str, dict[str, Any]]:
    followed = request.session.get("links")
    return followed if isinstance(followed, dict) else {}


def _state(request: HttpRequest, share: Share) -> dict[str, Any]:
    return _followed(request).get(str(share.pk), {})


def _follow(request: HttpRequest, share: Share) -> None:
    known = _followed(request)
    state = known.pop(str(share.pk), {})
    request.session["links"] = {**dict(list(known.items())[1 - MOST_LINKS :]), str(share.pk): state}


def _remember(request: HttpRequest, share: Share, **state: Any) -> None:
    request.session["links"] = {**_followed(request), str(share.pk): state}
