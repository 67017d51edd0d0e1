"""The tracker at work over real HTTP: within budgets, no account in another's way, and a database that goes away for a while."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.utils import timezone

from generations.models import Alarm, Generation, ProviderAccount, State
from generations.pipeline.lane import Answer, Lane, places
from generations.pipeline.looking import Due
from generations.pipeline.track import Tracker, in_database
from generations.providers.base import ErrorClass, ProviderError, RemoteState, RemoteTask
from sorahub.jobs.models import Heartbeat
from tests.bench.responder import Counts, Provider
from tests.generations.pipeline.rows import running
from tests.people import Agency, provider_account


@asynccontextmanager
async def provider(counts: Counts) -> AsyncIterator[str]:
    """A bare provider in this loop; gives its base address."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Provider(counts), "127.0.0.1", 0)
    try:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


@asynccontextmanager
async def silence() -> AsyncIterator[str]:
    """A provider that takes every connection and never answers."""
    loop, taken = asyncio.get_running_loop(), []

    class Mute(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            taken.append(transport)

    server = await loop.create_server(Mute, "127.0.0.1", 0)
    try:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        for transport in taken:
            transport.close()


def counting(tasks: int, *, finished: float) -> Counts:
    return Counts(finished, finished, [0] * tasks, [0.0] * tasks, begun=timezone.now().timestamp())


async def move_to(account: ProviderAccount, base_url: str) -> None:
    await in_database(ProviderAccount.objects.filter(pk=account.pk).update, base_url=base_url)


async def until(holds: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait until something holds in the database."""
    async with asyncio.timeout(seconds):
        while not await in_database(holds):
            await asyncio.sleep(0.05)


async def tracked(work: Callable[[Tracker], Awaitable[Any]]) -> None:
    """Do something while a tracker runs."""
    tracker = Tracker()
    going = asyncio.create_task(tracker.run())
    try:
        await work(tracker)
    finally:
        tracker.stopping.set()
        await going


def fetching(account: ProviderAccount) -> int:
    return Generation.objects.filter(account=account, state=State.FETCHING).count()


@pytest.mark.django_db(transaction=True)
def test_an_account_is_asked_no_more_often_than_its_budget(agency: Agency) -> None:
    account = provider_account()
    ProviderAccount.objects.update(polls_per_minute=120)
    for number in range(30):
        running(agency, account, remote_id=f"video_{number}")
    counts = counting(30, finished=3600.0)

    async def watch(_: Tracker) -> None:
        await asyncio.sleep(3.0)

    async def scene() -> None:
        async with provider(counts) as base_url:
            await move_to(account, base_url)
            await tracked(watch)

    async_to_sync(scene)()
    assert 3 <= counts.requests <= 7
    assert max(counts.polls) == 1


@pytest.mark.django_db(transaction=True)
def test_an_account_that_never_answers_delays_no_other(agency: Agency) -> None:
    slow, quick = provider_account(), provider_account()
    for number in range(8):
        running(agency, slow)
        running(agency, quick, remote_id=f"video_{number}")
    counts = counting(8, finished=0.0)

    async def watch(_: Tracker) -> None:
        await until(lambda: fetching(quick) == 8)

    async def scene() -> None:
        async with provider(counts) as base_url, silence() as nothing:
            await move_to(quick, base_url)
            await move_to(slow, nothing)
            await tracked(watch)

    async_to_sync(scene)()
    assert fetching(slow) == 0
    assert counts.requests == 8


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_stops_nothing_for_good(agency: Agency) -> None:
    account = provider_account()
    ProviderAccount.objects.update(polls_per_minute=60_000)
    running(agency, account, remote_id="video_0")
    counts = counting(1, finished=1.5)
    facts = connection.get_connection_params()
    where = {name: facts[name] for name in ("dbname", "user", "password", "host", "port") if name in facts}

    def cut_off() -> None:
        with psycopg.connect(**where, autocommit=True) as other:
            others = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            )
            other.execute(others, [where["dbname"]])

    async def watch(_: Tracker) -> None:
        await until(Heartbeat.objects.exists)
        for _time in range(5):
            await asyncio.to_thread(cut_off)
            await asyncio.sleep(0.3)
        async with asyncio.timeout(20):
            while not (counts.told[0] and await in_database(fetching, account)):
                await asyncio.sleep(0.1)

    async def scene() -> None:
        async with provider(counts) as base_url:
            await move_to(account, base_url)
            await tracked(watch)

    async_to_sync(scene)()
    assert fetching(account) == 1


@pytest.mark.django_db
def test_a_refused_key_is_said_once_for_the_account(agency: Agency) -> None:
    account = provider_account()
    due = due_tasks(agency, account, 3)
    lane = Lane(account, Scripted([ProviderError(ErrorClass.AUTH, "invalid_api_key")] * 3), ignored)  # type: ignore[arg-type]
    tracker = Tracker()

    async def scene() -> None:
        lane.tell = tracker._told
        lane.room(8)
        lane.ask(due)
        await lane.settle()
        tracker._bringing = asyncio.create_task(tracker._bring())
        await tracker.settle()
        await tracker.close()

    async_to_sync(scene)()
    assert list(Alarm.objects.open().values_list("kind", "account")) == [("key", account.pk)]


class Scripted:
    """An adapter's asking half: gives what it is told to, and remembers what it was asked."""

    def __init__(self, answers: Sequence[ProviderError | None] = (), *, batch_size: int = 1) -> None:
        self.batch_size = batch_size
        self.answers = list(answers)
        self.asked: list[list[str]] = []

    async def aget(self, remote_id: str) -> RemoteTask:
        return (await self.aget_many([remote_id]))[remote_id]

    async def aget_many(self, remote_ids: Sequence[str]) -> dict[str, RemoteTask]:
        self.asked.append(list(remote_ids))
        error = self.answers.pop(0) if self.answers else None
        if error is not None:
            raise error
        return {each: RemoteTask(each, RemoteState.RUNNING, "running") for each in remote_ids[:-1] or remote_ids}

    async def aclose(self) -> None:
        """Nothing is open."""


async def ignored(lane: Lane, due: Due, answer: Answer) -> None:
    """Let the answer go."""


def due_tasks(agency: Agency, account: ProviderAccount, number: int) -> list[Due]:
    made = [running(agency, account) for _ in range(number)]
    return [
        Due(
            id=row.pk,
            remote_id=str(row.remote_id),
            state="running",
            raw_state="",
            alarm="",
            progress=0,
            poll_count=1,
            poll_failures=0,
            actual={},
            provider_created_at=None,
            provider_expires_at=None,
            deadline_at=None,
            scheduled=timezone.now(),
            project=row.project_id,
        )
        for row in made
    ]


@pytest.mark.django_db
def test_where_the_wire_takes_several_ids_they_go_together_and_absent_ones_are_lost(agency: Agency) -> None:
    account = provider_account()
    ProviderAccount.objects.update(polls_per_minute=60_000)
    account.refresh_from_db()
    adapter = Scripted(batch_size=4)
    heard: dict[str, RemoteState] = {}

    async def hear(lane: Lane, due: Due, answer: Answer) -> None:
        assert isinstance(answer, RemoteTask)
        heard[due.remote_id] = answer.state

    tasks = due_tasks(agency, account, 10)
    lane = Lane(account, adapter, hear)  # type: ignore[arg-type]

    async def scene() -> None:
        assert lane.room(2) == 16
        lane.ask(tasks)
        lane.ask(tasks)
        await lane.settle()

    async_to_sync(scene)()
    assert [len(ids) for ids in adapter.asked] == [4, 4, 2]
    lost = {ids[-1] for ids in adapter.asked}
    assert {name for name, state in heard.items() if state is RemoteState.LOST} == lost
    assert len(heard) == 10


@pytest.mark.django_db
def test_a_provider_in_trouble_is_left_alone_longer_each_time_and_then_asked_once(agency: Agency) -> None:
    account = provider_account()
    account.polls_per_minute = 60_000
    trouble = ProviderError(ErrorClass.PROVIDER_TRANSIENT, "http-503")
    limited = ProviderError(ErrorClass.RATE_LIMITED, "http-429", retry_after=30.0)
    lane = Lane(account, Scripted([trouble] * 3 + [None, limited]), ignored)  # type: ignore[arg-type]
    tasks = due_tasks(agency, account, 5)
    rooms = []

    async def scene() -> None:
        for task in tasks:
            rooms.append(lane.room(4))
            lane.ask([task])
            await lane.settle()
            await asyncio.sleep(0.06)
        rooms.append(lane.room(4))

    async_to_sync(scene)()
    assert rooms == [8, 8, 8, 1, 8, 0]


@pytest.mark.django_db
def test_a_service_that_is_away_and_says_for_how_long_is_left_alone_by_the_whole_account(agency: Agency) -> None:
    """Retry-After beside a 503 is about the service, not about one task."""
    account = provider_account()
    account.polls_per_minute = 60_000
    away = ProviderError(ErrorClass.PROVIDER_TRANSIENT, "http-503", retry_after=600.0)
    lane = Lane(account, Scripted([away]), ignored)  # type: ignore[arg-type]

    async def scene() -> None:
        assert lane.room(4) > 0
        lane.ask(due_tasks_now)
        await lane.settle()
        assert lane.room(4) == 0
        assert 590 < lane.resting_until - monotonic() <= 600

    due_tasks_now = due_tasks(agency, account, 1)
    async_to_sync(scene)()


def test_lanes_share_the_connections() -> None:
    assert places(10_000, 1, 128) == 64
    assert places(10_000, 4, 128) == 32
    assert places(600, 1, 128) == 10
    assert places(600, 1000, 128) == 1
