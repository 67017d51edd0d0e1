"""A lane: one account's share of the tracker. Paced by its budget, few questions at once, at rest while it is in trouble."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from uuid import UUID

from django.conf import settings

from generations.models import ProviderAccount
from generations.pipeline.looking import Due
from generations.pipeline.pacing import Pacer, floor_seconds
from generations.providers.base import Adapter, ErrorClass, ProviderError, RemoteState, RemoteTask
from generations.providers.service import CONNECTIONS

AHEAD_SECONDS = 1.0
"""How far ahead of its questions a lane takes tasks."""
ENOUGH_TROUBLE = 3
LONGEST_REST = 60.0
ASKED_TO_WAIT = (ErrorClass.RATE_LIMITED, ErrorClass.CONCURRENCY_LIMITED, ErrorClass.PROVIDER_TRANSIENT)
"""What a Retry-After beside it is about the whole account: too many requests, and a service that is away (503)."""
Answer = RemoteTask | ProviderError
Tell = Callable[["Lane", Due, Answer], Awaitable[None]]
log = logging.getLogger(__name__)


class Lane:
    """Asks for one account's tasks. ``tell`` takes each answer; ``trouble`` counts unanswered questions in a row;
    ``healed``: it answers again, or for the first time, and nobody has taken note of that yet.
    """

    def __init__(self, account: ProviderAccount, adapter: Adapter, tell: Tell) -> None:
        self.account, self.adapter, self.tell = account, adapter, tell
        self.pacer = Pacer(account.polls_per_minute, monotonic())
        self.busy: set[UUID] = set()
        self.trouble = 0
        self.resting_until = 0.0
        self.healed = True
        self._places = asyncio.Semaphore(1)
        self._at_once = 1
        self._tasks: set[asyncio.Task[None]] = set()

    def renew(self, account: ProviderAccount) -> None:
        """Follow what was changed on the account's row."""
        self.account = account
        self.pacer.per_minute = account.polls_per_minute

    def room(self, at_once: int) -> int:
        """How many tasks may be taken now, with this many questions under way at once; one at most while in trouble."""
        self._widen(at_once)
        now = monotonic()
        if now < self.resting_until:
            return 0
        if self.trouble >= ENOUGH_TROUBLE:
            return 0 if self.busy else 1
        size = self.adapter.batch_size
        questions = min(self.pacer.within(now, AHEAD_SECONDS), 2 * at_once)
        return max(0, questions * size - len(self.busy))

    def floor(self, tasks: int) -> float:
        """The shortest interval, in seconds, that the account's budget allows for this many tasks."""
        return floor_seconds(tasks, self.adapter.batch_size, self.pacer.per_minute)

    def ask(self, tasks: Sequence[Due]) -> None:
        """Begin to ask for these tasks; those that are still being asked for are left out."""
        fresh = [due for due in tasks if due.id not in self.busy]
        self.busy.update(due.id for due in fresh)
        size = max(1, self.adapter.batch_size)
        for start in range(0, len(fresh), size):
            task = asyncio.create_task(self._ask(fresh[start : start + size]))
            self._tasks.add(task)
            task.add_done_callback(self._done)

    async def settle(self) -> None:
        """Wait until every question is answered."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self, *, at_once: bool) -> None:
        """Close the connections, at once or after the last answer."""
        if at_once:
            for task in self._tasks:
                task.cancel()
        await self.settle()
        await self.adapter.aclose()

    async def _ask(self, tasks: Sequence[Due]) -> None:
        """One question, when there is a place and its moment has come; its answers, one for each task."""
        try:
            async with self._places:
                await asyncio.sleep(self.pacer.take(monotonic()))
                answers = await self._answers(tasks)
            for due in tasks:
                await self.tell(self, due, answers[due.remote_id])
        finally:
            self.busy.difference_update(due.id for due in tasks)

    async def _answers(self, tasks: Sequence[Due]) -> dict[str, Answer]:
        """Ask for one by its own call and for several by the wire's call for several."""
        ids = [due.remote_id for due in tasks]
        try:
            found = await self.adapter.aget_many(ids) if len(ids) > 1 else {ids[0]: await self.adapter.aget(ids[0])}
        except ProviderError as error:
            self._rest(error)
            return dict.fromkeys(ids, error)
        except Exception as error:  # the edge of the process: an adapter's mistake must not silence its account
            log.exception("the adapter of account %s failed", self.account.pk)
            return dict.fromkeys(ids, ProviderError(ErrorClass.INTEGRITY, "unreadable", detail=type(error).__name__))
        self.healed = self.healed or self.trouble > 0
        self.trouble = 0
        return {each: found.get(each) or RemoteTask(each, RemoteState.LOST, "404") for each in ids}

    def _rest(self, error: ProviderError) -> None:
        """A provider that is in trouble is left alone for a while, longer each time; its own wish counts at once."""
        self.trouble += 1
        wait = error.retry_after or 0.0 if error.error_class in ASKED_TO_WAIT else 0.0
        if self.trouble >= ENOUGH_TROUBLE:
            least = settings.TRACK_MIN_INTERVAL_MS / 1000
            wait = max(wait, min(LONGEST_REST, least * 2.0 ** min(self.trouble - ENOUGH_TROUBLE, 20)))
        self.resting_until = max(self.resting_until, monotonic() + wait)

    def _widen(self, at_once: int) -> None:
        """Follow a new number of places; a smaller one is for those who come next."""
        if at_once != self._at_once:
            self._places, self._at_once = asyncio.Semaphore(at_once), at_once

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("asking account %s failed", self.account.pk, exc_info=error)


def places(per_minute: int, lanes: int, most: int) -> int:
    """How many questions a lane may have under way: what its budget needs where an answer takes a second, and no more than its
    share of the connections that all lanes have together.
    """
    return max(1, min(math.ceil(per_minute / 60), CONNECTIONS, most // max(lanes, 1)))
