"""What every adapter stands on: its connections, what a broken one means, how a file is opened, how a call is verified.

An adapter is a subclass that knows one wire: how an order is written, how a task is read, what an error means.
"""

import datetime as dt
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook, WebhookVerificationError

from generations.providers.base import (
    AccountFacts,
    CancelOutcome,
    ErrorClass,
    ProviderError,
    RemoteState,
    RemoteTask,
    Variant,
    WebhookRefused,
)
from generations.providers.reading import masked, plain
from sorahub.lib import http

WEBHOOK_BYTES = 64 * 1024
CONNECTIONS = 64
"""How many the tracker keeps open to one account at most."""
ERROR_BYTES = 64 * 1024
GONE = frozenset({404, 410})
"""A signed link that has expired says 403 too; the provider's API says that of a key."""
KEYED = frozenset({"authorization"})
"""The header in which a token made of the key is sent."""
MEDIA_TYPES = {Variant.VIDEO: "video/", Variant.THUMBNAIL: "image/", Variant.SPRITESHEET: "image/"}


class Service(ABC):
    """One account at one base address; keeps the part of ``base.Adapter``'s promises that all wires share."""

    batch_size = 1

    def __init__(self, facts: AccountFacts) -> None:
        self.facts = facts
        self.client = self._client(total=facts.ask_timeout)
        self.tracking: http.AsyncClient | None = None

    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.facts.api_key}"}

    @abstractmethod
    def refusal(self, response: http.Response, *, creating: bool) -> ProviderError:
        """Classify an answer that is an error: by the vendor's code first, by HTTP status second.

        While creating, whatever does not exclude that a job was made must be ``ambiguous_submit``.
        """

    @abstractmethod
    def task_path(self, remote_id: str) -> str:
        """Where a task is asked for, below the base address."""

    @abstractmethod
    def read_task(self, response: http.Response, remote_id: str) -> RemoteTask:
        """Read the answer for one task."""

    def get(self, remote_id: str) -> RemoteTask:
        """Ask how a task stands."""
        response = self.ask("GET", self.task_path(remote_id))
        task = self.read_task(response, remote_id)
        return replace(task, answer_sha256=hashlib.sha256(response.content).hexdigest())

    async def aget(self, remote_id: str) -> RemoteTask:
        """Ask over a kept connection."""
        return self.read_task(await self.ask_kept(self.task_path(remote_id)), remote_id)

    async def aget_many(self, remote_ids: Sequence[str]) -> dict[str, RemoteTask]:
        """Ask one after the other: this wire has no call for several."""
        return {each: await self.aget(each) for each in remote_ids}

    def cancel(self, remote_id: str) -> CancelOutcome:
        """Most wires have no cancel."""
        return CancelOutcome.UNSUPPORTED

    def own_id(self, remote_id: str, *, model: str, mode: str) -> str:
        """Most wires ask for a task by the provider's id alone."""
        return remote_id

    def ask(self, method: str, path: str, **content: Any) -> http.Response:
        """Make a request that may be repeated, and return whatever the provider answers."""
        try:
            response = self.client.request(method, path, **content)
        except http.HttpFailure as error:
            raise broken(error) from error
        return self._without_secrets(response, content.get("headers") or self.client.headers)

    async def ask_kept(self, path: str, **content: Any) -> http.Response:
        """GET over the connections that the tracker keeps open."""
        if self.tracking is None:
            self.tracking = http.AsyncClient(
                self.facts.base_url,
                headers=self.headers(),
                total_timeout=self.facts.ask_timeout,
                max_connections=CONNECTIONS,
                **self._where(),
            )
        try:
            response = await self.tracking.get(path, **content)
        except http.HttpFailure as error:
            raise broken(error) from error
        return self._without_secrets(response, content.get("headers") or self.tracking.headers)

    def send_once(self, path: str, **content: Any) -> http.Response:
        """Make the one POST that costs money and return its 2xx answer. Raises ProviderError; never repeats."""
        client = self._client(total=self.facts.create_timeout, read=self.facts.create_timeout)
        try:
            response = self._without_secrets(client.post(path, **content), client.headers)
        except http.HttpFailure as error:
            raise broken(error, creating=True) from error
        if not 200 <= response.status < 300:
            raise self.refusal(response, creating=True)
        return response

    def open_file(
        self, url: str, variant: Variant, *, with_key: bool, params: Mapping[str, str] | None = None
    ) -> http.Stream:
        """Open a finished file. ``with_key``: the address is the provider's API, which wants our key."""
        return self.checked(self.open_any(url, with_key=with_key, params=params), variant, with_key=with_key)

    def checked(self, stream: http.Stream, variant: Variant, *, with_key: bool) -> http.Stream:
        """Return an opened answer if it is such a file. Raises ProviderError, with the answer closed, if it is not."""
        if stream.status == 200 and is_kind(stream, variant):
            return stream
        with stream:
            raise self._no_file(stream, variant, with_key=with_key)

    def is_own(self, url: str) -> bool:
        """Whether an address lies at the service itself, so that it wants our key and may have it."""
        ours, theirs = urlsplit(self.facts.base_url), urlsplit(url)
        return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)

    def open_any(self, url: str, *, with_key: bool, params: Mapping[str, str] | None = None) -> http.Stream:
        """Open whatever lies at an address, redirects followed and checked each."""
        client = self.client if with_key else self._elsewhere()
        try:
            return client.stream(
                "GET",
                url,
                params=dict(params or {}),
                max_redirects=3,
                max_bytes=self.facts.max_download_bytes,
                total_timeout=self.facts.download_timeout,
                pace=http.Pace(*self.facts.download_pace),
            )
        except http.HttpFailure as error:
            raise broken(error) from error

    def _no_file(self, stream: http.Stream, variant: Variant, *, with_key: bool) -> ProviderError:
        if stream.status == 200:
            kind = plain(stream.headers.get("content-type", "nothing named"), secret=self.facts.api_key)[:100]
            error = ProviderError(
                ErrorClass.INTEGRITY, "wrong-kind", detail=f"{variant} came as {kind}.", http_status=200
            )
            error.retryable = True  # a page in place of a file is often gone the next time
            return error
        if stream.status in (GONE if with_key else GONE | {403}):
            return ProviderError(ErrorClass.EXPIRED_ASSET, f"http-{stream.status}", http_status=stream.status)
        said = http.Response(stream.status, stream.headers, _beginning(stream))
        return self.refusal(self._without_secrets(said, self.client.headers), creating=False)

    def signed_call(self, headers: Mapping[str, str], raw: bytes) -> tuple[str, dt.datetime] | None:
        """Return id and time of a call signed by Standard Webhooks with any of our secrets; None for an unsigned call
        to an account without secrets. Raises WebhookRefused.
        """
        if len(raw) > WEBHOOK_BYTES:
            raise WebhookRefused("The call is too large.")
        given = {name.lower(): value for name, value in headers.items()}
        if not self.facts.webhook_secrets and "webhook-signature" not in given:
            return None
        if not any(_signed_by(secret, given, raw) for secret in self.facts.webhook_secrets):
            raise WebhookRefused("The call's signature or time is wrong.")
        return given["webhook-id"], dt.datetime.fromtimestamp(float(given["webhook-timestamp"]), tz=dt.UTC)

    async def aclose(self) -> None:
        """Close the tracker's connections."""
        if self.tracking is not None:
            await self.tracking.aclose()
            self.tracking = None

    def secrets(self) -> list[str]:
        """What must not be repeated: the key, its halves where it is a pair, and what signs calls."""
        key = self.facts.api_key
        return [key, *key.split(":"), *self.facts.webhook_secrets]

    def _without_secrets(self, response: http.Response, sent: Mapping[str, str]) -> http.Response:
        """The answer as it may be read, kept and shown: a provider may repeat our key, or the token made of it, anywhere."""
        shown = [*self.secrets(), *(value.rpartition(" ")[2] for name, value in sent.items() if name.lower() in KEYED)]
        headers = {name: masked(value.encode(), shown).decode() for name, value in response.headers.items()}
        return http.Response(response.status, headers, masked(response.content, shown))

    def _client(self, *, total: float, read: float = 30) -> http.Client:
        return http.Client(
            self.facts.base_url,
            headers=self.headers(),
            read_timeout=min(read, total),
            total_timeout=total,
            **self._where(),
        )

    def _elsewhere(self) -> http.Client:
        """A client without our key, for files: at the named hosts (none: at any), and always at the base address's own."""
        own, where = urlsplit(self.facts.base_url), self._where()
        if own.port:
            where["allowed_ports"] = (*where["allowed_ports"], own.port)
        if where["allowed_hosts"]:
            where["allowed_hosts"] = (*where["allowed_hosts"], (own.hostname or "").lower())
        return http.Client(**where)

    def _where(self) -> dict[str, Any]:
        facts = self.facts
        return {
            "allowed_networks": facts.allowed_networks,
            "allow_http": facts.allow_http,
            "allowed_hosts": facts.result_hosts,
            "allowed_ports": facts.result_ports,
        }


def not_found(remote_id: str) -> RemoteTask:
    """The answer for a task that the provider does not know."""
    return RemoteTask(remote_id, RemoteState.LOST, "404")


def broken(error: http.HttpFailure, *, creating: bool = False) -> ProviderError:
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


def _beginning(stream: http.Stream) -> bytes:
    """Return what an error answer says, as far as it goes."""
    said = b""
    try:
        for chunk in stream:
            said += chunk
            if len(said) > ERROR_BYTES:
                break
    except http.HttpFailure:
        return said
    return said


def is_kind(stream: http.Stream, variant: Variant) -> bool:
    """Whether the answer says it is such a file."""
    kind = stream.headers.get("content-type", "").lower()
    return kind.startswith((MEDIA_TYPES[variant], "application/octet-stream"))


def _signed_by(secret: str, headers: dict[str, str], raw: bytes) -> bool:
    try:
        Webhook(secret).verify(raw, headers, json_parse=False)
    except (WebhookVerificationError, ValueError, OverflowError):
        return False
    return True
