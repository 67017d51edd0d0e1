"""The declarative adapter: a provider's wire as data. What differs between two of them is a file, not a module."""

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

import jwt

from generations.providers import declared_words as words
from generations.providers.base import (
    AccountCheck,
    AccountFacts,
    CancelOutcome,
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
from generations.providers.callbacks import checked_call
from generations.providers.declared_files import complete
from generations.providers.declared_form import Create, Declared, Poll
from generations.providers.reading import moment, number, parsed, plain, wait_seconds, web_address
from generations.providers.service import Service, not_found
from sorahub.lib import http

PREFIX = "declared:"
APART = "|"
TOKEN_SECONDS = 1800
EARLY_SECONDS = 5


class DeclaredProvider(Service):
    """One account at a declared provider. Raises InvalidInput for one that is not known or not complete."""

    def __init__(self, facts: AccountFacts) -> None:
        self.declared: Declared = complete(facts.dialect.removeprefix(PREFIX))
        hosts = self.declared.download.hosts
        super().__init__(replace(facts, result_hosts=(*facts.result_hosts, *hosts) if hosts else facts.result_hosts))

    @property
    def _create(self) -> Create:
        assert self.declared.create is not None  # noqa: S101 - complete() has seen to it
        return self.declared.create

    @property
    def _poll(self) -> Poll:
        assert self.declared.poll is not None  # noqa: S101 - complete() has seen to it
        return self.declared.poll

    @property
    def _secret(self) -> str:
        """What must never be repeated: the key, or the secret half of a pair."""
        pair = self.declared.auth.kind == "jwt_hs256"
        return self.facts.api_key.partition(":")[2] if pair else self.facts.api_key

    def headers(self) -> dict[str, str]:
        """The constant headers, and the key or a fresh token of it."""
        auth = self.declared.auth
        shown = _token(self.facts.api_key) if auth.kind == "jwt_hs256" else self.facts.api_key
        return {**self.declared.headers, auth.header: f"{auth.prefix}{shown}"}

    def ask(self, method: str, path: str, **content: Any) -> http.Response:
        """As every adapter asks, with a token that is fresh."""
        return super().ask(method, path, headers=self.headers(), **content)

    async def ask_kept(self, path: str, **content: Any) -> http.Response:
        """The same for the tracker's kept connections, which outlive a token."""
        return await super().ask_kept(path, headers=self.headers(), **content)

    def create(self, request: CreateRequest) -> Created:
        """One POST with the fields that the file names."""
        create = self._create
        query: dict[str, str] = dict(create.query)
        if create.callback_query and request.callback_url:
            query[create.callback_query] = request.callback_url
        path = _filled(create.path, model=request.model, task=create.tasks.get(request.mode, request.mode))
        response = self.send_once(path, json=words.body(self.declared, request), params=query)
        document = parsed(response)
        remote_id = words.word(document, create.id)
        if not remote_id:
            raise ProviderError(ErrorClass.AMBIGUOUS_SUBMIT, "no-id", detail="The order was taken without an id.")
        raw = words.word(document, create.state)
        state = self._poll.states.get(raw.lower())
        return Created(
            self._kept(remote_id, request),
            RemoteState.RUNNING if state == RemoteState.RUNNING else RemoteState.QUEUED,
            raw[:100],
            response.headers.get("x-request-id", "")[:200],
        )

    def task_path(self, remote_id: str) -> str:
        """The poll path with the id in its place."""
        return self._at(self._poll.path, remote_id)

    def read_task(self, response: http.Response, remote_id: str) -> RemoteTask:
        """Read a task as the file says."""
        if str(response.status) in self._poll.lost:
            return not_found(remote_id)
        if not 200 <= response.status < 300:
            raise self.refusal(response, creating=False)
        return self._task(parsed(response), response.headers, remote_id)

    def _task(self, document: Any, headers: Mapping[str, str], remote_id: str) -> RemoteTask:
        poll = self._poll
        raw = words.word(document, poll.state)
        named = poll.states.get(raw.lower()) if raw else poll.no_state
        if not raw and named is None:
            raise ProviderError(ErrorClass.INTEGRITY, "no-state", detail="The answer names no state.")
        state = RemoteState(named) if named else None
        inside = bool(words.at(document, poll.failed_if)) or (number(words.at(document, poll.filtered_if)) or 0) > 0
        failed = state is RemoteState.FAILED or (state is RemoteState.FETCHING and inside)
        progress = number(words.at(document, poll.progress))
        return RemoteTask(
            remote_id=remote_id,
            state=RemoteState.FAILED if failed else state or RemoteState.RUNNING,
            raw_state=raw[:100],
            progress=None if progress is None else min(max(int(progress * 100 / poll.progress_of), 0), 100),
            error=words.failure(self.declared, poll, document, secret=self._secret) if failed else None,
            result_url=web_address(words.at(document, poll.url)),
            expires_at=moment(words.at(document, poll.expires_at)),
            created_at=moment(words.at(document, poll.created_at)),
            actual=words.actual(document, poll.actual),
            poll_after=wait_seconds(headers),
            alarm="" if state else f"unknown state {plain(raw, secret=self._secret)[:100]!r}",
        )

    def find(self, request: CreateRequest, since: dt.datetime) -> list[RemoteTask]:
        """Look our own id up where the file says how. Raises ProviderError(provider_permanent, "list-unsupported")."""
        find = self.declared.find
        if find is None or not request.client_id:
            raise ProviderError(ErrorClass.PROVIDER_PERMANENT, "list-unsupported", safe_to_resubmit=False)
        path = _filled(find.path, model=request.model, task=self._create.tasks.get(request.mode, request.mode))
        response = self.ask("GET", path, params={find.query: request.client_id})
        if response.status != 200:
            raise self.refusal(response, creating=False)
        items = words.at(parsed(response), (find.items,))
        found = [
            item
            for item in (items if isinstance(items, list) else [])
            if words.word(item, find.client_id) == request.client_id and words.word(item, find.id)
        ]
        ids = [self._kept(words.word(item, find.id), request) for item in found]
        return [RemoteTask(each, RemoteState.QUEUED, "found") for each in ids]

    def download(
        self, remote_id: str, variant: Variant = Variant.VIDEO, *, result_url: str | None = None
    ) -> http.Stream:
        """Open the finished file where the task, or a second request, says that it lies."""
        if variant is not Variant.VIDEO:
            raise ProviderError(ErrorClass.PROVIDER_PERMANENT, "variant-unsupported")
        url = result_url or self._asked_for(remote_id)
        own = urlsplit(url)[:2] == urlsplit(self.facts.base_url)[:2]
        return self.open_file(url, variant, with_key=self.declared.download.with_key and own)

    def _asked_for(self, remote_id: str) -> str:
        result = self.declared.result
        if result is None:
            raise ProviderError(ErrorClass.EXPIRED_ASSET, "no-address", detail="The task names no file any more.")
        response = self.ask("GET", self._at(result.path, remote_id))
        if response.status != 200:
            raise self.refusal(response, creating=False)
        url = web_address(words.at(parsed(response), result.url))
        if url is None:
            raise ProviderError(ErrorClass.INTEGRITY, "no-address", detail="The result names no address.")
        return url

    def cancel(self, remote_id: str) -> CancelOutcome:
        """Stop it where the file says how; a status that it does not name is an error.

        It looks first: for some, the same call deletes a task that has ended, and its file with it.
        """
        cancel = self.declared.cancel
        if cancel is None:
            return CancelOutcome.UNSUPPORTED
        if self.get(remote_id).state not in (RemoteState.QUEUED, RemoteState.RUNNING):
            return CancelOutcome.TOO_LATE
        response = self.ask(cancel.method, self._at(cancel.path, remote_id))
        outcome = cancel.outcomes.get(str(response.status))
        if outcome is None:
            raise self.refusal(response, creating=False)
        return CancelOutcome(outcome)

    def refusal(self, response: http.Response, *, creating: bool) -> ProviderError:
        """Classify by the file's codes, patterns and statuses."""
        return words.refusal(self.declared.errors, response, secret=self._secret, creating=creating)

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes, *, trusted_path: bool = False) -> WebhookHint:
        """Standard Webhooks, or unsigned at the unguessable address of one generation, as the file says."""
        webhook = self.declared.webhook
        if webhook.kind == "none":
            raise WebhookRefused("This provider calls nobody back.")
        unsigned = trusted_path and webhook.kind == "unsigned"
        call = checked_call(self, headers, raw, trusted_path=unsigned)
        return call.hint(kind="task", remote_id=words.word(call.body, webhook.id))

    def check(self) -> AccountCheck:
        """Ask something that spends nothing: the file's question, or a task that cannot exist."""
        check = self.declared.check
        path = _filled(check.path) if check else self.task_path("sorahub-check")
        try:
            status = self.ask("GET", path).status
        except ProviderError as error:
            return AccountCheck(ok=False, code=error.code, message=error.detail or error.message)
        if status in {401, 403}:
            return AccountCheck(ok=False, code="auth", message="The service answers but refuses the key.")
        if status >= 500 or (check and not 200 <= status < 300):
            return AccountCheck(ok=False, code=f"http-{status}", message=f"The service answers with status {status}.")
        return AccountCheck(ok=True, code="ok", message="The service answers and does not refuse the key.")

    def own_id(self, remote_id: str, *, model: str, mode: str) -> str:
        """The id with the model and the task, where later paths need them."""
        create = self._create
        task = create.tasks.get(mode, mode)
        held = [*([model] if create.id_holds_model else []), *([task] if create.id_holds_task else [])]
        return APART.join([*held, remote_id])

    def _kept(self, remote_id: str, request: CreateRequest) -> str:
        """The id with what later paths need besides it."""
        return self.own_id(remote_id, model=request.model, mode=request.mode)

    def _at(self, path: str, remote_id: str) -> str:
        """Fill a path with an id and what is kept with it."""
        create = self._create
        names = [*(["model"] if create.id_holds_model else []), *(["task"] if create.id_holds_task else []), "id"]
        values = remote_id.split(APART, len(names) - 1)
        return _filled(path, **dict(zip(names, values, strict=False)))


def _filled(path: str, *, id: str = "", model: str = "", task: str = "") -> str:
    """Fill a path's places; an id is one segment, a model may have several."""
    app = "/".join(model.split("/")[:2])
    places = {"model": model, "app": app, "task": task}
    return path.format(id=quote(id, safe=""), **{name: quote(text, safe="/") for name, text in places.items()})


def _token(key: str) -> str:
    """A token from "access:secret": it says who asks and is good from five seconds ago for half an hour."""
    access, _, secret = key.partition(":")
    now = int(time.time())
    claims = {"iss": access, "exp": now + TOKEN_SECONDS, "nbf": now - EARLY_SECONDS}
    return jwt.encode(claims, secret, algorithm="HS256")
