"""What every dialect works with: the service's parts in one hand, and how a dialect is mounted."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from generations.sandbox.creates import CreateLog
from generations.sandbox.faults import refusing_word
from generations.sandbox.jobs import Job, Order
from generations.sandbox.store import JobStore
from generations.sandbox.studio import Studio
from generations.sandbox.webhooks import Messenger
from generations.sandbox.words import OVERDUE_SECONDS, SpecialWord, words_in

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Service:
    """The store of jobs, the studio that renders them, the count of create calls, the messenger, and its key."""

    store: JobStore
    studio: Studio
    creates: CreateLog
    messenger: Messenger
    key: str | None = None

    def opens(self, key: str) -> bool:
        """Whether a caller's key opens the service: any that is not empty, unless it runs with a key of its own."""
        return key == self.key if self.key else bool(key)

    def refusal(self, prompt: str, dialect: str) -> SpecialWord | None:
        """Count one create call and return the special word that refuses it, for the dialect to put in its own words."""
        earlier = self.creates.add(prompt, dialect)
        return refusing_word(prompt, earlier, self.creates.since_first(prompt, dialect))

    def begin(self, order: Order, *, job_id: str | None = None) -> Job:
        """Make a job of an order and queue it."""
        if SpecialWord.OVERDUE in words_in(order.prompt):
            order = replace(order, expires_after=OVERDUE_SECONDS)
        job = self.store.add(order, job_id=job_id)
        self.studio.enqueue(job)
        return job


class Dialect(Protocol):
    """A module that speaks one provider's wire."""

    def routes(self, service: Service) -> Sequence[Route]:
        """Return the dialect's routes; a dialect with callbacks also registers them with the service's messenger."""


def bearer_key(request: Request) -> str:
    """Return the key in the Authorization header, or the empty string."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
