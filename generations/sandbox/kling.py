"""The Kling dialect in its current form, under /kling; /_control/kling sets what a real account would have."""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from generations.sandbox.downloads import is_gone, send_file
from generations.sandbox.faults import half_of, hang_up
from generations.sandbox.jobs import Job, Json, Order
from generations.sandbox.json_bodies import BadBody, read_object
from generations.sandbox.kling_orders import ROUTES, read_order
from generations.sandbox.kling_words import (
    CENTS_PER_UNIT,
    REFUSED,
    STATES,
    KlingError,
    code_asked_for,
    decimal,
    envelope,
    wrong,
)
from generations.sandbox.service import Handler, Service, bearer_key
from generations.sandbox.webhooks import Letter
from generations.sandbox.words import SpecialWord, words_in

DIALECT = "kling"
CONCURRENCY = 20
BATCH_LIMIT, LIST_LIMIT, LIST_DAYS = 20, 500, 30


@dataclass
class Account:
    """What the account allows and how it pays: places for unfinished tasks, and ``unit`` or ``cash``."""

    concurrency: int = CONCURRENCY
    charge: str = "unit"


def routes(service: Service) -> list[Route]:
    """Return the dialect's routes; each task's callback hears of every state."""
    service.messenger.on_change(DIALECT, letter_of)
    api = KlingApi(service)
    return [
        Route("/kling/tasks", _keyed(service, api.query), methods=["GET"]),
        Route("/kling/tasks", _keyed(service, api.list), methods=["POST"]),
        Route("/kling/files/{task_id}.mp4", api.file, methods=["GET"]),
        Route("/kling/{product}/{model}", _keyed(service, api.create), methods=["POST"]),
        Route("/kling/{rest:path}", _unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        Route("/_control/kling", api.control, methods=["GET", "POST"]),
    ]


def task_of(job: Job, origin: str) -> Json:
    """Return the dialect's task; links lead to ``origin``."""
    task: Json = {
        "id": job.id,
        "status": STATES.get(job.status, job.status),
        "message": _failure_of(job),
        "create_time": job.created_ms,
        "update_time": job.changed_ms,
    }
    if job.client_id:
        task["external_id"] = job.client_id
    if job.status == "completed":
        task["outputs"] = [_output_of(job, origin)]
    if job.finished:
        task["billing"] = [_bill_of(job)]
    return task


def letter_of(job: Job) -> Letter:
    """Return the callback about a task's state: the task as a query shows it."""
    return Letter(json.dumps(task_of(job, str(job.facts["origin"]))).encode(), f"msg_{job.id}_{job.status}")


class KlingApi:
    """The dialect's operations over one service and one account."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._store = service.store
        self._account = Account()

    async def create(self, request: Request) -> Response:
        """POST /kling/{text-to-video, image-to-video, omni-video}/{model}"""
        product, model = request.path_params["product"], request.path_params["model"]
        if (product, model) not in ROUTES:
            raise KlingError(1203, f"model is not supported: {product}/{model}")
        order = await read_order(await _values(request), product, model)
        self._refuse(order)
        facts = order.facts | {"origin": _origin(request), "charge": self._account.charge}
        job = self._service.begin(replace(order, facts=facts), job_id=_new_id())
        self._service.messenger.tell(job)
        if SpecialWord.DROPPED_CONNECTION in words_in(order.prompt):
            return await hang_up(request)
        return envelope(task_of(job, _origin(request)))

    async def query(self, request: Request) -> Response:
        """GET /kling/tasks with task_ids or external_task_ids, separated by commas; what is not found is left out"""
        ours, theirs = request.query_params.get("task_ids"), request.query_params.get("external_task_ids")
        if bool(ours) == bool(theirs):
            raise wrong("exactly one of task_ids and external_task_ids is required")
        names = (ours or theirs or "").split(",")
        if len(names) > BATCH_LIMIT:
            raise wrong(f"at most {BATCH_LIMIT} tasks can be queried at once")
        find = self._find if ours else self._find_by_client
        found = [job for job in (find(name.strip()) for name in names) if job]
        if [job for job in found if self._store.spend(job.id, SpecialWord.AUTH_LOST)]:
            raise KlingError(1000)
        answer = envelope([task_of(job, _origin(request)) for job in found])
        broken = [job for job in found if self._store.spend(job.id, SpecialWord.MALFORMED_JSON)]
        return half_of(answer) if broken else answer

    async def list(self, request: Request) -> Response:
        """POST /kling/tasks: newest first, by time, status and product; ``cursor`` takes up where a list ended"""
        values = await _values(request)
        limit, cursor = _limit(values.get("limit", LIST_LIMIT)), values.get("cursor")
        jobs = [job for job in self._store.newest_first(DIALECT) if _matches(job, values)]
        if cursor:
            jobs = _after(jobs, cursor)
        else:
            first, last = _window(values)
            jobs = [job for job in jobs if first <= job.created_ms <= last]
        shown = jobs[:limit]
        data = {
            "result": [task_of(job, _origin(request)) for job in shown],
            "count": len(shown),
            "next_cursor": shown[-1].id if shown else "",
            "has_more": len(jobs) > limit,
        }
        return envelope(data)

    async def file(self, request: Request) -> Response:
        """GET /kling/files/{id}.mp4: a link without a key"""
        job = self._find(request.path_params["task_id"])
        answer = await send_file(self._store, job) if job and job.status == "completed" and not is_gone(job) else None
        return answer or PlainTextResponse("Not found", status_code=404)

    async def control(self, request: Request) -> Response:
        """GET or POST /_control/kling: ``concurrency`` and ``charge`` (unit or cash); no part of the dialect"""
        if request.method == "POST":
            values = await _values(request)
            concurrency = values.get("concurrency", self._account.concurrency)
            charge = values.get("charge", self._account.charge)
            if not isinstance(concurrency, int) or concurrency < 0 or charge not in ("unit", "cash"):
                raise wrong("concurrency is a whole number, charge is unit or cash")
            self._account = Account(concurrency, charge)
        return JSONResponse(asdict(self._account))

    def _refuse(self, order: Order) -> None:
        """Count the create call and raise what stands against it."""
        word = self._service.refusal(order.prompt, DIALECT)
        if word is not None:
            raise KlingError(REFUSED[word])
        if code := code_asked_for(order.prompt):
            raise KlingError(code)
        if order.client_id and self._store.by_client_id(DIALECT, order.client_id):
            raise wrong(f"external_task_id '{order.client_id}' already exists")
        busy = sum(not job.finished for job in self._store.newest_first(DIALECT))
        if busy >= self._account.concurrency:
            raise KlingError(1303)

    def _find(self, task_id: str) -> Job | None:
        return self._store.get(task_id, DIALECT)

    def _find_by_client(self, client_id: str) -> Job | None:
        return self._store.by_client_id(DIALECT, client_id)


def _new_id() -> str:
    """Nineteen digits: microseconds and three of chance."""
    return f"{time.time_ns() // 1000}{secrets.randbelow(1000):03d}"


def _failure_of(job: Job) -> str:
    """Why a task failed; the empty string for one that did not."""
    if job.error_code == "moderation_blocked":
        return "Failure to pass the risk control system"
    return job.error_message or ("The task was not done in time" if STATES.get(job.status) == "failed" else "")


def _output_of(job: Job, origin: str) -> Json:
    link = f"{origin}/kling/files/{job.id}.mp4"
    output: Json = {"type": "video", "id": job.id, "url": link, "duration": str(job.seconds)}
    if job.facts.get("watermark"):
        output["watermark_url"] = link
    return output


def _bill_of(job: Job) -> Json:
    """What a task has cost; a failed one costs nothing."""
    tenths = job.facts["tenths"] if job.status == "completed" else 0
    assert isinstance(tenths, int)  # noqa: S101 - written by the reader of orders
    if job.facts.get("charge") != "cash":
        return {"charge_type": "unit", "amount": decimal(tenths, 1), "package_type": "video"}
    amount = decimal(tenths * CENTS_PER_UNIT, 3)
    return {
        "charge_type": "cash",
        "amount": amount,
        "cash_type": "balance",
        "list_price": amount,
        "currency": "USD",
    }


def _after(jobs: Sequence[Job], cursor: object) -> list[Job]:
    for index, job in enumerate(jobs):
        if job.id == cursor:
            return list(jobs[index + 1 :])
    raise wrong(f"cursor value '{cursor}' is invalid")


def _limit(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value > LIST_LIMIT:
        raise wrong(f"limit value '{value}' is invalid, at most {LIST_LIMIT}")
    return max(1, value)


def _window(values: Mapping[str, object]) -> tuple[int, int]:
    """The first and last millisecond of creation that are asked for; the last 30 days by default."""
    last = values.get("end_time", time.time_ns() // 1_000_000)
    if isinstance(last, bool) or not isinstance(last, int):
        raise wrong("end_time value type is invalid, expected milliseconds")
    first = values.get("start_time", last - LIST_DAYS * 24 * 3600 * 1000)
    if isinstance(first, bool) or not isinstance(first, int) or first > last:
        raise wrong("start_time must be in milliseconds and before end_time")
    return first, last


def _matches(job: Job, values: Mapping[str, object]) -> bool:
    filters = values.get("filters") or []
    if not isinstance(filters, list):
        raise wrong("filters value type is invalid, expected array")
    return all(_value_of(job, each) in _wanted(each) for each in filters)


def _value_of(job: Job, condition: object) -> object:
    key = condition.get("key") if isinstance(condition, dict) else None
    if key not in ("status", "product_type"):
        raise wrong(f"filters[].key value '{key}' is invalid, allowed values: status, product_type")
    return STATES.get(job.status, job.status) if key == "status" else job.facts.get("product")


def _wanted(condition: Mapping[str, object]) -> Sequence[object]:
    values = condition.get("values")
    if not isinstance(values, list) or not values:
        raise wrong("filters[].values cannot be empty")
    return values


async def _values(request: Request) -> Mapping[str, object]:
    try:
        return await read_object(request)
    except BadBody as problem:
        raise KlingError(1200, str(problem)) from problem


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


async def _unknown(request: Request) -> Response:
    raise KlingError(1202, f"{request.method} {request.url.path} is not served")


def _keyed(service: Service, handler: Handler) -> Handler:
    """Ask for a bearer key that opens the service."""

    async def guarded(request: Request) -> Response:
        if not request.headers.get("authorization"):
            raise KlingError(1001)
        if not service.opens(bearer_key(request)):
            raise KlingError(1002)
        return await handler(request)

    return guarded
