"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def hub(request: HttpRequest) -> dict[str, Any]:
    """Return the event server's origin, the public address, and the request's id (for people to quote to support)."""
    return {
        "events_url": settings.EVENTS_URL,
        "public_url": settings.PUBLIC_URL,
        "request_id": getattr(request, "request_id", ""),
    }
