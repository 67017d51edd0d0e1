"""Track: one asyncio process asks the providers how their tasks stand. Any number may run; accounts are leased in the database."""

import asyncio
import datetime as dt
import logging
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from generations.models import Generation, ProviderAccount
from generations.pipeline.polling import apply_answer, apply_failure
from generations.pipeline.remote import adapter_for
from generations.pipeline.tending import tend
from generations.providers.base import Adapter, ProviderError
from sorahub.jobs import holders
from sorahub.jobs.models import Heartbeat
from sorahub.lib.errors import DomainError

HEARTBEAT = "tracker"
LEASE = dt.timedelta(seconds=60)
TICK_SECONDS = 0.5
TEND_SECONDS = 15.0
AT_ONCE = 8
BATCH = 100
log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
Due = dict[ProviderAccount, list[Generation]]


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that talks to the database in the one thread that does."""
    return await sync_to_async(function)(*args, **kwargs)


class Tracker:
    """Polls what is due for the accounts it holds, each account in a task of its own so that a slow one delays no other."""

    def __init__(self) -> None:
        self.owner = f"{holders.own()}:{secrets.token_hex(4)}"
        self.stopping = asyncio.Event()
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._adapters: dict[UUID, tuple[str, Adapter]] = {}
        self._tended = 0.0

    async def run(self) -> None:
        """Work until ``stopping`` is set; then let go of the accounts."""
        try:
            while not self.stopping.is_set():
                await in_database(close_old_connections)
                await self.round()
                await self._pause()
        finally:
            await self.close()

    async def round(self) -> None:
        """Beat, renew leases, tend, and begin to ask for everything due."""
        due = await in_database(self._prepare)
        for account, generations in due.items():
            if account.pk not in self._tasks:
                self._tasks[account.pk] = asyncio.create_task(self._poll_account(account, generations))
                self._tasks[account.pk].add_done_callback(partial(self._done, account.pk))

    async def settle(self) -> None:
        """Wait until every question asked so far is answered."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), TICK_SECONDS)
        except TimeoutError:
            return

    def _prepare(self) -> Due:
        now = timezone.now()
        Heartbeat.objects.update_or_create(name=HEARTBEAT, defaults={"beat_at": now, "process": self.owner})
        if time.monotonic() - self._tended >= TEND_SECONDS:
            self._tended = time.monotonic()
            tend()
        return {account: _due(account, now) for account in lease(self.owner, now)}

    async def _poll_account(self, account: ProviderAccount, generations: list[Generation]) -> None:
        try:
            adapter = await self._adapter(account)
        except DomainError as error:
            log.error("account %s cannot be polled: %s", account.pk, error.message)
            return
        places = asyncio.Semaphore(AT_ONCE)

        async def ask(generation: Generation) -> None:
            async with places:
                await _poll(adapter, generation)

        await asyncio.gather(*(ask(generation) for generation in generations))

    async def _adapter(self, account: ProviderAccount) -> Adapter:
        """Return the account's adapter, a new one when the account was changed."""
        facts = f"{account.dialect} {account.base_url} {account.sealed_key}"
        known = self._adapters.get(account.pk)
        if known and known[0] == facts:
            return known[1]
        if known:
            await known[1].aclose()
        adapter = await in_database(adapter_for, account)
        self._adapters[account.pk] = (facts, adapter)
        return adapter

    def _done(self, account: UUID, task: asyncio.Task[None]) -> None:
        self._tasks.pop(account, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("polling account %s failed", account, exc_info=error)

    async def close(self) -> None:
        """Stop asking and give the accounts back."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for _, adapter in self._adapters.values():
            await adapter.aclose()
        await in_database(let_go, self.owner)


async def _poll(adapter: Adapter, generation: Generation) -> None:
    """Ask for one task and apply the answer."""
    try:
        task = await adapter.aget(str(generation.remote_id))
    except ProviderError as error:
        await in_database(apply_failure, generation, error)
    else:
        await in_database(apply_answer, generation, task)


def lease(owner: str, now: dt.datetime) -> list[ProviderAccount]:
    """Take the accounts that nobody holds, renew our own, and return those we hold.

    Accounts that are switched off are held too: what was launched there before is paid for and has to come home.
    """
    _free_orphans(now)
    free = Q(poll_lease_until=None) | Q(poll_lease_until__lt=now)
    ours = Q(poll_owner=owner)
    wanted = ProviderAccount.objects.filter(free | (ours & Q(poll_lease_until__lt=now + LEASE / 2)))
    wanted.update(poll_owner=owner, poll_lease_until=now + LEASE)
    return list(ProviderAccount.objects.filter(ours, poll_lease_until__gt=now))


def _free_orphans(now: dt.datetime) -> None:
    """Free at once what a tracker of this machine held when it was killed."""
    held = ProviderAccount.objects.filter(poll_lease_until__gt=now).exclude(poll_owner="")
    for owner in set(held.values_list("poll_owner", flat=True)):
        if holders.is_gone(owner.rpartition(":")[0]):
            let_go(owner)


def let_go(owner: str) -> None:
    """Give the accounts back, so that another tracker need not wait."""
    ProviderAccount.objects.filter(poll_owner=owner).update(poll_owner="", poll_lease_until=None)


def _due(account: ProviderAccount, now: dt.datetime) -> list[Generation]:
    due = Generation.objects.filter(account=account).due_for_poll(now).select_related("project")
    return list(due.order_by("next_poll_at")[:BATCH])
