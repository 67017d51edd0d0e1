"""The fault matrix, webhooks: the service's own calls, caught by the proxy and brought to the hub as each fault wants them."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Caller
from django.utils import timezone

from generations.models import Generation, TimelineEntry, WebhookDelivery
from generations.models.generation import POLLED
from generations.pipeline.admission import AT_PROVIDER
from tests.generations.factories import Sandbox
from tests.generations.pipeline.matrix.calls import Calls
from tests.generations.pipeline.matrix.cells import CALLS, Cell, all_cells
from tests.generations.pipeline.matrix.driver import Bench
from tests.generations.pipeline.matrix.proxy import Proxy, Seen
from tests.generations.pipeline.matrix.verdict import hold
from tests.people import Agency

pytestmark = [pytest.mark.django_db, pytest.mark.long]
CELLS = [cell for cell in all_cells() if cell.fault in CALLS]
TOO_OLD = timedelta(minutes=6)


@pytest.fixture(autouse=True)
def address(settings: Any, proxy: Proxy) -> None:
    """The hub's public address is the proxy's, where the service's calls are kept."""
    settings.PUBLIC_URL = proxy.origin


class Post(Calls):
    """Brings calls from the proxy to the hub."""

    def __init__(self, bench: Bench, generation: Generation) -> None:
        super().__init__(bench.proxy, bench.account.pk, generation.pk, str(generation.remote_id))
        self.bench = bench

    def bring(self, call: Seen, *, headers: dict[str, str] | None = None, path: str = "") -> int:
        """Post a call to the hub; the status that it answers."""
        given = {**self.headers(call), **(headers or {})}
        path = path or self.path(call)
        return Caller().post(path, call.body, content_type="application/json", headers=given).status_code

    def forge(self, call: Seen) -> int:
        """The same call by somebody who knows neither secret nor address."""
        if self.is_own(call) and not self.bench.wire.signs:
            return self.bring(call, path=f"{call.path[:-3]}xx/")
        return self.bring(call, headers={"webhook-signature": "v1,bm90aGluZyB0aGF0IHdhcyBzaWduZWQ="})


def put_off(generation: Generation) -> None:
    """Nothing will be asked by itself for an hour."""
    later = timezone.now() + timedelta(hours=1)
    assert Generation.objects.filter(pk=generation.pk, state__in=POLLED).update(next_poll_at=later)


def is_due(generation: Generation) -> bool:
    """Whether it will be asked for now."""
    generation.refresh_from_db()
    return generation.next_poll_at is not None and generation.next_poll_at <= timezone.now()


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.wire.name}-{cell.fault}")
def test_cell(cell: Cell, agency: Agency, proxy: Proxy, busy: Sandbox) -> None:
    bench = Bench(agency, cell.wire, proxy, busy)
    generation = bench.launch()
    bench.carry(generation, until=lambda: generation.state in AT_PROVIDER)
    post = Post(bench, generation)
    calls = post.all()
    if cell.fault in EARLY:
        put_off(generation)
        EARLY[cell.fault](post, calls)
        assert is_due(generation) == (cell.fault != "webhook forged")
        bench.carry(generation)
    else:
        bench.carry(generation)
        AFTER[cell.fault](post, calls)
        assert bench.carry(generation).clip is not None
    hold(bench.outcome(generation), cell.end)
    heard = generation.timeline.filter(kind=TimelineEntry.Kind.WEBHOOK).count()
    assert heard == WebhookDelivery.objects.count() == (0 if cell.fault in UNHEARD else len(calls))


def doubled(post: Post, calls: list[Seen]) -> None:
    assert {post.bring(call) for call in calls for _ in range(2)} == {204}


def forged(post: Post, calls: list[Seen]) -> None:
    assert {post.forge(call) for call in calls} == {403}


def disordered(post: Post, calls: list[Seen]) -> None:
    assert {post.bring(call) for call in reversed(calls)} == {204}


def late(post: Post, calls: list[Seen]) -> None:
    assert {post.bring(call) for call in calls} == {204}


def lost(post: Post, calls: list[Seen]) -> None:
    assert calls


def replayed(post: Post, calls: list[Seen]) -> None:
    """The same calls again, at once and when a signature is too old."""
    assert {post.bring(call) for call in (*calls, *calls)} == {204}
    with time_machine.travel(timezone.now() + TOO_OLD):
        again = {post.bring(call) for call in calls}
    assert again == ({403} if post.bench.wire.signs else {204})


EARLY = {"webhook doubled": doubled, "webhook forged": forged, "webhook out of order": disordered}
AFTER = {"webhook late": late, "webhook lost": lost, "webhook replayed": replayed}
UNHEARD = ("webhook lost", "webhook forged")
