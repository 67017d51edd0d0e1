"""The Idempotency-Key header: the same key, from the same person, for the same request costs money once."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from generations.models import Generation
from sorahub.accounts.models import User
from sorahub.lib.errors import InvalidInput

HEADER = "Idempotency-Key"
LONGEST = 90
PARAMETER = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="At most 90 characters, of your making. Sent again, the same request answers 200 with what it made before; "
    "another request with the same key is refused: idempotency-mismatch.",
)


def key_of(request: Request) -> str | None:
    """Return the request's key, None without one. Raises InvalidInput for an empty or overlong one."""
    key = request.headers.get(HEADER)
    if key is not None and not 0 < len(key.strip()) <= LONGEST:
        raise InvalidInput(f"An {HEADER} has between 1 and {LONGEST} characters.", code="idempotency-key-malformed")
    return key.strip() if key else None


def status_for(actor: User, key: str | None, *, place: str = "") -> int:
    """Return 200 when this person's key has made something already, else 201. ``place`` is a batch's first place."""
    known = key is not None and Generation.objects.filter(created_by=actor, idempotency_key=key + place).exists()
    return 200 if known else 201
