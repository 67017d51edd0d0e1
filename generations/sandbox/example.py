"""An invented provider under /example, for whoever declares a provider as data: its wire is like no other here."""

import secrets
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from generations.sandbox.bodies import seed_of
from generations.sandbox.downloads import is_gone, send_file
from generations.sandbox.errors import Refusal
from generations.sandbox.faults import half_of, hang_up
from generations.sandbox.jobs import Job, Json, Order
from generations.sandbox.json_bodies import BadBody, is_text, read_object
from generations.sandbox.service import Handler, Service
from generations.sandbox.words import RATE_LIMIT_SECONDS, SpecialWord, words_in

DIALECT = "example"
KEY_HEADER = "x-example-key"
PHASES = {
    "queued": "waiting",
    "in_progress": "drawing",
    "completed": "ready",
    "failed": "broken",
    "cancelled": "stopped",
    "expired": "broken",
}
CREDITS_PER_SECOND = 10
WORDS_LIMIT, CALLER_LIMIT = 2000, 64
SIDES, LENGTHS = range(240, 1921), range(1, 13)
FILE_SECONDS = 2 * 3600
FAULTS = {
    "no-key": (401, "Put your key into X-Example-Key."),
    "wrong-order": (422, "The order cannot be read."),
    "taken": (409, "There is a job for this caller's reference already."),
    "forbidden-words": (422, "These words are not drawn here."),
    "slow-down": (429, f"Come back in {RATE_LIMIT_SECONDS} seconds."),
    "no-credits": (402, "There are no credits left."),
    "trouble": (500, "Something broke on our side."),
    "no-job": (404, "There is no such job."),
    "not-ready": (409, "The job is not ready."),
    "too-late": (409, "The job has ended."),
}
REFUSED = {
    SpecialWord.MODERATED_INPUT: "forbidden-words",
    SpecialWord.SERVER_ERROR: "trouble",
    SpecialWord.RATE_LIMIT: "slow-down",
    SpecialWord.QUOTA: "no-credits",
    SpecialWord.ARREARS: "no-credits",
}


class Fault(Refusal):
    """An error answer: {"fault": {"kind", "text"}}; the kind decides the HTTP status."""

    def __init__(self, kind: str, text: str | None = None) -> None:
        self.kind = kind
        self.status, usual = FAULTS[kind]
        self.text = text or usual
        super().__init__(self.text)

    def response(self) -> JSONResponse:
        """Return the answer to send; slow-down says when to come back."""
        headers = {"retry-after": str(RATE_LIMIT_SECONDS)} if self.kind == "slow-down" else {}
        body = {"fault": {"kind": self.kind, "text": self.text}}
        return JSONResponse(body, status_code=self.status, headers=headers)


def routes(service: Service) -> list[Route]:
    """Return the dialect's routes; it calls nobody back."""
    api = ExampleApi(service)
    one = "/example/v2/jobs/{ref}"
    return [
        Route("/example/v2/render", _keyed(service, api.create), methods=["POST"]),
        Route("/example/v2/jobs", _keyed(service, api.list), methods=["GET"]),
        Route(one, _keyed(service, api.retrieve), methods=["GET"]),
        Route(f"{one}/result", _keyed(service, api.result), methods=["GET"]),
        Route(f"{one}/stop", _keyed(service, api.stop), methods=["POST"]),
        Route("/example/v2/files/{ref}.mp4", api.file, methods=["GET"]),
    ]


def job_of(job: Job) -> Json:
    """Return the dialect's job."""
    told: Json = {"ref": job.id, "phase": PHASES.get(job.status, job.status), "percent": job.progress}
    if job.client_id:
        told["caller"] = job.client_id
    if job.error_code or job.status == "expired":
        told["problem"] = _problem_of(job)
    if job.status == "completed":
        told["price"] = {"credits": CREDITS_PER_SECOND * job.seconds}
    return {"job": told}


class ExampleApi:
    """The dialect's operations over one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._store = service.store

    async def create(self, request: Request) -> Response:
        """POST /example/v2/render: words, width, height, length in seconds, voice (sound or not), caller's reference"""
        try:
            order = _order(await read_object(request))
        except BadBody as problem:
            raise Fault("wrong-order", str(problem)) from problem
        if word := self._service.refusal(order.prompt, DIALECT):
            raise Fault(REFUSED[word])
        if order.client_id and self._store.by_client_id(DIALECT, order.client_id):
            raise Fault("taken")
        job = self._service.begin(order, job_id=f"ex-{secrets.token_hex(8)}")
        if SpecialWord.DROPPED_CONNECTION in words_in(order.prompt):
            return await hang_up(request)
        return JSONResponse({"job": {"ref": job.id}}, status_code=202)

    async def retrieve(self, request: Request) -> Response:
        """GET /example/v2/jobs/{ref}"""
        job = self._job(request)
        if self._store.spend(job.id, SpecialWord.AUTH_LOST):
            raise Fault("no-key")
        answer = JSONResponse(job_of(job))
        return half_of(answer) if self._store.spend(job.id, SpecialWord.MALFORMED_JSON) else answer

    async def list(self, request: Request) -> Response:
        """GET /example/v2/jobs, newest first; ?caller= asks for the job of a caller's reference"""
        caller = request.query_params.get("caller")
        jobs = [job for job in self._store.newest_first(DIALECT) if caller in (None, job.client_id)]
        return JSONResponse({"jobs": [job_of(job)["job"] for job in jobs]})

    async def result(self, request: Request) -> Response:
        """GET /example/v2/jobs/{ref}/result"""
        job = self._job(request)
        if job.status != "completed":
            raise Fault("not-ready")
        link = f"{str(request.base_url).rstrip('/')}/example/v2/files/{job.id}.mp4"
        return JSONResponse({"files": [{"href": link, "media": "video/mp4"}]})

    async def stop(self, request: Request) -> Response:
        """POST /example/v2/jobs/{ref}/stop: works while it waits and while it is drawn"""
        job = self._job(request)
        if not self._store.cancel(job.id, running=True):
            raise Fault("too-late")
        return JSONResponse(job_of(self._job(request)))

    async def file(self, request: Request) -> Response:
        """GET /example/v2/files/{ref}.mp4: a link without a key, for two hours"""
        job = self._store.get(request.path_params["ref"], DIALECT)
        answer = await send_file(self._store, job) if job and job.status == "completed" and not is_gone(job) else None
        return answer or PlainTextResponse("Gone", status_code=410)

    def _job(self, request: Request) -> Job:
        job = self._store.get(request.path_params["ref"], DIALECT)
        if job is None:
            raise Fault("no-job")
        return job


def _order(values: Mapping[str, object]) -> Order:
    words, caller, voice = values.get("words"), values.get("caller", ""), values.get("voice", True)
    if not isinstance(words, str) or not is_text(words) or not 1 <= len(words) <= WORDS_LIMIT:
        raise Fault("wrong-order", f"words: 1 to {WORDS_LIMIT} characters are needed.")
    if not isinstance(caller, str) or not is_text(caller) or len(caller) > CALLER_LIMIT:
        raise Fault("wrong-order", f"caller: at most {CALLER_LIMIT} characters are allowed.")
    if not isinstance(voice, bool):
        raise Fault("wrong-order", "voice: true or false is needed.")
    return Order(
        prompt=words,
        model="example-1",
        seconds=_whole(values, "length", LENGTHS),
        width=_whole(values, "width", SIDES) // 2 * 2,
        height=_whole(values, "height", SIDES) // 2 * 2,
        seed=seed_of(words),
        dialect=DIALECT,
        audio=voice,
        client_id=caller,
        asset_seconds=FILE_SECONDS,
    )


def _whole(values: Mapping[str, object], name: str, allowed: range) -> int:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
        raise Fault("wrong-order", f"{name}: a whole number from {allowed[0]} to {allowed[-1]} is needed.")
    return value


def _problem_of(job: Job) -> Json:
    if job.error_code == "moderation_blocked":
        return {"kind": "forbidden-picture", "text": "What was drawn may not be shown."}
    if job.status == "expired":
        return {"kind": "out-of-time", "text": "The job was not drawn in time."}
    return {"kind": "trouble", "text": job.error_message}


def _keyed(service: Service, handler: Handler) -> Handler:
    """Ask for a key that opens the service."""

    async def guarded(request: Request) -> Response:
        if not service.opens(request.headers.get(KEY_HEADER, "").strip()):
            raise Fault("no-key")
        return await handler(request)

    return guarded
