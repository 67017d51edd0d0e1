"""What a handler raises to say how its attempt ended."""

from sorahub.lib.errors import Conflict, DomainError


class LeaseLost(Conflict):
    """Another attempt has taken this job over: whatever this one was about to write is refused."""

    code = "lease-lost"


class Retry(DomainError):
    """Not now: put the job back and try again ``after`` seconds from now (or by the usual back-off when not
    given).
    """

    status = 503
    retryable = True

    def __init__(self, code: str, message: str, *, after: float | None = None) -> None:
        super().__init__(message, code=code)
        self.after = after
