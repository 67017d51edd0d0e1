"""The HTTP face of the service: the OpenAI Videos dialect under /v1, a page for people at /, counts for tests under /_control."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
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

from generations.sandbox import pages
from generations.sandbox.downloads import VARIANTS, download
from generations.sandbox.errors import ApiError, invalid, not_found
from generations.sandbox.faults import hang_up, refuse_create
from generations.sandbox.jobs import CreateLog, Job, JobStore
from generations.sandbox.orders import Order, prompt_of, read_order, read_values
from generations.sandbox.studio import Studio
from generations.sandbox.webhooks import Messenger, Subscription
from generations.sandbox.words import SpecialWord, words_in

POLL_AFTER_MILLISECONDS = 300
LIST_LIMIT, LIST_DEFAULT = 100, 20
Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Setup:
    """How a service runs: its folder, seconds in the queue, renders at once, and whom to tell about finished jobs."""

    folder: Path
    queue_seconds: float = 0.3
    renders: int = 2
    subscription: Subscription | None = None


class VideosApi:
    """The dialect's operations over one store."""

    def __init__(self, store: JobStore, creates: CreateLog, studio: Studio) -> None:
        self._store = store
        self._creates = creates
        self._studio = studio

    async def create(self, request: Request) -> Response:
        """POST /v1/videos"""
        return await self._accept(request, await read_order(request))

    async def remix(self, request: Request) -> Response:
        """POST /v1/videos/{id}/remix: the same world (seed, model, size, length) with other words."""
        source = self._job(request)
        if source.status != "completed":
            raise invalid("Only a completed video can be remixed.", "video_id", "video_not_ready")
        prompt = prompt_of(await read_values(request))
        order = Order(prompt, source.model, source.seconds, source.width, source.height, source.seed)
        return await self._accept(request, order, remixed_from=source.id)

    async def list(self, request: Request) -> Response:
        """GET /v1/videos with limit, order and after"""
        jobs = self._store.newest_first()
        order, limit = _order(request), _limit(request)
        if order == "asc":
            jobs.reverse()
        if after := request.query_params.get("after"):
            jobs = [job for job in jobs if (job.id > after if order == "asc" else job.id < after)]
        shown = jobs[:limit]
        return JSONResponse(
            {
                "object": "list",
                "data": [job.as_resource() for job in shown],
                "first_id": shown[0].id if shown else None,
                "last_id": shown[-1].id if shown else None,
                "has_more": len(jobs) > limit,
            }
        )

    async def retrieve(self, request: Request) -> Response:
        """GET /v1/videos/{id}"""
        job = self._job(request)
        headers = {} if job.finished else {"openai-poll-after-ms": str(POLL_AFTER_MILLISECONDS)}
        return JSONResponse(job.as_resource(), headers=headers)

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/videos/{id}: finished jobs only; the dialect has no cancel"""
        job = self._job(request)
        if not job.finished:
            raise invalid("Only a completed or failed video can be deleted.", "video_id", "video_not_ready")
        self._store.delete(job.id)
        return JSONResponse({"id": job.id, "object": "video.deleted", "deleted": True})

    async def content(self, request: Request) -> Response:
        """GET /v1/videos/{id}/content?variant=video|thumbnail|spritesheet"""
        variant = request.query_params.get("variant", "video")
        if variant not in VARIANTS:
            raise invalid(f"Invalid value: '{variant}'. Supported values are: {', '.join(VARIANTS)}.", "variant")
        return await download(request, self._store, self._job(request), variant)

    async def creates(self, request: Request) -> Response:
        """GET /_control/creates: how often create was called (refused calls too); not part of the dialect"""
        counts = self._creates.counts()
        return JSONResponse({"total": counts.total(), "by_prompt": counts})

    async def _accept(self, request: Request, order: Order, *, remixed_from: str | None = None) -> Response:
        words = words_in(order.prompt)
        earlier = self._creates.add(order.prompt)
        refuse_create(words, earlier, self._creates.since_first(order.prompt))
        job = self._store.add(order, remixed_from=remixed_from)
        self._studio.enqueue(job)
        if SpecialWord.DROPPED_CONNECTION in words:
            return await hang_up(request)
        return JSONResponse(job.as_resource())

    def _job(self, request: Request) -> Job:
        video_id = request.path_params["video_id"]
        job = self._store.get(video_id)
        if job is None:
            raise not_found(video_id)
        return job


def build_app(setup: Setup) -> Starlette:
    """Return the application. Raises StateInUse when another process works in its folder."""
    setup.folder.mkdir(parents=True, exist_ok=True)
    store = JobStore(setup.folder)
    messenger = Messenger(store, setup.subscription)
    studio = Studio(store, messenger, queue_seconds=setup.queue_seconds, renders=setup.renders)
    api = VideosApi(store, CreateLog(setup.folder), studio)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        studio.start()
        yield
        await asyncio.gather(studio.close(), messenger.close())
        store.close()

    return Starlette(
        routes=[*_api_routes(api), *pages.routes(store)],
        lifespan=lifespan,
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1"])],
        exception_handlers={ApiError: _api_error, HTTPException: _http_error},
    )


def _api_routes(api: VideosApi) -> list[Route]:
    one = "/v1/videos/{video_id}"
    return [
        Route("/v1/videos", _keyed(api.create), methods=["POST"]),
        Route("/v1/videos", _keyed(api.list), methods=["GET"]),
        Route(one, _keyed(api.retrieve), methods=["GET"]),
        Route(one, _keyed(api.delete), methods=["DELETE"]),
        Route(f"{one}/content", _keyed(api.content), methods=["GET"]),
        Route(f"{one}/remix", _keyed(api.remix), methods=["POST"]),
        Route("/_control/creates", api.creates, methods=["GET"]),
    ]


def _keyed(handler: Handler) -> Handler:
    """Ask for a bearer key; any that is not empty will do."""

    async def guarded(request: Request) -> Response:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise ApiError(
                401,
                "You didn't provide an API key. Any non-empty bearer key opens the sandbox.",
                code="invalid_api_key",
            )
        return await handler(request)

    return guarded


def _order(request: Request) -> str:
    order = request.query_params.get("order", "desc")
    if order not in ("asc", "desc"):
        raise invalid(f"Invalid value: '{order}'. Supported values are: 'asc', 'desc'.", "order")
    return order


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(LIST_DEFAULT))
    if not text.isdecimal() or int(text) > LIST_LIMIT:
        raise invalid(f"'limit' must be a whole number from 0 to {LIST_LIMIT}.", "limit")
    return int(text)


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - registered for this class only
    return error.response()


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    message = f"{request.method} {request.url.path}: {error.detail}."
    return ApiError(error.status_code, message, code="unknown_url", headers=error.headers).response()
