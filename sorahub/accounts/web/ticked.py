"""What a person ticked on one page for the next: kept in their session under a short key, because an address (a request line
of 4,094 bytes) holds fewer than a hundred ids.
"""

import secrets
from collections.abc import Iterable

from django.http import HttpRequest

PLACE = "ticked"
KEPT = 5
"""So many at a time: what was ticked before is forgotten."""


def keep(request: HttpRequest, ids: Iterable[object]) -> str:
    """Keep the ids and return their key."""
    key = secrets.token_urlsafe(6)
    before = list(request.session.get(PLACE, {}).items())
    request.session[PLACE] = dict([*before[1 - KEPT :], (key, [str(each) for each in ids])])
    return key


def kept(request: HttpRequest, key: str) -> list[str] | None:
    """Return the ids behind a key; None where they are no longer kept, or were somebody else's."""
    found: list[str] | None = request.session.get(PLACE, {}).get(key)
    return found
