"""Kling's current API: typed contents, one address for asking about many tasks, an id of our own for each order.

The older API with its signed tokens is another wire. Kling has no cancel.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from generations.providers import kling_orders as orders
from generations.providers import kling_words as words
from generations.providers.base import (
    AccountCheck,
    Created,
    CreateRequest,
    ErrorClass,
    ProviderError,
    RemoteTask,
    Variant,
    WebhookHint,
)
from generations.providers.callbacks import checked_call
from generations.providers.reading import moment
from generations.providers.refusals import accepted, no_link, not_on_this_wire, verdict
from generations.providers.service import Service, not_found
from sorahub.lib import http

NOBODY = "0"


class Kling(Service):
    """One account at one base address (a host of Kling's, without a path). Keeps the promises of ``base.Adapter``."""

    batch_size = 20

    def create(self, request: CreateRequest) -> Created:
        """POST /{task}/{model}; our own id goes along, by which a lost answer is found again."""
        path, body = orders.order(request)
        response = self.send_once(path, json=body)
        if words.code_of(response):
            raise self.refusal(response, creating=True)
        found = words.tasks(response, secret=self.facts.api_key)
        if not found:
            raise ProviderError(ErrorClass.AMBIGUOUS_SUBMIT, "no-id", detail="The order was taken without an id.")
        request_id = str(words.envelope(response).get("request_id") or "")[:200]
        return Created(found[0].remote_id, found[0].state, found[0].raw_state, request_id)

    def task_path(self, remote_id: str) -> str:
        """One task is a list of one."""
        return _asked("task_ids", [remote_id])

    def read_task(self, response: http.Response, remote_id: str) -> RemoteTask:
        """The task out of the answer's list; one that is not there is unknown to Kling."""
        return self._found(response).get(remote_id) or not_found(remote_id)

    async def aget_many(self, remote_ids: Sequence[str]) -> dict[str, RemoteTask]:
        """GET /tasks with all ids at once; where one of them spoils the answer for the rest, one by one."""
        response = await self.ask_kept(_asked("task_ids", remote_ids))
        if len(remote_ids) > 1 and words.code_of(response) in words.SPOILED:
            return await super().aget_many(remote_ids)
        found = self._found(response)
        return {each: found.get(each) or not_found(each) for each in remote_ids}

    def find(self, request: CreateRequest, since: dt.datetime) -> list[RemoteTask]:
        """Look the order up by our own id: there is one or none. ``since`` is not needed."""
        if not request.client_id:
            raise ProviderError(ErrorClass.PROVIDER_PERMANENT, "no-client-id", safe_to_resubmit=False)
        response = self.ask("GET", _asked("external_task_ids", [request.client_id]))
        return list(self._found(response, client_id=request.client_id).values())

    def download(
        self, remote_id: str, variant: Variant = Variant.VIDEO, *, result_url: str | None = None
    ) -> http.Stream:
        """Open the file at the address in the task, without our key: it lies on another host and is protected by itself."""
        if variant is not Variant.VIDEO:
            raise not_on_this_wire(f"Kling makes no {variant}.")
        url = result_url or self.get(remote_id).result_url
        if url is None:
            raise no_link("Kling names no file for this task.")
        return self.open_file(url, variant, with_key=False)

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes, *, trusted_path: bool = False) -> WebhookHint:
        """Signed by Standard Webhooks once the account has a secret at Kling, otherwise unsigned."""
        call = checked_call(self, headers, raw, trusted_path=trusted_path)
        task = words.of_call(call.body)
        return call.hint(
            kind=str(task.get("status") or ""),
            remote_id=str(task.get("id") or ""),
            client_id=str(task.get("external_id") or ""),
            sent_at=moment(task.get("update_time")),
        )

    def check(self) -> AccountCheck:
        """Ask for a task that nobody has: nothing is made, nothing is spent."""
        try:
            self._found(self.ask("GET", self.task_path(NOBODY)))
        except ProviderError as error:
            return verdict(error)
        return accepted()

    def refusal(self, response: http.Response, *, creating: bool) -> ProviderError:
        """Vendor code first, HTTP status second."""
        return words.refusal(response, secret=self.facts.api_key, creating=creating)

    def _found(self, response: http.Response, *, client_id: str = "") -> dict[str, RemoteTask]:
        """Tasks by id; none where Kling says that there is no such resource."""
        if words.succeeded(response):
            found = words.tasks(response, secret=self.facts.api_key, client_id=client_id)
            return {task.remote_id: task for task in found}
        if words.code_of(response) == words.NO_SUCH_TASK:
            return {}
        raise self.refusal(response, creating=False)


def _asked(name: str, ids: Sequence[str]) -> str:
    return f"tasks?{urlencode({name: ','.join(ids)}, safe=',')}"
