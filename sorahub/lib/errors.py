"""The one error hierarchy. An error is data: a stable code, words a person can act on, and whether trying again may help."""

from collections.abc import Mapping


class DomainError(Exception):
    """Something a person asked for cannot be done.

    ``code`` is stable and public (API, tests); ``message`` says what to do; ``fields`` maps input names to messages;
    ``status`` is the HTTP status the faces answer with; ``retryable`` says whether the same call may succeed later.
    """

    code = "domain-error"
    status = 400
    retryable = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        fields: Mapping[str, str] | None = None,
        reasons: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.fields = dict(fields or {})
        self.reasons = reasons or []


class InvalidInput(DomainError):
    """The input is wrong; ``fields`` names where. HTTP 400."""

    code = "invalid-input"


class Forbidden(DomainError):
    """The person may see this but not do that. HTTP 403."""

    code = "forbidden"
    status = 403


class NotFound(DomainError):
    """The thing does not exist for this person. HTTP 404."""

    code = "not-found"
    status = 404


class Conflict(DomainError):
    """The row has moved on (stale page, lost race, duplicate). HTTP 409."""

    code = "conflict"
    status = 409


class Refused(DomainError):
    """A rule says no, with every reason in ``reasons`` (each: code, message, and where it can be mended). HTTP 422."""

    code = "refused"
    status = 422


class Unavailable(DomainError):
    """Something outside is away; the same call may succeed later. HTTP 503."""

    code = "unavailable"
    status = 503
    retryable = True
