"""Request ids, security headers, the person's time zone, and domain errors turned into pages."""

import re
import zoneinfo
from collections.abc import Callable
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from sorahub.lib.correlation import correlated
from sorahub.lib.errors import DomainError, NotFound

Handler = Callable[[HttpRequest], HttpResponseBase]
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
