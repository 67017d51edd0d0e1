"""The public page: how a certificate stands now, for whoever has its number, its file, or the clip. Nobody logs in.

A file is hashed in the browser and never comes here; only its SHA-256 is asked for. What was not approved is answered exactly
as what was never here: by the same queries, the same shape, the same words.
"""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from reviews.actions.certified import Found, look_up
from reviews.web import limits
from sorahub.accounts.models import AgencyProfile
from sorahub.lib.numbering import digits_of

_HASH = re.compile(r"[0-9a-f]{64}")
UNREADABLE = (
    "This is neither a certificate's number (such as SH-4Q2C-8XK0-Z7TM) nor a SHA-256 (64 digits and letters a to f)."
)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page itself; ``?q=`` is a number or a hash that somebody typed, as ``sha256sum`` prints it or not."""
    typed = request.GET.get("q", "").strip()
    if typed:
        return _answered(request, typed)
    return _kept_out(render(request, "reviews/verify.html", _context()))


@require_safe
def answer(request: HttpRequest, asked: str) -> HttpResponse:
    """What is known of a number or a SHA-256: JSON for who asks for it, the answer alone for our script, else the page with it."""
    return _answered(request, asked)


def _answered(request: HttpRequest, typed: str) -> HttpResponse:
    if limits.too_often(request, "verify", "verify"):
        return _too_often(request)
    asked = readable(typed)
    found = look_up(asked, timezone.now()) if asked else []
    if request.accepts("text/html"):
        told = {"asked": asked or typed[:200], "kind": _kind(asked), "answers": [_told(one) for one in found]}
        context = {**_context(), **told, "wrong": "" if asked else UNREADABLE}
        part = request.headers.get("HX-Request") == "true"
        template = "reviews/verify_answer.html" if part else "reviews/verify.html"
        return _kept_out(render(request, template, context, status=200 if asked else 400))
    if not asked:
        return _kept_out(JsonResponse({"detail": UNREADABLE}, status=400))
    return _kept_out(JsonResponse(as_json(asked, found)))


def readable(typed: str) -> str:
    """Return the hash or the number in a typed text, empty when there is neither. A line of ``sha256sum`` is its first word."""
    first = typed.strip().lstrip("\\").partition(" ")[0].lower()
    if _HASH.fullmatch(first):
        return first
    return typed.strip()[:40] if digits_of(typed) is not None else ""


def as_json(asked: str, found: list[Found]) -> dict[str, Any]:
    """Return the answer as data. An empty list says that nothing is known here, not that a clip is not cleared."""
    return {
        "asked": asked,
        "known": bool(found),
        "agency": str(AgencyProfile.objects.current()),
        "answered_at": timezone.now().isoformat(timespec="seconds"),
        "certificates": [_told(one) for one in found],
    }


def _told(one: Found) -> dict[str, Any]:
    """What anybody may know who has the number or the hash; names only where the agency's settings say so."""
    standing, sign_off = one.standing, one.standing.sign_off
    version = sign_off.record_version
    told: dict[str, Any] = {
        "number": standing.number,
        "found_by": one.by,
        "state": str(standing.state),
        "label": standing.label,
        "words": standing.words,
        "since": standing.since,
        "signed_at": sign_off.signed_at,
        "valid_from": version.starts_at,
        "valid_until": version.ends_at,
        "time_zone": version.time_zone,
        "superseded_by": standing.superseded_by or None,
        "time_stamped_at": standing.stamped_at,
        "key_id": sign_off.key_id,
        "issued_at": one.issued_at,
    }
    if "client" in settings.VERIFY_SHOWS:
        told["client"] = sign_off.clip.project.client.name
    if "signer" in settings.VERIFY_SHOWS:
        told["signer"] = sign_off.signer.get_full_name()
    return told


def _kind(asked: str) -> str:
    if not asked:
        return ""
    return "hash" if _HASH.fullmatch(asked) else "number"


def _context() -> dict[str, Any]:
    """What the page needs; without a token for forms, which would set a cookie: it has none that changes anything."""
    return {"csrf_token": "", "asked": "", "answers": None, "now": timezone.now()}


def _too_often(request: HttpRequest) -> HttpResponse:
    if request.accepts("text/html") and request.headers.get("HX-Request") != "true":
        return _kept_out(limits.answer(request))
    if request.accepts("text/html"):
        response = render(request, "reviews/verify_answer.html", {"often": True}, status=429)
    else:
        response = JsonResponse({"detail": "Too many questions: wait a few minutes, then ask again."}, status=429)
    response.headers["Retry-After"] = str(limits.WAIT_SECONDS)
    return _kept_out(response)


def _kept_out(response: HttpResponse) -> HttpResponse:
    """Keep the answer out of caches, which would go on saying it, and out of search engines."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    patch_vary_headers(response, ["Accept", "HX-Request"])
    return response
