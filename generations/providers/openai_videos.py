"""The OpenAI Videos dialect (``/v1/videos``): OpenAI until 2026-09-24, and the many servers that still speak it."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from generations.providers import openai_videos_finding as finding
from generations.providers import openai_videos_orders as orders
from generations.providers import openai_videos_words as words
from generations.providers.base import (
    AccountCheck,
    CancelOutcome,
    Created,
    CreateRequest,
    ErrorClass,
    ProviderError,
    ReferenceFile,
    RemoteState,
    RemoteTask,
    Variant,
    WebhookHint,
    WebhookRefused,
)
from generations.providers.reading import parsed
from generations.providers.service import Service, not_found
from sorahub.lib import http
from sorahub.lib.storable import storable

CLOCK_SKEW = dt.timedelta(minutes=2)
PAGE = 100
PAGES = 10
NO_SUCH_CALL = frozenset({404, 405, 501})
ABOUT_THE_TASK = frozenset({ErrorClass.INVALID_REQUEST, ErrorClass.EXPIRED_ASSET, ErrorClass.PROVIDER_PERMANENT})
UNFINISHED = frozenset({RemoteState.QUEUED, RemoteState.RUNNING})


class OpenAIVideos(Service):
    """One account at one base address (ending in ``/v1``). Keeps the promises of ``base.Adapter``.

    Options: ``multipart`` for servers that read no JSON, ``delete_cancels`` for servers whose DELETE stops a running task.
    """

    def refusal(self, response: http.Response, *, creating: bool) -> ProviderError:
        """By the dialect's codes, then by status."""
        return words.refusal(response, secret=self.facts.api_key, creating=creating)

    def task_path(self, remote_id: str) -> str:
        """GET /videos/{id}."""
        return orders.task_path(remote_id)

    def read_task(self, response: http.Response, remote_id: str) -> RemoteTask:
        """A task nobody knows is LOST; a model nobody offers any more says nothing about the task."""
        if response.status == 200:
            return words.task(parsed(response), response.headers, asked=remote_id, secret=self.facts.api_key)
        refused = self.refusal(response, creating=False)
        if response.status in {404, 410} and refused.code not in words.CODES:
            return not_found(remote_id)
        raise refused

    def create(self, request: CreateRequest) -> Created:
        """One POST: a new video, or a remix, an edit or an extension of an earlier one."""
        response = self._send(orders.order(request), request.options)
        return words.created(response, source=request.source_remote_id)

    def make_character(self, name: str, file: ReferenceFile) -> str:
        """POST /videos/characters, once; return the id that later orders name."""
        return words.remote_id(self._send(orders.character(name, file), {}), ErrorClass.AMBIGUOUS_SUBMIT)

    def character_name(self, remote_id: str) -> str | None:
        """GET /videos/characters/{id}: what the service calls it; None where it says itself that it knows no such one.

        Raises ProviderError(provider_permanent, "character-unsupported") where there is no such call.
        """
        response = self.ask("GET", orders.character_path(remote_id))
        if response.status == 200:
            return words.character_name(response)
        if response.status == 404 and words.is_own_error(response):
            return None
        if response.status in NO_SUCH_CALL:
            raise ProviderError(ErrorClass.PROVIDER_PERMANENT, "character-unsupported")
        raise self.refusal(response, creating=False)

    def _send(self, order: orders.Order, options: Mapping[str, Any]) -> http.Response:
        multipart = bool(options.get("multipart") or self.facts.options.get("multipart"))
        return self.send_once(order.path, **order.content(multipart=multipart))

    def find(self, request: CreateRequest, since: dt.datetime) -> list[RemoteTask]:
        """List from the newest back to ``since`` (minus two minutes for clocks that differ).

        Raises ProviderError(provider_permanent, "list-unsupported") where the server has no list.
        """
        earliest = since - CLOCK_SKEW
        matches: list[RemoteTask] = []
        after = ""
        for _ in range(PAGES):
            body = self._page(after)
            found = (finding.candidate(item, request, earliest, secret=self.facts.api_key) for item in body["data"])
            matches += [each for each in found if each is not None]
            after = str(body.get("last_id") or finding.last_id(body["data"]))
            if not body.get("has_more") or not after or finding.reaches_back_to(earliest, body["data"]):
                return matches
        return matches

    def _page(self, after: str) -> dict[str, Any]:
        params = {"limit": str(PAGE), "order": "desc", **({"after": after} if after else {})}
        response = self.ask("GET", "videos", params=params)
        if response.status in NO_SUCH_CALL | {400}:
            raise ProviderError(ErrorClass.PROVIDER_PERMANENT, "list-unsupported", safe_to_resubmit=False)
        if response.status != 200:
            raise self.refusal(response, creating=False)
        body = parsed(response)
        if not isinstance(body, dict) or not isinstance(body.get("data"), list):
            raise ProviderError(ErrorClass.INTEGRITY, "no-list", detail="The answer is no list of videos.")
        return body

    def download(
        self, remote_id: str, variant: Variant = Variant.VIDEO, *, result_url: str | None = None
    ) -> http.Stream:
        """GET /videos/{id}/content, redirects followed; where that is missing, the address named in the task."""
        stream = self.open_any(f"{self.task_path(remote_id)}/content", with_key=True, params={"variant": variant.value})
        if stream.status in NO_SUCH_CALL and result_url and variant is Variant.VIDEO:
            stream.close()
            return self.open_file(result_url, variant, with_key=self.is_own(result_url))
        try:
            return self.checked(stream, variant, with_key=True)
        except ProviderError as error:
            raise self._why(remote_id, error) from error

    def _why(self, remote_id: str, error: ProviderError) -> ProviderError:
        """A missing file means many things: ask the task whether it still runs or has failed."""
        if error.error_class not in ABOUT_THE_TASK:
            return error
        try:
            task = self.get(remote_id)
        except ProviderError:
            return error
        if task.state in UNFINISHED:
            return ProviderError(ErrorClass.PROVIDER_TRANSIENT, "not-ready", detail=error.detail)
        return task.error or error

    def cancel(self, remote_id: str) -> CancelOutcome:
        """The dialect has none; with the option ``delete_cancels`` DELETE stops a running task.

        It would delete a finished one, so the task is looked at first.
        """
        if not self.facts.options.get("delete_cancels"):
            return CancelOutcome.UNSUPPORTED
        if self.get(remote_id).state not in UNFINISHED:
            return CancelOutcome.TOO_LATE
        response = self.ask("DELETE", self.task_path(remote_id))
        if response.status in {404, 409, 410}:
            return CancelOutcome.REQUESTED
        return CancelOutcome.CANCELLED if self._deleted(response) else CancelOutcome.UNSUPPORTED

    def delete(self, remote_id: str) -> bool:
        """DELETE /videos/{id}; False when it was gone already. Raises ProviderError "delete-unsupported" where there is none."""
        response = self.ask("DELETE", self.task_path(remote_id))
        if response.status in {404, 410}:
            return False
        if not self._deleted(response):
            raise ProviderError(ErrorClass.PROVIDER_PERMANENT, "delete-unsupported")
        return True

    def _deleted(self, response: http.Response) -> bool:
        if response.status in NO_SUCH_CALL:
            return False
        if not 200 <= response.status < 300:
            raise self.refusal(response, creating=False)
        return True

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes, *, trusted_path: bool = False) -> WebhookHint:
        """Standard Webhooks: HMAC over id, time and raw body, five minutes either way, any of our secrets.

        The dialect takes no callback address with an order, so a path proves nothing: unsigned calls are refused.
        """
        signed = self.signed_call(headers, raw)
        if signed is None:
            raise WebhookRefused("The call is not signed.")
        webhook_id, sent_at = signed
        try:
            event = storable(json.loads(raw))
            remote_id, kind = str(event["data"]["id"]), str(event["type"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise WebhookRefused("The call does not say which video it is about.") from error
        return WebhookHint(webhook_id, kind, remote_id, sent_at)

    def check(self) -> AccountCheck:
        """GET /videos?limit=1: nothing is made, nothing is spent."""
        try:
            response = self.ask("GET", "videos", params={"limit": "1"})
        except ProviderError as error:
            return AccountCheck(ok=False, code=error.code, message=error.detail or error.message)
        return words.verdict(response, secret=self.facts.api_key)
