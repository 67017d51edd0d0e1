"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from sorahub.accounts.models import AgencyProfile


def hub(request: HttpRequest) -> dict[str, Any]:
    """Return the event server's origin, the public address, the request's id (for people to quote to support), why the hub is
    read-only (None: it is not), and the agency as clients see it, asked for where a page shows it."""
    return {
        "events_url": settings.EVENTS_URL,
        "public_url": settings.PUBLIC_URL,
        "agency": SimpleLazyObject(AgencyProfile.objects.current),
        "read_only": getattr(request, "read_only", None),
        "request_id": getattr(request, "request_id", ""),
    }
