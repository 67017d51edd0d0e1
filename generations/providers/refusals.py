"""What an error answer means when its vendor code is known, or is not: the class, and whether a job may exist all the same."""

from generations.providers.base import AccountCheck, ErrorClass, ProviderError
from generations.providers.reading import plain, wait_seconds
from sorahub.lib.http import Response

STATUSES = {
    401: ErrorClass.AUTH,
    402: ErrorClass.ACCOUNT,
    403: ErrorClass.ACCOUNT,
    404: ErrorClass.PROVIDER_PERMANENT,
    405: ErrorClass.PROVIDER_PERMANENT,
    408: ErrorClass.PROVIDER_TRANSIENT,
    410: ErrorClass.PROVIDER_PERMANENT,
    425: ErrorClass.PROVIDER_TRANSIENT,
    429: ErrorClass.RATE_LIMITED,
    501: ErrorClass.PROVIDER_PERMANENT,
}


def by_status(status: int) -> ErrorClass:
    """Classify by HTTP status alone, for answers without a vendor code that we know. A 2xx is no sense at all."""
    if status < 300:
        return ErrorClass.INTEGRITY
    usual = ErrorClass.PROVIDER_TRANSIENT if status >= 500 else ErrorClass.INVALID_REQUEST
    return STATUSES.get(status, usual)


def refused(
    kind: ErrorClass | None,
    code: str,
    text: object,
    response: Response,
    *,
    secret: str,
    creating: bool,
    request_id: object = "",
) -> ProviderError:
    """Make the error for an answer. ``kind`` is the vendor code's class; None: the HTTP status decides.

    While creating, a 5xx and whatever is transient is ambiguous: the job may exist all the same. Everything else says
    that none was made.
    """
    kind = kind or by_status(response.status)
    if creating and response.status != 501 and (kind is ErrorClass.PROVIDER_TRANSIENT or response.status >= 500):
        kind = ErrorClass.AMBIGUOUS_SUBMIT
    return ProviderError(
        kind,
        plain(code, secret=secret)[:100] or f"http-{response.status}",
        detail=plain(text, secret=secret),
        request_id=plain(request_id, secret=secret)[:200],
        http_status=response.status,
        retry_after=wait_seconds(response.headers),
        charged=False if creating and kind is not ErrorClass.AMBIGUOUS_SUBMIT else None,
    )


def not_on_this_wire(what: str) -> ProviderError:
    """The order asks for something that this wire cannot carry; nothing was sent."""
    return ProviderError(ErrorClass.INVALID_REQUEST, "not-on-this-wire", detail=what, charged=False)


def no_link(what: str) -> ProviderError:
    """A finished task names no file yet; asking again may help."""
    return ProviderError(ErrorClass.PROVIDER_TRANSIENT, "no-link", detail=what)


def accepted() -> AccountCheck:
    """The test of an account went well."""
    return AccountCheck(ok=True, code="ok", message="The service answers and accepts the key.")


def verdict(error: ProviderError, *, advice: str = "") -> AccountCheck:
    """What a failed test of an account says to the person who pressed the button; ``advice`` is for a refused key."""
    if error.error_class is ErrorClass.AUTH:
        return AccountCheck(ok=False, code="auth", message=f"The service answers but refuses the key. {advice}".strip())
    if error.error_class is ErrorClass.PROVIDER_PERMANENT:
        message = "Something answers at this address, but not this service: check the address."
        return AccountCheck(ok=False, code="no-api", message=message)
    detail = f" ({error.detail})" if error.detail else ""
    return AccountCheck(ok=False, code=error.code, message=f"{error.message}{detail}")
