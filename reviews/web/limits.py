"""How often the doors for guests may be tried and the public page asked: counted in the shared cache, by allauth's limiter."""

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

WAIT_SECONDS = 600
LIMITS = {
    "arrive": "60/1m/ip",
    "code": "5/10m/key,20/10m/ip",
    "enter": "5/10m/key,30/10m/ip",
    "password": "5/10m/key,30/10m/ip",
    "verify": "60/1m/ip,1000/1d/ip",
}


def too_often(request: HttpRequest, what: str, key: str) -> bool:
    """Count one try at ``what`` by this key (a link or a code's ticket) and this address; say whether it is one too many."""
    usage = ratelimit.consume(
        request, app="sorahub", action=f"guest.{what}", config={f"guest.{what}": LIMITS[what]}, key=key, limit_get=True
    )
    return usage is None


def answer(request: HttpRequest) -> HttpResponse:
    """The page that says so: status 429, with Retry-After."""
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = str(WAIT_SECONDS)
    return response
