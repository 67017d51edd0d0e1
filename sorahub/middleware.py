"""Request ids, security headers and policy, the person's time zone, ended sessions, and domain errors turned into pages."""

import json
import re
import zoneinfo
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import uuid4

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils import timezone

from sorahub.ledger import watch
from sorahub.lib import read_only
from sorahub.lib.correlation import correlated
from sorahub.lib.errors import DomainError, NotFound
from sorahub.problems import CONTENT_TYPE, problem

Handler = Callable[[HttpRequest], HttpResponseBase]
READING = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_PATHS = ("/accounts/", "/admin/login/", "/admin/logout/")
SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestId:
    """Gives each request an id (a proxy's X-Request-ID is kept if it is harmless) and returns it in the answer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set ``request.request_id`` and the logging context around the request."""
        given = request.headers.get("X-Request-ID", "")
        request_id = given if SAFE_ID.fullmatch(given) else uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # read by the context processor and problem answers
        with correlated(request=request_id):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response


class SecurityHeaders:
    """Headers that Django has no setting for."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Add Permissions-Policy and Cross-Origin-Resource-Policy unless a view has set them."""
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-site")
        return response


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp's, which writes the policy anew for each answer: here once, for as long as nobody asks for another one."""

    def __init__(self, get_response: Handler) -> None:
        super().__init__(get_response)
        self.policy = build_policy()

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the policy of the settings; where a view or a template has said something about it, the long way."""
        asked = (
            settings.DEBUG or hasattr(request, "_csp_nonce") or any(name.startswith("_csp") for name in vars(response))
        )
        if asked:
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.policy)
        return response


class PersonTimeZone:
    """Shows times in the zone that the person chose."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Activate the account's zone for the length of the request."""
        if not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(request.user.time_zone)):
            return self.get_response(request)


class EndedSession:
    """Keeps the log-in page out of the middle of pages.

    Piece by piece a page outlives its session: htmx would follow the way to the log-in and put that whole page where a piece belongs.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a piece's redirect to the log-in with nothing but word of it: the event ``loggedOut`` (js/session.js)."""
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or "Location" not in response.headers:
            return response
        login = resolve_url(settings.LOGIN_URL)
        if urlsplit(response.headers["Location"]).path != login:
            return response
        word = json.dumps({"loggedOut": {"login": login}})
        return HttpResponse(status=204, headers={"HX-Trigger": word, "Cache-Control": "no-store"})


class ReadOnly:
    """While the hub is read-only: pages say so, and whatever would change something is refused before it begins."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Put the reason on the request; answer 503 to what is not a mere reading. Logging in and out goes on."""
        watch.at_start()
        why = request.read_only = read_only.reason()  # type: ignore[attr-defined]  # read by the context processor
        if why is None or request.method in READING or request.path.startswith(SESSION_PATHS):
            return self.get_response(request)
        error = read_only.ReadOnly(why)
        if request.path.startswith("/api/"):
            body = problem(error.status, error.code, error.message, retryable=True)
            return JsonResponse(body, status=error.status, content_type=CONTENT_TYPE)
        return render(request, "problem.html", {"problem": error}, status=error.status)


class DomainErrors:
    """Turns a DomainError that a page view let through into a page that says what to do."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; the work is in ``process_exception``."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer domain errors with their status; NotFound looks like any 404. The admin shows them as messages."""
        if isinstance(error, NotFound):
            raise Http404(error.message) from error
        if not isinstance(error, DomainError):
            return None
        if request.path.startswith("/admin/") and request.method == "POST":
            messages.error(request, error.message)
        return render(request, "problem.html", {"problem": error}, status=error.status)
