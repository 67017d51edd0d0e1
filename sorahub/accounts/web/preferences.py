"""What scripts keep for a person: the keys of the player."""

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from sorahub.accounts.actions.preferences import keep_preferences
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import DomainError, InvalidInput

MOST_BYTES = 20_000


@login_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep a JSON object of preferences: 204, or 400 with ``{"detail": words}``."""
    try:
        keep_preferences(actor=person(request), wishes=_object(request))
    except DomainError as error:
        return JsonResponse({"detail": error.message, "code": error.code}, status=error.status)
    return HttpResponse(status=204)


def _object(request: HttpRequest) -> dict[str, Any]:
    try:
        value = json.loads(request.body) if len(request.body) <= MOST_BYTES else None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InvalidInput("Send a small JSON object.", code="bad-preference")
    return value
