"""Errors of the API as RFC 9457 problem details: one shape for everything that can go wrong."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseServerError, JsonResponse
from django.views.defaults import server_error
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from sorahub.lib.correlation import request_id
from sorahub.lib.errors import DomainError

CONTENT_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, **extra: Any) -> dict[str, Any]:
    """Return the members of a problem: type, title, status, detail, code, request_id, and whatever else is known."""
    return {
        "type": f"urn:sorahub:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id.get(),
        **{key: value for key, value in extra.items() if value},
    }


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every error becomes ``application/problem+json``; unknown ones stay for Django's 500."""
    found = _describe(error)
    if found is None:
        return None
    body, headers = found
    set_rollback()
    return Response(body, status=body["status"], headers=headers, content_type=CONTENT_TYPE)


def broken(request: HttpRequest) -> JsonResponse | HttpResponseServerError:
    """Django's handler500: below /api/ a problem, elsewhere the page. The error itself is in the logs."""
    if not request.path.startswith("/api/"):
        return server_error(request)
    detail = "Something broke here. It is in our logs under the request_id; the same request may succeed later."
    return JsonResponse(problem(500, "broken", detail, retryable=True), status=500, content_type=CONTENT_TYPE)


def _describe(error: Exception) -> tuple[dict[str, Any], dict[str, str]] | None:
    if isinstance(error, DomainError):
        extra = {"errors": error.fields, "reasons": error.reasons, "retryable": error.retryable}
        return problem(error.status, error.code, error.message, **extra), {}
    if isinstance(error, Http404):
        return problem(404, "not-found", "There is no such thing, or you may not see it."), {}
    if isinstance(error, PermissionDenied):
        return problem(403, "forbidden", "You may not do this."), {}
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too-large", "The request is too large. Files go in multipart forms, as files."), {}
    if isinstance(error, SuspiciousOperation):
        return problem(400, "malformed", "The request could not be read: too many fields or files, or broken ones."), {}
    if isinstance(error, exceptions.APIException):
        return _from_framework(error), _headers(error)
    return None


def _from_framework(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return problem(400, "invalid-input", "Some of the input is not right.", errors=_by_field(error.detail))
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else "error"
    return problem(error.status_code, code.replace("_", "-"), str(error.detail))


def _by_field(detail: Any) -> dict[str, str]:
    """One text for each field, as domain errors have it; what belongs to no field stands under the empty name."""
    fields = detail if isinstance(detail, dict) else {"": detail}
    return {"" if name == "non_field_errors" else str(name): _words(value) for name, value in fields.items()}


def _words(detail: Any) -> str:
    parts = detail.values() if isinstance(detail, dict) else detail if isinstance(detail, list) else [str(detail)]
    return " ".join(filter(None, (part if isinstance(part, str) else _words(part) for part in parts)))


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    return headers
