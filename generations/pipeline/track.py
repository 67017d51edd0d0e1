"""Track: one asyncio process asks the providers how their tasks stand. Any number may run; accounts are leased in the database."""

import asyncio
import datetime as dt
import logging
import secrets
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from generations.models import ProviderAccount
from generations.pipeline import looking
from generations.pipeline.bringing import AWAY, News, Notebook, bring, write
from generations.pipeline.lane import Answer, Lane, places
from generations.pipeline.leases import lease, let_go
from generations.pipeline.looking import Due
from generations.pipeline.polling import ALARM_AFTER, look, missed
from generations.pipeline.remote import adapter_for
from generations.pipeline.tending import tend
from generations.providers.base import ErrorClass, ProviderError
from sorahub.jobs import holders
from sorahub.jobs.models import Heartbeat
from sorahub.lib import read_only
from sorahub.lib.errors import DomainError

HEARTBEAT = "tracker"
TICK_SECONDS = 0.25
LEASE_SECONDS = 2.0
COUNT_SECONDS = 5.0
LATE_SECONDS = 5.0
TEND_SECONDS = 15.0
LAST_WORDS_SECONDS = 5.0
UNASKED_SECONDS = 60.0
NEWS_AT_ONCE = 20
NEWS_WAITING = 1000
log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
Claim = Callable[[Lane, dt.datetime, int], list[Due]]


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that talks to the database in the one thread that does."""
    return await sync_to_async(function)(*args, **kwargs)


class Tracker:
    """Polls what is due for the accounts it holds, each account in a lane of its own so that a slow one delays no other."""

    def __init__(self) -> None:
        self.owner = f"{holders.own()}:{secrets.token_hex(4)}"
        self.stopping = asyncio.Event()
        self._accounts: list[ProviderAccount] = []
        self._lanes: dict[UUID, tuple[str, Lane]] = {}
        self._in_flight: dict[UUID, int] = {}
        self._last: dict[str, float] = {}
        self._notebook = Notebook()
        self._news: asyncio.Queue[News] = asyncio.Queue(NEWS_WAITING)
        self._bringing: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until ``stopping`` is set; then let go of the accounts. A database that is away, or read-only, is waited for."""
        try:
            while not self.stopping.is_set():
                try:
                    await in_database(close_old_connections)
                    if read_only.reason() is None:
                        await self.round()
                except AWAY as error:
                    log.warning("the database is away: %s", error)
                await self._pause()
        finally:
            await self.close()

    async def round(self) -> None:
        """Beat, renew leases, tend, write what was seen, and begin to ask for everything due."""
        if self._bringing is None:
            self._bringing = asyncio.create_task(self._bring())
        await in_database(self._keep_house)
        if self._notebook.is_due:
            await self._write()
        await self._begin(await in_database(looking.waiting, timezone.now()), self._claim)
        if self._is_time("late", LATE_SECONDS):
            await self._begin(await in_database(looking.late_waiting, timezone.now()), _claim_late)

    async def settle(self) -> None:
        """Wait until every question asked so far is answered and every answer is written."""
        for _, lane in list(self._lanes.values()):
            await lane.settle()
        await self._news.join()
        await self._write()

    async def close(self) -> None:
        """Stop asking, write what is known, and give the accounts back."""
        lanes = [lane for _, lane in self._lanes.values()]
        await asyncio.gather(*(lane.close(at_once=True) for lane in lanes), *self._closing, return_exceptions=True)
        try:
            await asyncio.wait_for(self._news.join(), LAST_WORDS_SECONDS)
            await self._write()
            await in_database(let_go, self.owner)
        except (TimeoutError, *AWAY) as error:
            log.warning("ended with answers unwritten; they are asked for again: %s", error)
        if self._bringing is not None:
            self._bringing.cancel()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), TICK_SECONDS)
        except TimeoutError:
            return

    def _is_time(self, what: str, every: float) -> bool:
        """Whether ``what`` was last done at least so many seconds ago; it then counts as done."""
        now = time.monotonic()
        if now - self._last.get(what, -every) < every:
            return False
        self._last[what] = now
        return True

    def _keep_house(self) -> None:
        """What is done by the clock, each at its own pace."""
        now = timezone.now()
        if self._is_time("lease", LEASE_SECONDS):
            Heartbeat.objects.update_or_create(name=HEARTBEAT, defaults={"beat_at": now, "process": self.owner})
            self._accounts = lease(self.owner, now)
        if self._is_time("tend", TEND_SECONDS):
            tend()
        if self._is_time("count", COUNT_SECONDS):
            self._in_flight = looking.in_flight()

    async def _begin(self, waiting: dict[UUID, int], claim: Claim) -> None:
        """Take as many due tasks of each account as its lane has room for, and ask for them."""
        accounts = [account for account in self._accounts if account.pk in waiting]
        at_once = len(accounts)
        for account in accounts:
            lane = await self._lane(account)
            if lane is None:
                continue
            room = lane.room(places(account.polls_per_minute, at_once, settings.TRACK_CONNECTIONS))
            if room:
                lane.ask(await in_database(claim, lane, timezone.now(), room))

    def _claim(self, lane: Lane, now: dt.datetime, room: int) -> list[Due]:
        floor = lane.floor(self._in_flight.get(lane.account.pk, 0))
        return looking.claim(lane.account.pk, now, room, floor)

    async def _lane(self, account: ProviderAccount) -> Lane | None:
        """Return the account's lane, a new one when address or key were changed; None when it cannot be used."""
        facts = f"{account.dialect} {account.route} {account.region} {account.base_url} {account.sealed_key}"
        known = self._lanes.get(account.pk)
        if known and known[0] == facts:
            known[1].renew(account)
            return known[1]
        try:
            adapter = await in_database(adapter_for, account)
        except DomainError as error:
            self._unasked(account, error)
            return None
        if known:
            self._retire(known[1])
        self._lanes[account.pk] = (facts, Lane(account, adapter, self._told))
        return self._lanes[account.pk][1]

    def _unasked(self, account: ProviderAccount, error: DomainError) -> None:
        """An account whose key or wire cannot be used: said once a minute, for nothing else would say it."""
        if self._is_time(f"unasked:{account.pk}", UNASKED_SECONDS):
            log.error("account %s cannot be asked: %s", account.pk, error.message)
            trouble = ProviderError(ErrorClass.PROVIDER_PERMANENT, error.code)
            trouble.message = error.message
            self._notebook.troubled[account.pk] = (account, trouble)

    def _retire(self, lane: Lane) -> None:
        task = asyncio.create_task(lane.close(at_once=False))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _told(self, lane: Lane, due: Due, answer: Answer) -> None:
        """Note what an answer leaves behind; news is handed on, and waits here while too much of it is on its way."""
        seen = self._missed(lane, due, answer) if isinstance(answer, ProviderError) else look(due, answer)
        if not isinstance(answer, ProviderError):
            self._notebook.answered.add(lane.account.pk)
        if lane.healed and not lane.trouble:
            lane.healed = False
            self._notebook.healed[lane.account.pk] = lane.account
        if seen is not None:
            self._notebook.note(due, seen)
            return
        self._notebook.looks.pop(due.id, None)
        await self._news.put(News(due.id, answer))

    def _missed(self, lane: Lane, due: Due, error: ProviderError) -> looking.Look | None:
        if lane.trouble >= ALARM_AFTER or error.error_class is ErrorClass.AUTH:
            self._notebook.troubled[lane.account.pk] = (lane.account, error)
        return missed(due, error)

    async def _bring(self) -> None:
        """Bring news home as it comes, for as long as the tracker runs."""
        while True:
            news = [await self._news.get()]
            while len(news) < NEWS_AT_ONCE and not self._news.empty():
                news.append(self._news.get_nowait())
            await self._patiently(news)
            for _ in news:
                self._news.task_done()

    async def _patiently(self, news: list[News]) -> None:
        while True:
            try:
                return await in_database(bring, news)
            except AWAY as error:
                log.warning("the database is away: %s", error)
                await asyncio.sleep(TICK_SECONDS)
                await in_database(close_old_connections)

    async def _write(self) -> None:
        """Write the notebook; when the database is away, keep it for the next time."""
        full, self._notebook = self._notebook, Notebook()
        try:
            await in_database(write, full)
        except AWAY:
            full.add(self._notebook)
            self._notebook = full
            raise
        except (
            Exception
        ):  # the edge of the process: what one row refuses is asked for anew, and must not stop all others
            log.exception("what was seen could not be written")


def _claim_late(lane: Lane, now: dt.datetime, room: int) -> list[Due]:
    return looking.claim_late(lane.account.pk, now, room)
