"""The OpenAI Videos dialect (``/v1/videos``): OpenAI until 2026-09-24, and the many servers that still
speak it.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from standardwebhooks import Webhook, WebhookVerificationError

from generations.providers import openai_videos_words as words
from generations.providers.base import (
    AccountCheck,
    AccountFacts,
    Created,
    CreateRequest,
    ErrorClass,
    ProviderError,
    RemoteState,
    RemoteTask,
    Variant,
    WebhookHint,
    WebhookRefused,
)
from sorahub.lib import http

CLOCK_SKEW = dt.timedelta(minutes=2)
PAGE = 100
PAGES = 10
WEBHOOK_BYTES = 64 * 1024
MEDIA_TYPES = {Variant.VIDEO: "video/", Variant.THUMBNAIL: "image/", Variant.SPRITESHEET: "image/"}


class OpenAIVideos:
    """One account at one base address (ending in ``/v1``). Keeps the promises of ``base.Adapter``."""

    def __init__(self, facts: AccountFacts) -> None:
        self.facts = facts
        self.auth = {"Authorization": f"Bearer {facts.api_key}"}
        self.client = http.Client(facts.base_url, headers=self.auth, total_timeout=60, **self._where())
        self.tracking: http.AsyncClient | None = None

    def _where(self) -> dict[str, Any]:
        facts = self.facts
        return {
            "allowed_networks": facts.allowed_networks,
            "allow_http": facts.allow_http,
            "allowed_hosts": facts.result_hosts,
            "allowed_ports": facts.result_ports,
        }

    def create(self, request: CreateRequest) -> Created:
        """One POST: JSON, or multipart when a reference file goes along (the form every server takes)."""
        client = http.Client(
            self.facts.base_url,
            headers=self.auth,
            read_timeout=self.facts.create_timeout,
            total_timeout=self.facts.create_timeout,
            **self._where(),
        )
        try:
            response = client.post("videos", **_create_body(request))
        except http.HttpFailure as error:
            raise _unsent(error, creating=True) from error
        if not 200 <= response.status < 300:
            raise words.refusal(response, secret=self.facts.api_key, creating=True)
        return _created(response)

    def get(self, remote_id: str) -> RemoteTask:
        """GET /videos/{id}."""
        try:
            response = self.client.get(_path(remote_id))
        except http.HttpFailure as error:
            raise _unsent(error) from error
        return self._task(response, remote_id)

    async def aget(self, remote_id: str) -> RemoteTask:
        """GET /videos/{id} over a kept connection."""
        if self.tracking is None:
            self.tracking = http.AsyncClient(self.facts.base_url, headers=self.auth, total_timeout=60, **self._where())
        try:
            response = await self.tracking.get(_path(remote_id))
        except http.HttpFailure as error:
            raise _unsent(error) from error
        return self._task(response, remote_id)

    async def aclose(self) -> None:
        """Close the tracker's connections."""
        if self.tracking is not None:
            await self.tracking.aclose()
            self.tracking = None

    def _task(self, response: http.Response, remote_id: str) -> RemoteTask:
        if response.status == 404:
            return RemoteTask(remote_id, RemoteState.LOST, "404")
        if response.status != 200:
            raise words.refusal(response, secret=self.facts.api_key, creating=False)
        value = words.parsed(response)
        return words.task(value, response.headers, asked=remote_id, secret=self.facts.api_key)

    def find(self, request: CreateRequest, since: dt.datetime) -> list[RemoteTask]:
        """List from the newest back to ``since`` (minus two minutes for clocks that differ).

        Raises ProviderError(provider_permanent, "list-unsupported") where the server has no list.
        """
        earliest = since - CLOCK_SKEW
        matches: list[RemoteTask] = []
        after = ""
        for _ in range(PAGES):
            body = self._page(after)
            items = [item for item in body["data"] if isinstance(item, dict)]
            tasks = [words.task(item, {}, asked="", secret=self.facts.api_key, request=request) for item in items]
            matches += [task for task in tasks if task.remote_id and words.could_be(task, request, earliest)]
            past = any(task.created_at and task.created_at < earliest for task in tasks)
            after = str(body.get("last_id") or (tasks[-1].remote_id if tasks else ""))
            if past or not body.get("has_more") or not after:
                return matches
        return matches

    def _page(self, after: str) -> dict[str, Any]:
        params: dict[str, str | int] = {"limit": PAGE, "order": "desc"}
        if after:
            params["after"] = after
        try:
            response = self.client.get("videos", params=params)
        except http.HttpFailure as error:
            raise _unsent(error) from error
        if response.status in {400, 404, 405, 501}:
            raise ProviderError(ErrorClass.PROVIDER_PERMANENT, "list-unsupported", safe_to_resubmit=False)
        if response.status != 200:
            raise words.refusal(response, secret=self.facts.api_key, creating=False)
        body = words.parsed(response)
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise ProviderError(ErrorClass.PROVIDER_PERMANENT, "list-unsupported", safe_to_resubmit=False)
        return body

    def download(
        self, remote_id: str, variant: Variant = Variant.VIDEO, *, result_url: str | None = None
    ) -> http.Stream:
        """GET /videos/{id}/content, redirects followed; where that is missing, the address named in the
        task.
        """
        params = {"variant": variant.value}
        stream = self._open(self.client, f"{_path(remote_id)}/content", params)
        if stream.status in {404, 405, 501} and result_url and variant is Variant.VIDEO:
            stream.close()
            elsewhere = http.Client(**self._where())
            stream = self._open(elsewhere, result_url, {})
        if stream.status == 200 and _is_kind(stream, variant):
            return stream
        with stream:
            raise self._no_file(stream, variant)

    def _open(self, client: http.Client, url: str, params: Mapping[str, str]) -> http.Stream:
        try:
            return client.stream(
                "GET",
                url,
                params=params,
                max_redirects=3,
                max_bytes=self.facts.max_download_bytes,
                total_timeout=self.facts.download_timeout,
            )
        except http.HttpFailure as error:
            raise _unsent(error) from error

    def _no_file(self, stream: http.Stream, variant: Variant) -> ProviderError:
        if stream.status == 200:
            kind = stream.headers.get("content-type", "nothing named")[:100]
            return ProviderError(ErrorClass.INTEGRITY, "wrong-kind", detail=f"{variant} came as {kind}.")
        if stream.status in {404, 410}:
            return ProviderError(ErrorClass.EXPIRED_ASSET, f"http-{stream.status}")
        response = http.Response(stream.status, stream.headers, b"")
        return words.refusal(response, secret=self.facts.api_key, creating=False)

    def delete(self, remote_id: str) -> bool:
        """DELETE /videos/{id}. Raises ProviderError "delete-unsupported" where there is none."""
        try:
            response = self.client.delete(_path(remote_id))
        except http.HttpFailure as error:
            raise _unsent(error) from error
        if response.status == 404:
            return False
        if response.status in {405, 501}:
            raise ProviderError(ErrorClass.PROVIDER_PERMANENT, "delete-unsupported")
        if not 200 <= response.status < 300:
            raise words.refusal(response, secret=self.facts.api_key, creating=False)
        return True

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes) -> WebhookHint:
        """Standard Webhooks: HMAC over id, time and raw body, five minutes either way, any of our secrets."""
        if len(raw) > WEBHOOK_BYTES:
            raise WebhookRefused("The call is too large.")
        given = {name.lower(): value for name, value in headers.items()}
        if not any(_signed_by(secret, given, raw) for secret in self.facts.webhook_secrets):
            raise WebhookRefused("The call's signature or time is wrong.")
        return _hint(given, raw)

    def check(self) -> AccountCheck:
        """GET /videos?limit=1: nothing is made, nothing is spent."""
        try:
            response = self.client.get("videos", params={"limit": 1})
        except http.HttpFailure as error:
            return AccountCheck(ok=False, code=error.code, message=error.message)
        return _verdict(response.status)


def _path(remote_id: str) -> str:
    return f"videos/{quote(remote_id, safe='')}"


def _create_body(request: CreateRequest) -> dict[str, Any]:
    fields = {
        "model": request.model,
        "prompt": request.prompt,
        "seconds": str(request.seconds),
        "size": f"{request.width}x{request.height}",
    }
    reference = request.reference
    if reference is None:
        seed = {} if request.seed is None else {"seed": request.seed}
        return {"json": {**fields, **seed}}
    if request.seed is not None:
        fields["seed"] = str(request.seed)
    file = (reference.filename, reference.content, reference.media_type)
    return {"data": fields, "files": {"input_reference": file}}


def _created(response: http.Response) -> Created:
    body = words.Body(words.parsed(response))
    remote_id = body.word(*words.ID_NAMES)
    if not remote_id:
        raise ProviderError(ErrorClass.AMBIGUOUS_SUBMIT, "no-id", detail="The order was taken without an id.")
    raw = body.word("status", "state") or "queued"
    return Created(
        remote_id,
        words.STATES.get(raw.lower(), RemoteState.QUEUED),
        raw[:100],
        response.headers.get("x-request-id", "")[:200],
    )


def _unsent(error: http.HttpFailure, *, creating: bool = False) -> ProviderError:
    """What a failure of the connection means: nothing sent, perhaps sent, or not allowed."""
    if isinstance(error, http.ConnectFailed):
        kind = ErrorClass.PROVIDER_TRANSIENT
    elif isinstance(error, http.Blocked):
        kind = ErrorClass.INVALID_REQUEST
    elif creating:
        kind = ErrorClass.AMBIGUOUS_SUBMIT
    else:
        kind = ErrorClass.INTEGRITY if isinstance(error, http.TooLarge) else ErrorClass.PROVIDER_TRANSIENT
    return ProviderError(kind, error.code, detail=error.message)


def _is_kind(stream: http.Stream, variant: Variant) -> bool:
    kind = stream.headers.get("content-type", "").lower()
    return kind.startswith((MEDIA_TYPES[variant], "application/octet-stream"))


def _signed_by(secret: str, headers: dict[str, str], raw: bytes) -> bool:
    try:
        Webhook(secret).verify(raw, headers, json_parse=False)
    except (WebhookVerificationError, ValueError, OverflowError):
        return False
    return True


def _hint(headers: dict[str, str], raw: bytes) -> WebhookHint:
    try:
        event = json.loads(raw)
        remote_id, kind = str(event["data"]["id"]), str(event["type"])
    except (ValueError, KeyError, TypeError) as error:
        raise WebhookRefused("The call does not say which video it is about.") from error
    sent = dt.datetime.fromtimestamp(float(headers["webhook-timestamp"]), tz=dt.UTC)
    return WebhookHint(headers["webhook-id"], kind, remote_id, sent)


def _verdict(status: int) -> AccountCheck:
    if status == 200:
        return AccountCheck(ok=True, code="ok", message="The service answers and accepts the key.")
    if status in {401, 403}:
        return AccountCheck(ok=False, code="auth", message="The service answers but refuses the key.")
    if status in {400, 405, 501}:
        text = "The service answers, but has no list of videos: the key could not be tested."
        return AccountCheck(ok=True, code="no-list", message=text)
    if status in {404, 410}:
        text = "Something answers at this address, but it has no videos API: check the address (it ends in /v1)."
        return AccountCheck(ok=False, code="no-api", message=text)
    return AccountCheck(ok=False, code=f"http-{status}", message=f"The service answers with status {status}.")
