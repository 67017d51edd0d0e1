"""The task API of Volcengine Ark and BytePlus ModelArk (Seedance). Two hosts, two sets of keys: a key works in one region.

A create has neither an id of ours nor a signature on its callbacks: a lost answer is looked for in the list, and a
callback is believed by the path it comes in at.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

from generations.providers import ark_orders as orders
from generations.providers import ark_words as words
from generations.providers.base import (
    AccountCheck,
    CancelOutcome,
    Created,
    CreateRequest,
    ErrorClass,
    ProviderError,
    RemoteState,
    RemoteTask,
    Variant,
    WebhookHint,
)
from generations.providers.callbacks import checked_call
from generations.providers.reading import moment, wait_seconds
from generations.providers.refusals import accepted, no_link, not_on_this_wire, verdict
from generations.providers.service import Service, not_found
from sorahub.lib import http

TASKS = "contents/generations/tasks"
CLOCK_SKEW = dt.timedelta(minutes=2)
PAGE, PAGES = 100, 10
REGIONS = "A key works in one region only: check that the address belongs to the key's."


class Ark(Service):
    """One account at one base address (ending in ``/api/v3``). Keeps the promises of ``base.Adapter``."""

    batch_size = 20

    def create(self, request: CreateRequest) -> Created:
        """POST tasks; the answer is an id and nothing else."""
        response = self.send_once(TASKS, json=orders.order(request))
        remote_id = str(words.body_of(response).get("id") or "")
        if not remote_id:
            raise ProviderError(ErrorClass.AMBIGUOUS_SUBMIT, "no-id", detail="The order was taken without an id.")
        return Created(remote_id, RemoteState.QUEUED, "queued", response.headers.get("x-request-id", "")[:200])

    def task_path(self, remote_id: str) -> str:
        """GET tasks/{id}."""
        return f"{TASKS}/{quote(remote_id, safe='')}"

    def read_task(self, response: http.Response, remote_id: str) -> RemoteTask:
        """A task that Ark itself does not find is LOST; a 404 of somebody else's says nothing about the task."""
        body = words.body_of(response)
        if response.status == 404 and words.error_of(body)[0]:
            return not_found(remote_id)
        if response.status != 200:
            raise self.refusal(response, creating=False)
        if body.get("id") != remote_id:
            raise ProviderError(ErrorClass.INTEGRITY, "no-task", detail="The answer is not about this task.")
        return words.task(body, secret=self.facts.api_key, poll_after=wait_seconds(response.headers))

    async def aget_many(self, remote_ids: Sequence[str]) -> dict[str, RemoteTask]:
        """Ask the list for these ids. It may be behind, so one that it does not show is asked for by itself."""
        query = [("page_size", str(len(remote_ids))), *(("filter.task_ids", each) for each in remote_ids)]
        found = {task.remote_id: task for task in self._page(await self.ask_kept(f"{TASKS}?{urlencode(query)}"))}
        return {each: found.get(each) or await self.aget(each) for each in remote_ids}

    def find(self, request: CreateRequest, since: dt.datetime) -> list[RemoteTask]:
        """List what may be the order: same model, not older than ``since`` (minus two minutes for clocks that differ).

        Only the last seven days can be listed.
        """
        earliest = since - CLOCK_SKEW
        matches: list[RemoteTask] = []
        for number in range(1, PAGES + 1):
            query = urlencode({"page_num": number, "page_size": PAGE})
            page = self._page(self.ask("GET", f"{TASKS}?{query}"))
            matches += [task for task in page if words.could_be(task, request, earliest)]
            if len(page) < PAGE or all(task.created_at and task.created_at < earliest for task in page):
                break
        return sorted(matches, key=lambda task: task.created_at or earliest, reverse=True)

    def download(
        self, remote_id: str, variant: Variant = Variant.VIDEO, *, result_url: str | None = None
    ) -> http.Stream:
        """Open the file at the address in the task, without our key: the link is signed, and lives 24 hours."""
        if variant is not Variant.VIDEO:
            raise not_on_this_wire(f"Ark makes no {variant}.")
        url = result_url or self.get(remote_id).result_url
        if url is None:
            raise no_link("Ark names no file for this task.")
        return self.open_file(url, variant, with_key=False)

    def cancel(self, remote_id: str) -> CancelOutcome:
        """DELETE a task that waits. The same call removes the record of one that has ended, so the task is looked at first
        and a finished one is left alone; Ark itself refuses for one that runs.
        """
        state = self.get(remote_id).state
        if state is not RemoteState.QUEUED:
            return CancelOutcome.CANCELLED if state is RemoteState.CANCELLED else CancelOutcome.TOO_LATE
        response = self.ask("DELETE", self.task_path(remote_id))
        if 200 <= response.status < 300:
            return CancelOutcome.CANCELLED
        error = self.refusal(response, creating=False)
        if response.status in {404, 409} or error.error_class is ErrorClass.INVALID_REQUEST:
            return CancelOutcome.TOO_LATE
        raise error

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes, *, trusted_path: bool = False) -> WebhookHint:
        """Ark signs nothing: the call's path must be the task's own."""
        call = checked_call(self, headers, raw, trusted_path=trusted_path)
        return call.hint(
            kind=str(call.body.get("status") or ""),
            remote_id=str(call.body.get("id") or ""),
            sent_at=moment(call.body.get("updated_at")),
        )

    def check(self) -> AccountCheck:
        """List one task: nothing is made, nothing is spent."""
        try:
            self._page(self.ask("GET", f"{TASKS}?page_num=1&page_size=1"))
        except ProviderError as error:
            region = self.facts.region
            return verdict(error, advice=f"{REGIONS} This account is set to {region}." if region else REGIONS)
        return accepted()

    def refusal(self, response: http.Response, *, creating: bool) -> ProviderError:
        """Vendor code first, HTTP status second."""
        return words.refusal(response, secret=self.facts.api_key, creating=creating)

    def _page(self, response: http.Response) -> list[RemoteTask]:
        page = words.tasks(response, secret=self.facts.api_key) if response.status == 200 else None
        if page is None:
            raise self.refusal(response, creating=False)
        return page
