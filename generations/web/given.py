"""Where a provider fetches the references of an order that it was given by address: no log-in, the signed token is the door."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from generations.pipeline.doors import given_reference
from sorahub.lib import storage
from sorahub.lib.ranges import ranged_response


@require_safe
def given(request: HttpRequest, pk: UUID, token: str) -> HttpResponseBase:
    """Stream the reference while its generation is under way; 404 for anything that is not exactly right."""
    row = given_reference(pk, token)
    if row is None:
        raise Http404("There is no such file.")
    path = storage.path_for(row.storage_key, Path(settings.MEDIA_ROOT))
    prefix = settings.MEDIA_ACCEL_PREFIX
    response = ranged_response(request, path, content_type=row.media_type, etag=row.sha256, accel_prefix=prefix)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
