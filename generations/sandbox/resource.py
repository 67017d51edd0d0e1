"""One address and what each method does there: all other methods are refused with the whole list of those that are served."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from generations.sandbox.service import Handler


class Resource:
    """An application for one route. HEAD is answered like GET; the server leaves the body away."""

    def __init__(self, **handlers: Handler) -> None:
        self._handlers = handlers | ({"HEAD": handlers["GET"]} if "GET" in handlers else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises HTTPException 405 with the header Allow."""
        request = Request(scope, receive, send)
        handler = self._handlers.get(request.method)
        if handler is None:
            raise HTTPException(405, headers={"allow": ", ".join(self._handlers)})
        response = await handler(request)
        await response(scope, receive, send)
