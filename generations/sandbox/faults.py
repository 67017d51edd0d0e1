"""What the special words do to a create call."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from generations.sandbox.errors import ApiError
from generations.sandbox.words import RATE_LIMIT_SECONDS, SpecialWord

TRANSPORT = "sandbox.transport"


def refuse_create(words: frozenset[SpecialWord], earlier: int, since_first: float) -> None:
    """Raise the error that the prompt asks for, if it still applies after ``earlier`` calls with the same text."""
    if SpecialWord.MODERATED_INPUT in words:
        raise ApiError(
            400, "Your request was blocked by our moderation system.", param="prompt", code="moderation_blocked"
        )
    if SpecialWord.SERVER_ERROR in words and earlier == 0:
        raise ApiError(
            500, "The server had an error while processing your request.", kind="server_error", code="server_error"
        )
    if SpecialWord.RATE_LIMIT in words and (earlier == 0 or since_first < RATE_LIMIT_SECONDS):
        raise ApiError(
            429,
            f"Rate limit reached. Please try again in {RATE_LIMIT_SECONDS}s.",
            kind="rate_limit_error",
            code="rate_limit_exceeded",
            headers={"retry-after": str(RATE_LIMIT_SECONDS)},
        )


async def hang_up(request: Request) -> Response:
    """Close the connection without an answer; what is returned reaches nobody."""
    request.scope[TRANSPORT].abort()
    await until_gone(request.receive)
    return Response()


async def until_gone(receive: Receive) -> None:
    """Return when the connection is closed, so that nothing more is sent on it."""
    while (await receive())["type"] != "http.disconnect":
        pass
