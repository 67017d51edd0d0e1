"""The OpenAI Videos dialect under /v1."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generations.sandbox.bodies import read_values
from generations.sandbox.characters import CharacterStore, character_of, create_character, missing_character
from generations.sandbox.downloads import VARIANTS, is_gone, send_file
from generations.sandbox.errors import ApiError, invalid, not_found, not_ready, refused_create, wrong_key
from generations.sandbox.faults import half_of, hang_up
from generations.sandbox.jobs import Job, Json, Order
from generations.sandbox.orders import create_order
from generations.sandbox.resource import Resource
from generations.sandbox.service import Handler, Service, bearer_key
from generations.sandbox.sources import edit_order, extension_order, remix_order
from generations.sandbox.webhooks import Letter
from generations.sandbox.words import SpecialWord, words_in

DIALECT = "openai"
POLL_AFTER_MILLISECONDS = 300
LIST_LIMIT, LIST_DEFAULT = 100, 20


def routes(service: Service) -> list[Route]:
    """Return the dialect's routes; its events go to the service's subscriber."""
    service.messenger.on_end(DIALECT, event_of)
    api = VideosApi(service)
    one = "/v1/videos/{video_id}"
    resources = {
        "/v1/videos": {"POST": api.create, "GET": api.list},
        "/v1/videos/characters": {"POST": api.create_character},
        "/v1/videos/characters/{character_id}": {"GET": api.get_character},
        "/v1/videos/edits": {"POST": api.edit},
        "/v1/videos/extensions": {"POST": api.extend},
        one: {"GET": api.retrieve, "DELETE": api.delete},
        f"{one}/content": {"GET": api.content},
        f"{one}/remix": {"POST": api.remix},
    }
    return [
        Route(path, Resource(**{method: _keyed(service, handler) for method, handler in methods.items()}))
        for path, methods in resources.items()
    ]


def video_of(job: Job) -> Json:
    """Return the dialect's video object."""
    error = {"code": job.error_code, "message": job.error_message} if job.error_code else None
    return {
        "id": job.id,
        "object": "video",
        "model": job.model,
        "status": job.status,
        "progress": job.progress,
        "created_at": job.created_at,
        "completed_at": job.completed_at,
        "expires_at": job.expires_at,
        "prompt": job.prompt,
        "size": f"{job.width}x{job.height}",
        "seconds": str(job.seconds),
        "remixed_from_video_id": job.source if job.kind == "remix" else None,
        "error": error,
    }


def event_of(job: Job) -> Letter:
    """Return the webhook event of a job that has ended."""
    event_id = f"evt_{job.id.removeprefix('video_')}"
    event = {
        "id": event_id,
        "object": "event",
        "created_at": job.completed_at,
        "type": "video.completed" if job.status == "completed" else "video.failed",
        "data": {"id": job.id},
    }
    return Letter(json.dumps(event).encode(), event_id)


class VideosApi:
    """The dialect's operations over one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._store = service.store
        self._characters = CharacterStore(service.store.folder / "characters")

    async def create(self, request: Request) -> Response:
        """POST /v1/videos"""
        return await self._accept(request, await create_order(await read_values(request), self._characters))

    async def remix(self, request: Request) -> Response:
        """POST /v1/videos/{id}/remix"""
        job = self._job(request)
        return await self._accept(request, remix_order(await read_values(request), job, self._store))

    async def edit(self, request: Request) -> Response:
        """POST /v1/videos/edits"""
        return await self._accept(request, await edit_order(await read_values(request), self._store))

    async def extend(self, request: Request) -> Response:
        """POST /v1/videos/extensions"""
        return await self._accept(request, await extension_order(await read_values(request), self._store))

    async def create_character(self, request: Request) -> Response:
        """POST /v1/videos/characters"""
        return JSONResponse(character_of(await create_character(await read_values(request), self._characters)))

    async def get_character(self, request: Request) -> Response:
        """GET /v1/videos/characters/{id}"""
        character_id = request.path_params["character_id"]
        if (character := self._characters.get(character_id)) is None:
            raise missing_character(character_id)
        return JSONResponse(character_of(character))

    async def list(self, request: Request) -> Response:
        """GET /v1/videos with limit, order and after"""
        jobs = self._store.newest_first(DIALECT)
        order, limit = _order(request), _limit(request)
        if order == "asc":
            jobs.reverse()
        if after := request.query_params.get("after"):
            jobs = [job for job in jobs if (job.id > after if order == "asc" else job.id < after)]
        shown = jobs[:limit]
        return JSONResponse(
            {
                "object": "list",
                "data": [video_of(job) for job in shown],
                "first_id": shown[0].id if shown else None,
                "last_id": shown[-1].id if shown else None,
                "has_more": len(jobs) > limit,
            }
        )

    async def retrieve(self, request: Request) -> Response:
        """GET /v1/videos/{id}"""
        job = self._job(request)
        if self._store.spend(job.id, SpecialWord.AUTH_LOST):
            raise wrong_key("Incorrect API key provided.")
        headers = {} if job.finished else {"openai-poll-after-ms": str(POLL_AFTER_MILLISECONDS)}
        answer = JSONResponse(video_of(job), headers=headers)
        return half_of(answer) if self._store.spend(job.id, SpecialWord.MALFORMED_JSON) else answer

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/videos/{id}: finished jobs only; the dialect has no cancel"""
        job = self._job(request)
        if not job.finished:
            raise not_ready("Only a completed or failed video can be deleted.", "video_id")
        self._store.delete(job.id)
        return JSONResponse({"id": job.id, "object": "video.deleted", "deleted": True})

    async def content(self, request: Request) -> Response:
        """GET /v1/videos/{id}/content?variant=video|thumbnail|spritesheet"""
        variant = request.query_params.get("variant", "video")
        if variant not in VARIANTS:
            raise invalid(f"Invalid value: '{variant}'. Supported values are: {', '.join(VARIANTS)}.", "variant")
        job = self._job(request)
        _check_content(job)
        answer = await send_file(self._store, job, variant)
        if answer is None:
            raise not_found(job.id)
        return answer

    async def _accept(self, request: Request, order: Order) -> Response:
        if word := self._service.refusal(order.prompt, DIALECT):
            raise refused_create(word)
        job = self._service.begin(order)
        if SpecialWord.DROPPED_CONNECTION in words_in(order.prompt):
            return await hang_up(request)
        return JSONResponse(video_of(job))

    def _job(self, request: Request) -> Job:
        video_id = request.path_params["video_id"]
        job = self._store.get(video_id, DIALECT)
        if job is None:
            raise not_found(video_id)
        return job


def _check_content(job: Job) -> None:
    """Raise the dialect's answer for a job that has no files (yet, or any more)."""
    if job.status == "failed":
        raise ApiError(404, "The video failed and has no content.", param="video_id", code="video_failed")
    if job.status != "completed":
        raise ApiError(404, "The video is not ready yet.", param="video_id", code="video_not_ready")
    if is_gone(job):
        raise ApiError(404, "The video's content has expired.", param="video_id", code="video_expired")


def _keyed(service: Service, handler: Handler) -> Handler:
    """Ask for a bearer key that opens the service."""

    async def guarded(request: Request) -> Response:
        key = bearer_key(request)
        if not key:
            raise wrong_key("You didn't provide an API key in an Authorization header with Bearer.")
        if not service.opens(key):
            raise wrong_key("Incorrect API key provided.")
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
