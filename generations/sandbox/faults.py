"""What the special words do to a call, whatever the dialect."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive

from generations.sandbox.words import RATE_LIMIT_SECONDS, SpecialWord, words_in

TRANSPORT = "sandbox.transport"
_ALWAYS = (SpecialWord.MODERATED_INPUT, SpecialWord.QUOTA, SpecialWord.ARREARS)


def refusing_word(prompt: str, earlier: int, since_first: float) -> SpecialWord | None:
    """Return the word that refuses a create call, if it still applies after ``earlier`` calls with the same text."""
    words = words_in(prompt)
    for word in _ALWAYS:
        if word in words:
            return word
    if SpecialWord.SERVER_ERROR in words and earlier == 0:
        return SpecialWord.SERVER_ERROR
    if SpecialWord.RATE_LIMIT in words and (earlier == 0 or since_first < RATE_LIMIT_SECONDS):
        return SpecialWord.RATE_LIMIT
    return None


def half_of(answer: Response) -> Response:
    """Return the first half of an answer's body, with a length that agrees, so that only its reader notices."""
    body = bytes(answer.body)
    return Response(body[: len(body) // 2], status_code=answer.status_code, media_type=answer.media_type)


async def hang_up(request: Request) -> Response:
    """Close the connection without an answer; what is returned reaches nobody."""
    request.scope[TRANSPORT].abort()
    await until_gone(request.receive)
    return Response()


async def until_gone(receive: Receive) -> None:
    """Return when the connection is closed, so that nothing more is sent on it."""
    while (await receive())["type"] != "http.disconnect":
        pass
