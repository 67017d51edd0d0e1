"""Bytes to look at, in answer to a GET, with ranges so that one can seek."""

from pathlib import Path

from django.conf import settings
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from sorahub.lib.ranges import ranged_response
from sorahub.problems import CONTENT_TYPE, problem

BYTES = {(200, "*/*"): OpenApiTypes.BINARY, (206, "*/*"): OpenApiTypes.BINARY}
RANGE = OpenApiParameter("Range", OpenApiTypes.STR, OpenApiParameter.HEADER, description="One range: bytes=0-99.")


def bytes_to_watch(request: Request, path: Path, *, media_type: str, sha256: str) -> HttpResponseBase:
    """Answer with the file or the range of it that was asked for; a range outside it is a problem like any other."""
    answer = ranged_response(
        request._request,
        path,
        content_type=media_type,
        etag=sha256,
        accel_prefix=settings.MEDIA_ACCEL_PREFIX,
        root=settings.MEDIA_ROOT,
    )
    if answer.status_code != 416:
        return answer
    body = problem(416, "range-outside", "The file ends before this range begins; Content-Range has its size.")
    headers = {"Content-Range": answer.headers["Content-Range"]}
    return Response(body, status=416, headers=headers, content_type=CONTENT_TYPE)
