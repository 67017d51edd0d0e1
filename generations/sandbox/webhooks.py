"""Tells about jobs over HTTP until it is taken: events to the service's subscriber, callbacks to the address in an order."""

import asyncio
import http.client
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from standardwebhooks import Webhook

from generations.sandbox.jobs import Job
from generations.sandbox.store import JobStore
from generations.sandbox.words import LATE_SECONDS, SpecialWord, words_in

TIMEOUT_SECONDS = 5
FORGED_SECRET = "whsec_" + b64encode(b"a secret that nobody shares").decode()
RETRY_SECONDS = (0.5, 1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Letter:
    """What a dialect has to say about a job: the JSON body, and an id that is the same for each attempt.

    ``signed`` as far as there is a secret; ``pauses`` in seconds, one before each further attempt.
    """

    body: bytes
    event_id: str
    signed: bool = True
    pauses: tuple[float, ...] = RETRY_SECONDS


Writer = Callable[[Job], Letter]


@dataclass(frozen=True)
class Subscription:
    """Where to send events, and the secret (``whsec_`` and base64) that signs them."""

    url: str
    secret: str

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise ValueError(f"The webhook address must be an http or https URL, not {self.url!r}.")
        Webhook(self.secret)


@dataclass(frozen=True)
class _Addressed:
    """A letter on its way: whom it goes to, signed with which secret, and the state it tells of (None: the end)."""

    letter: Letter
    url: str
    secret: str | None
    job: Job
    to_subscriber: bool


class Messenger:
    """Delivers letters. A redirect, an error or silence is a failure and is tried again.

    ``secret`` (``whsec_`` and base64) signs callbacks; without one they go unsigned.
    """

    def __init__(self, store: JobStore, subscription: Subscription | None, secret: str | None = None) -> None:
        self._store = store
        self._subscription = subscription
        self._secret = secret
        self._events: dict[str, Writer] = {}
        self._callbacks: dict[str, Writer] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def on_end(self, dialect: str, writer: Writer) -> None:
        """Tell the subscriber about the end of each of a dialect's jobs."""
        self._events[dialect] = writer

    def on_change(self, dialect: str, writer: Writer) -> None:
        """Tell the callback address of each of a dialect's jobs about every change of its state."""
        self._callbacks[dialect] = writer

    def tell(self, job: Job) -> None:
        """Start telling about a job's new state; returns at once."""
        for addressed in self._addressed(job):
            task = asyncio.create_task(self._deliver(addressed))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop trying; an end that is untold is told after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _addressed(self, job: Job) -> list[_Addressed]:
        found = []
        event, callback = self._events.get(job.dialect), self._callbacks.get(job.dialect)
        if event and self._subscription and job.finished and not job.told:
            found.append(_Addressed(event(job), self._subscription.url, self._subscription.secret, job, True))  # noqa: FBT003
        if callback and job.callback_url and job.status not in job.told_states:
            letter = callback(job)
            secret = self._secret if letter.signed else None
            found.append(_Addressed(letter, job.callback_url, secret, job, False))  # noqa: FBT003
        return found

    async def _deliver(self, addressed: _Addressed) -> None:
        """Send a letter until it is taken, with the faults that the prompt asks for."""
        words = words_in(addressed.job.prompt)
        await asyncio.sleep(_delay(words, addressed.job))
        if SpecialWord.WEBHOOK_FORGED in words and addressed.secret:
            await self._send(addressed, FORGED_SECRET)
        if SpecialWord.WEBHOOK_LOST in words or await self._taken(addressed):
            self._store.tell(addressed.job.id, state=None if addressed.to_subscriber else addressed.job.status)
        if SpecialWord.WEBHOOK_TWICE in words:
            await self._send(addressed, addressed.secret)

    async def _taken(self, addressed: _Addressed) -> bool:
        for pause in (*addressed.letter.pauses, None):
            if await self._send(addressed, addressed.secret):
                return True
            if pause is not None:
                await asyncio.sleep(pause)
        return False

    async def _send(self, addressed: _Addressed, secret: str | None) -> bool:
        """Make one attempt, after those of the job's earlier news that are under way."""
        turn = self._turns.get(addressed.job.id) or asyncio.Lock()
        self._turns[addressed.job.id] = turn
        async with turn:
            return await asyncio.to_thread(_post, addressed.url, addressed.letter, secret)


def _delay(words: frozenset[SpecialWord], job: Job) -> float:
    """Seconds before the first attempt."""
    early = SpecialWord.WEBHOOK_DISORDERED in words and not job.finished
    return LATE_SECONDS if early or SpecialWord.WEBHOOK_LATE in words else 0


def _signed(letter: Letter, secret: str) -> dict[str, str]:
    now = datetime.now(tz=UTC)
    return {
        "webhook-id": letter.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(letter.event_id, now, letter.body.decode()),
    }


def _post(url: str, letter: Letter, secret: str | None) -> bool:
    """Send a letter once; return whether the answer was a 2xx."""
    headers = {"content-type": "application/json", "user-agent": "SoraHub-sandbox"}
    if secret is not None:
        headers |= _signed(letter, secret)
    try:
        parts = urlsplit(url)
        maker = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = maker(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    except ValueError:
        return False
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", path, letter.body, headers)
        return 200 <= connection.getresponse().status < 300
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
