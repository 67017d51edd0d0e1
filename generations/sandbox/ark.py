"""The dialect of Volcengine Ark and BytePlus ModelArk under /api/v3, and the links to its files under /ark-files."""

import json
import secrets
import time
from collections.abc import Sequence

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from generations.sandbox.ark_orders import read_order
from generations.sandbox.ark_words import (
    FRAME_RATE,
    OUTPUT_REFUSED,
    REFUSED,
    STATES,
    ArkError,
    code_asked_for,
    tokens,
    wrong,
)
from generations.sandbox.downloads import is_gone, send_file
from generations.sandbox.faults import half_of, hang_up
from generations.sandbox.inputs import last_frame
from generations.sandbox.jobs import Job, Json
from generations.sandbox.json_bodies import BadBody, read_object
from generations.sandbox.render import VIDEO
from generations.sandbox.service import Handler, Service, bearer_key
from generations.sandbox.webhooks import Letter
from generations.sandbox.words import SpecialWord, words_in

DIALECT = "ark"
TASKS = "/api/v3/contents/generations/tasks"
QUERY_DAYS, CANCELLED_HOURS = 7, 4
PAGE_LIMIT, PAGE_DEFAULT = 500, 10
CALLBACK_PAUSES = (0.5, 1.0, 2.0)


def routes(service: Service) -> list[Route]:
    """Return the dialect's routes; each task's callback hears of every state, unsigned, with three further attempts."""
    service.messenger.on_change(DIALECT, letter_of)
    api = ArkApi(service)
    one = f"{TASKS}/{{task_id}}"
    return [
        Route(TASKS, _keyed(service, api.create), methods=["POST"]),
        Route(TASKS, _keyed(service, api.list), methods=["GET"]),
        Route(one, _keyed(service, api.retrieve), methods=["GET"]),
        Route(one, _keyed(service, api.delete), methods=["DELETE"]),
        Route("/ark-files/{task_id}/{name}", api.file, methods=["GET"]),
    ]


def task_of(job: Job, origin: str) -> Json:
    """Return the dialect's task; what was really used shows once it has succeeded. Links lead to ``origin``."""
    task: Json = {
        "id": job.id,
        "model": job.model,
        "status": STATES.get(job.status, job.status),
        "error": _error_of(job),
        "created_at": job.created_at,
        "updated_at": job.changed_ms // 1000,
        "service_tier": "default",
        "execution_expires_after": job.expires_after,
        "generate_audio": job.audio,
        "priority": job.facts["priority"],
        "draft": False,
    }
    if job.facts["safety_identifier"]:
        task["safety_identifier"] = job.facts["safety_identifier"]
    return task | _result_of(job, origin) if job.status == "completed" else task


def letter_of(job: Job) -> Letter:
    """Return the callback about a task's state: the body of the query."""
    body = json.dumps(task_of(job, str(job.facts["origin"]))).encode()
    return Letter(body, f"{job.id}-{job.status}", signed=False, pauses=CALLBACK_PAUSES)


class ArkApi:
    """The dialect's operations over one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._store = service.store

    async def create(self, request: Request) -> Response:
        """POST tasks: the answer is only an id"""
        try:
            order = await read_order(await read_object(request))
        except BadBody as problem:
            raise ArkError("InvalidParameter", str(problem)) from problem
        if word := self._service.refusal(order.prompt, DIALECT):
            raise ArkError(REFUSED[word])
        if code := code_asked_for(order.prompt):
            raise ArkError(code)
        order.facts["origin"] = _origin(request)
        job = self._service.begin(order, job_id=_new_id())
        self._service.messenger.tell(job)
        if SpecialWord.DROPPED_CONNECTION in words_in(order.prompt):
            return await hang_up(request)
        return JSONResponse({"id": job.id})

    async def retrieve(self, request: Request) -> Response:
        """GET tasks/{id}: of the last seven days"""
        job = self._job(request)
        if self._store.spend(job.id, SpecialWord.AUTH_LOST):
            raise ArkError("AuthenticationError")
        answer = JSONResponse(task_of(job, _origin(request)))
        return half_of(answer) if self._store.spend(job.id, SpecialWord.MALFORMED_JSON) else answer

    async def list(self, request: Request) -> Response:
        """GET tasks with page_num, page_size and filter.status, .model, .service_tier and (repeated) .task_ids"""
        number, size = _page(request, "page_num", 1), _page(request, "page_size", PAGE_DEFAULT)
        jobs = [job for job in self._store.newest_first(DIALECT) if _is_kept(job) and _matches(job, request)]
        shown = jobs[(number - 1) * size : number * size]
        items = [task_of(job, _origin(request)) for job in shown]
        return JSONResponse({"total": len(jobs), "items": items})

    async def delete(self, request: Request) -> Response:
        """DELETE tasks/{id}: cancels what waits, refuses what runs, forgets what has ended"""
        job = self._job(request)
        if self._store.cancel(job.id):
            self._service.messenger.tell(self._job(request))
        elif not job.finished:
            raise ArkError(
                "InvalidAction.RunningTaskDeletion",
                f"Cannot delete task `{job.id}` because it is currently running.",
            )
        else:
            self._store.delete(job.id)
        return JSONResponse({})

    async def file(self, request: Request) -> Response:
        """GET /ark-files/{id}/video.mp4 or last_frame.png: a link without a key, for 24 hours"""
        job = self._store.get(request.path_params["task_id"], DIALECT)
        name = request.path_params["name"]
        if job is None or job.status != "completed" or is_gone(job):
            return PlainTextResponse("Request has expired", status_code=403)
        if name == "last_frame.png" and job.facts["last_frame"]:
            return await self._last_frame(job)
        answer = await send_file(self._store, job) if name == VIDEO else None
        return answer or PlainTextResponse("Not found", status_code=404)

    async def _last_frame(self, job: Job) -> Response:
        content = await anyio.Path(self._store.clip_folder(job.id) / VIDEO).read_bytes()
        picture = await anyio.to_thread.run_sync(last_frame, content)
        return Response(picture, media_type="image/png")

    def _job(self, request: Request) -> Job:
        task_id = request.path_params["task_id"]
        job = self._store.get(task_id, DIALECT)
        if job is None or not _is_kept(job):
            raise ArkError("ResourceNotFound", f"The specified task {task_id} is not found.", param="id")
        return job


def _new_id() -> str:
    return f"cgt-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}-{secrets.token_hex(8)}"


def _is_kept(job: Job) -> bool:
    """Whether the service still shows a task: seven days from its creation, a cancelled one four hours."""
    now = time.time()
    if job.status == "cancelled" and now - job.changed_ms / 1000 > CANCELLED_HOURS * 3600:
        return False
    return now - job.created_at < QUERY_DAYS * 24 * 3600


def _result_of(job: Job, origin: str) -> Json:
    used = tokens(job.width, job.height, job.seconds)
    links = {"video_url": f"{origin}/ark-files/{job.id}/video.mp4"}
    if job.facts["last_frame"]:
        links["last_frame_url"] = f"{origin}/ark-files/{job.id}/last_frame.png"
    return {
        "content": links,
        "usage": {"completion_tokens": used, "total_tokens": used},
        "seed": job.seed,
        "resolution": job.facts["resolution"],
        "ratio": job.facts["ratio"],
        "duration": job.seconds,
        "framespersecond": FRAME_RATE,
    }


def _error_of(job: Job) -> Json | None:
    if not job.error_code:
        return None
    if job.error_code == "moderation_blocked":
        return {"code": OUTPUT_REFUSED, "message": "The output video may contain sensitive information."}
    return {"code": "InternalServiceError", "message": job.error_message}


def _matches(job: Job, request: Request) -> bool:
    query = request.query_params
    ids = [each for text in query.getlist("filter.task_ids") for each in text.split(",")]
    asked: Sequence[tuple[str | None, str]] = (
        (query.get("filter.status"), STATES.get(job.status, job.status)),
        (query.get("filter.model"), job.model),
        (query.get("filter.service_tier"), "default"),
    )
    return (not ids or job.id in ids) and all(value in (None, held) for value, held in asked)


def _page(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= PAGE_LIMIT:
        raise wrong(name, f"a whole number from 1 to {PAGE_LIMIT} is expected.")
    return int(text)


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _keyed(service: Service, handler: Handler) -> Handler:
    """Ask for a bearer key that opens the service."""

    async def guarded(request: Request) -> Response:
        if not service.opens(bearer_key(request)):
            raise ArkError("AuthenticationError")
        return await handler(request)

    return guarded
