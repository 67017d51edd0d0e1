"""Whose task is it? An order without an answer takes a task only where the provider repeats something that is its own.

By Ark's wire, which repeats no prompt and takes no id of ours. No test gives a seed unless it says so.
"""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction
from django.utils import timezone

from generations import catalog
from generations.actions.launches import launch_generation
from generations.models import Generation, Prompt, ProviderAccount, State
from generations.pipeline.reconcile import LOST, NONE_YET, SEVERAL, look_on, reconcile
from generations.pipeline.remote import request_for
from generations.pipeline.tending import tend
from generations.web.particulars import compared
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import enqueue
from tests.generations.providers.canned import said
from tests.lib.servers import serving
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
SHAPE: dict[str, object] = {"seconds": 4, "size": "640x640", "audio": "off"}
Launch = Callable[..., Generation]


@pytest.fixture
def account(agency: Agency) -> ProviderAccount:
    made = provider_account(route="sandbox-ark")
    ProviderAccount.objects.filter(pk=made.pk).update(dialect="ark", sealed_webhook_secret="")
    made.refresh_from_db()
    return made


@pytest.fixture
def unanswered(agency: Agency, account: ProviderAccount) -> Launch:
    """Launches one with words of its own, whose create was sent and never answered."""

    def launch(words: str, state: State = State.SUBMIT_UNKNOWN, **params: object) -> Generation:
        version = agency.shot.prompts.count() + 1
        prompt = Prompt.objects.create(shot=agency.shot, version=version, text=words, created_by=agency.alice)
        made = launch_generation(
            actor=agency.alice, prompt=prompt, account=account, model="seedance-2.0", params={**SHAPE, **params}
        )
        Generation.objects.filter(pk=made.pk).update(state=state, submitted_at=timezone.now())
        made.refresh_from_db()
        return made

    return launch


def task(name: str, **facts: object) -> dict[str, object]:
    """A task of the same model, length and size, as Ark lists it."""
    row = catalog.capability("sandbox-ark", "seedance-2.0", "text_to_video")
    now = int(timezone.now().timestamp())
    shape = {"model": row.wire_model, "duration": 4, "ratio": "1:1", "resolution": "480p"}
    return {"id": name, "status": "running", "created_at": now, "updated_at": now, **shape, **facts}


def look(generation: Generation, *tasks: dict[str, object], last: bool = False) -> Generation:
    """One look at a list that holds these tasks; with ``last`` it is the last quick one."""
    with serving(said(200, {"items": list(tasks), "total": len(tasks)})) as server:
        ProviderAccount.objects.update(base_url=f"{server.url}/api/v3")
        with transaction.atomic():
            job = enqueue(
                "generation.reconcile",
                key=f"generation.reconcile:{generation.pk}",
                payload={"generation": str(generation.pk)},
                subject_id=generation.pk,
            )
        facts = {"attempt": 5, "error_code": "not-found-yet"} if last else {"attempt": 1, "error_code": ""}
        until = timezone.now() + dt.timedelta(minutes=2)
        Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, lease_until=until, max_attempts=1000, **facts)
        job.refresh_from_db()
        try:
            reconcile(job)
        except Retry:
            assert not last
    generation.refresh_from_db()
    return generation


def standing(*rows: Generation) -> list[tuple[str, str | None]]:
    for row in rows:
        row.refresh_from_db()
    return [(row.state, row.remote_id) for row in rows]


def test_every_order_gets_a_seed_of_its_own_and_the_page_says_that_nobody_asked_for_it(unanswered: Launch) -> None:
    one, other = unanswered("A lighthouse"), unanswered("A lighthouse")
    assert "seed" not in one.params
    assert one.drawn_seed and other.drawn_seed
    assert one.drawn_seed != other.drawn_seed
    assert request_for(one).seed == one.drawn_seed
    row = next(each for each in compared(one) if each.what == "Seed")
    assert (row.asked, row.differs) == (f"left open; the hub drew {one.drawn_seed}", False)
    assert unanswered("A lighthouse", seed=7).drawn_seed is None


def test_of_two_unanswered_orders_of_one_shape_the_second_never_takes_the_firsts_task(unanswered: Launch) -> None:
    first, second = unanswered("A lighthouse"), unanswered("A fox for another client")
    theirs = task("cgt-1", seed=first.drawn_seed)
    look(second, theirs)
    look(second, theirs, last=True)
    assert standing(first, second) == [("submit_unknown", None), ("lost", None)]
    assert second.error_message == LOST
    look(first, theirs)
    assert standing(first, second) == [("queued", "cgt-1"), ("lost", None)]


def test_the_task_of_an_order_that_is_just_being_sent_is_not_taken(unanswered: Launch) -> None:
    sending, doubted = unanswered("A lighthouse", State.SUBMITTING), unanswered("A fox")
    look(doubted, task("cgt-1", seed=sending.drawn_seed))
    assert standing(sending, doubted) == [("submitting", None), ("submit_unknown", None)]


@pytest.mark.parametrize("facts", [{}, {"seed": 5}])
def test_the_task_of_another_program_with_the_same_key_is_left_to_a_person(
    unanswered: Launch, facts: dict[str, object]
) -> None:
    doubted = unanswered("A fox")
    look(doubted, task("cgt-stranger", **facts), last=True)
    assert standing(doubted) == [("lost", None)]
    assert list(doubted.spend.values_list("kind", flat=True)) == ["reserved"]


def test_a_seed_that_was_given_decides_as_long_as_no_other_order_carries_it(unanswered: Launch) -> None:
    alone = unanswered("A fox", seed=42)
    look(alone, task("cgt-1", seed=42))
    assert standing(alone) == [("queued", "cgt-1")]

    one, other = unanswered("A lighthouse", seed=43), unanswered("A fox for another client", seed=43)
    look(one, task("cgt-2", seed=43), last=True)
    look(other, task("cgt-2", seed=43), last=True)
    assert standing(one, other) == [("lost", None), ("lost", None)]
    assert other.error_message == SEVERAL


def test_two_orders_of_the_very_same_may_swap_their_tasks(unanswered: Launch) -> None:
    one, other = unanswered("A lighthouse", seed=44), unanswered("A lighthouse", seed=44)
    found = (task("cgt-1", seed=44), task("cgt-2", seed=44))
    look(one, *found)
    look(other, *found)
    assert sorted(standing(one, other), key=str) == [("queued", "cgt-1"), ("queued", "cgt-2")]


def test_a_task_made_long_after_the_call_is_somebody_elses(unanswered: Launch) -> None:
    doubted = unanswered("A fox", seed=45)
    Generation.objects.filter(pk=doubted.pk).update(submitted_at=timezone.now() - dt.timedelta(hours=1))
    look(doubted, task("cgt-1", seed=45))
    assert standing(doubted) == [("submit_unknown", None)]


def test_each_look_is_told(unanswered: Launch) -> None:
    doubted = unanswered("A fox")
    look(doubted)
    look(doubted)
    look(doubted, last=True)
    told = list(doubted.timeline.filter(kind__in=["call", "alarm"]).values_list("words", flat=True))
    assert told == [NONE_YET, NONE_YET, LOST]


def lost(unanswered: Launch) -> Generation:
    row = unanswered("A fox")
    look(row, last=True)
    assert row.state == State.LOST
    return row


def due(row: Generation) -> None:
    Generation.objects.filter(pk=row.pk).update(next_poll_at=timezone.now())


def test_one_given_up_is_looked_for_ever_more_rarely_as_long_as_the_provider_lists_it(unanswered: Launch) -> None:
    row = lost(unanswered)
    assert row.next_poll_at is not None
    assert 590 < (row.next_poll_at - timezone.now()).total_seconds() <= 600
    assert tend()["looked_for"] == 0
    due(row)
    assert tend()["looked_for"] == 1
    assert Job.objects.filter(kind="generation.reconcile", subject_id=row.pk, state=JobState.QUEUED).count() == 1
    assert tend()["looked_for"] == 0
    Generation.objects.filter(pk=row.pk).update(finished_at=timezone.now() - dt.timedelta(hours=8))
    due(row)
    tend()
    row.refresh_from_db()
    assert row.next_poll_at is not None
    assert 7190 < (row.next_poll_at - timezone.now()).total_seconds() <= 7200

    week = timezone.now() - dt.timedelta(days=7)
    Generation.objects.filter(pk=row.pk).update(submitted_at=week, finished_at=week)
    due(row)
    tend()
    row.refresh_from_db()
    assert row.next_poll_at is None


def test_one_that_shows_up_hours_later_gets_its_id_and_is_asked_how_it_stands(unanswered: Launch) -> None:
    row = lost(unanswered)
    hours_ago = timezone.now() - dt.timedelta(hours=5)
    Generation.objects.filter(pk=row.pk).update(submitted_at=hours_ago, finished_at=hours_ago)
    look(row, task("cgt-1", seed=row.drawn_seed, created_at=int(hours_ago.timestamp())))
    assert (row.state, row.remote_id) == (State.LOST, "cgt-1")
    assert row.next_poll_at is not None
    assert row.next_poll_at <= timezone.now()
    assert "Found at the provider after all" in row.timeline.order_by("-at").first().words  # type: ignore[union-attr]


def test_where_it_cannot_be_looked_for_at_all_nobody_goes_on(unanswered: Launch) -> None:
    row = lost(unanswered)
    due(row)
    row.refresh_from_db()
    with transaction.atomic():
        look_on(row)
    with serving(said(404, {"error": {"code": "NotFound", "message": "no such list"}})) as server:
        ProviderAccount.objects.update(base_url=f"{server.url}/api/v3")
        reconcile(Job.objects.filter(subject_id=row.pk, kind="generation.reconcile").latest("created_at"))
    row.refresh_from_db()
    assert (row.state, row.next_poll_at) == (State.LOST, None)
