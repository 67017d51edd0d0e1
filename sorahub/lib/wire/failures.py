"""How a request can fail, told apart by what the caller may do next."""

from sorahub.lib.errors import DomainError


class HttpFailure(DomainError):
    """A request did not end in an answer. ``retryable``: sending it again cannot do something twice."""

    code = "http-failure"
    status = 502


class Blocked(HttpFailure):
    """The URL, the address behind it, a redirect or the kind of answer is not allowed; nothing was sent
    there.
    """

    code = "http-blocked"


class ConnectFailed(HttpFailure):
    """No connection: no byte of the request has left, so it is safe to send again."""

    code = "http-connect-failed"
    retryable = True


class AmbiguousFailure(HttpFailure):
    """The request was (perhaps) sent and no full answer came: the other side may have acted on it."""

    code = "http-no-answer"


class IncompleteBody(AmbiguousFailure):
    """The answer began and broke off before its announced end, or before its deadline."""

    code = "http-incomplete"


class TooLarge(HttpFailure):
    """The answer is larger than the caller allows, counted after decompression."""

    code = "http-too-large"
