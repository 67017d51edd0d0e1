"""The HTTP face of the service: the dialects, a page for people at /, counts for tests under /_control."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generations.sandbox import ark, example, kling, openai_videos, pages, tsa
from generations.sandbox.creates import CreateLog
from generations.sandbox.errors import ApiError, Refusal
from generations.sandbox.service import Dialect, Service
from generations.sandbox.store import JobStore
from generations.sandbox.studio import Studio
from generations.sandbox.webhooks import Messenger, Subscription

# A dialect is one module with ``routes(service)``; it is served when it stands here.
DIALECTS: tuple[Dialect, ...] = (openai_videos, kling, ark, example)


@dataclass(frozen=True)
class Setup:
    """How a service runs: its folder, seconds in the queue, renders at once, whom to tell about finished jobs.

    ``webhook_secret`` signs the callbacks that orders ask for; ``asset_seconds`` overrides how long files stay; ``key`` is the only
    one that opens it (None: any does).
    """

    folder: Path
    queue_seconds: float = 0.3
    renders: int = 2
    subscription: Subscription | None = None
    webhook_secret: str | None = None
    asset_seconds: int | None = None
    key: str | None = None


def build_app(setup: Setup) -> Starlette:
    """Return the application. Raises StateInUse when another process works in its folder."""
    service = _service(setup)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        service.studio.start()
        yield
        await asyncio.gather(service.studio.close(), service.messenger.close())
        service.store.close()

    spoken = [route for dialect in DIALECTS for route in dialect.routes(service)]
    return Starlette(
        routes=[
            *spoken,
            *tsa.routes(tsa.Authority.of(setup.folder / "tsa")),
            _control(service),
            *pages.routes(service.store),
        ],
        lifespan=lifespan,
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"])],
        exception_handlers={Refusal: _refusal, HTTPException: _http_error},
    )


def _service(setup: Setup) -> Service:
    setup.folder.mkdir(parents=True, exist_ok=True)
    store = JobStore(setup.folder, asset_seconds=setup.asset_seconds)
    messenger = Messenger(store, setup.subscription, setup.webhook_secret)
    studio = Studio(store, messenger, queue_seconds=setup.queue_seconds, renders=setup.renders)
    return Service(store, studio, CreateLog(setup.folder), messenger, setup.key)


def _control(service: Service) -> Route:
    """GET /_control/creates?dialect=: how often a job was asked for (refused calls too); no part of any dialect."""

    async def creates(request: Request) -> Response:
        counts = service.creates.counts(request.query_params.get("dialect"))
        return JSONResponse({"total": counts.total(), "by_prompt": counts})

    return Route("/_control/creates", creates, methods=["GET"])


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for this class only
    return error.response()


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    message = f"{request.method} {request.url.path}: {error.detail}."
    return ApiError(error.status_code, message, code="unknown_url", headers=error.headers).response()
