"""What took too long is lost and says so, is asked for now and then, and comes home all the same when it is ready."""

import datetime as dt
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from generations.actions.budgets import settle_generation
from generations.actions.launches import launch_generation
from generations.models import Alarm, Generation, State
from generations.pipeline.billing import BY_HAND, UNCLEAR
from generations.pipeline.bookkeeping import faults
from generations.pipeline.following import deadline_of, next_late
from generations.pipeline.polling import apply_answer, apply_failure
from generations.pipeline.tending import tend
from generations.providers.base import ErrorClass, ProviderError, RemoteState, RemoteTask
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain
from tests.generations.factories import ORDER, QUICK, running_sandbox, track_once
from tests.generations.pipeline.rows import running
from tests.people import Agency, provider_account

PAST = dt.timedelta(minutes=1)


def answer(generation: Generation, state: RemoteState, **facts: object) -> RemoteTask:
    return RemoteTask(str(generation.remote_id), state, state.value, **facts)  # type: ignore[arg-type]


def overdue(agency: Agency, **facts: Any) -> Generation:
    return running(agency, deadline_at=timezone.now() - PAST, **facts)


def given_up(agency: Agency) -> Generation:
    generation = overdue(agency)
    apply_answer(generation, answer(generation, RemoteState.RUNNING))
    assert generation.state == State.LOST
    return generation


def kinds(generation: Generation) -> list[str]:
    return sorted(generation.spend.values_list("kind", flat=True))


@pytest.mark.django_db
def test_a_day_is_waited_and_longer_where_the_provider_lets_orders_wait_longer(agency: Agency) -> None:
    generation = running(agency)
    assert generation.submitted_at is not None
    assert deadline_of(generation) - generation.submitted_at == dt.timedelta(hours=24)


@pytest.mark.django_db
def test_past_its_deadline_a_generation_is_lost_with_its_money_still_set_aside(agency: Agency) -> None:
    generation = given_up(agency)
    assert (generation.error_code, kinds(generation)) == ("deadline", ["reserved"])
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.key, alarm.project) == ("late", str(generation.pk), generation.project)
    assert generation.next_poll_at is not None
    assert 590 < (generation.next_poll_at - timezone.now()).total_seconds() <= 600
    assert "took longer than we wait" in generation.timeline.last().words  # type: ignore[union-attr]


@pytest.mark.django_db
def test_one_that_cannot_even_be_asked_for_is_given_up_an_hour_later(agency: Agency) -> None:
    generation = overdue(agency)
    apply_failure(generation, ProviderError(ErrorClass.PROVIDER_TRANSIENT, "http-502"))
    assert tend()["overdue"] == 0
    Generation.objects.update(deadline_at=timezone.now() - dt.timedelta(hours=2))
    assert tend()["overdue"] == 1
    generation.refresh_from_db()
    assert (generation.state, generation.error_code) == (State.LOST, "deadline")


@pytest.mark.django_db
def test_it_is_asked_for_ever_more_rarely_and_not_for_ever(agency: Agency) -> None:
    generation = given_up(agency)
    waits = []
    for hours in (0, 2, 24):
        generation.finished_at = timezone.now() - dt.timedelta(hours=hours)
        when = next_late(generation)
        assert when is not None
        waits.append(round((when - timezone.now()).total_seconds() / 60))
    assert waits == [10, 30, 360]
    generation.finished_at = generation.submitted_at = timezone.now() - dt.timedelta(days=40)
    assert next_late(generation) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("charged", "lines"),
    [(False, ["released", "reserved"]), (True, ["reserved", "settled"]), (None, ["reserved"])],
)
def test_a_late_failure_closes_the_money_if_its_price_is_told_and_moves_nothing(
    agency: Agency, charged: bool | None, lines: list[str]
) -> None:
    generation = given_up(agency)
    error = ProviderError(ErrorClass.PROVIDER_TRANSIENT, "oops", charged=charged)
    apply_answer(generation, answer(generation, RemoteState.FAILED, error=error))
    assert (generation.state, generation.next_poll_at, kinds(generation)) == (State.LOST, None, lines)
    assert generation.alarm == (UNCLEAR if charged is None else "")
    assert faults() == []
    assert not Alarm.objects.open().exists()


@pytest.mark.django_db
@pytest.mark.parametrize("charged", [False, True])
def test_what_a_person_has_settled_meanwhile_is_neither_freed_nor_charged_again(agency: Agency, charged: bool) -> None:
    generation = given_up(agency)
    settle_generation(actor=agency.alice, generation=generation, total_micro=390_000, reason="The November bill.")
    error = ProviderError(ErrorClass.PROVIDER_TRANSIENT, "oops", charged=charged)
    apply_answer(generation, answer(generation, RemoteState.FAILED, error=error))
    assert (generation.settled_micro, kinds(generation)) == (390_000, ["corrected", "reserved"])
    assert faults() == []
    assert generation.timeline.filter(kind="money").last().words == BY_HAND  # type: ignore[union-attr]


@pytest.mark.django_db
def test_while_it_goes_on_it_stays_lost_and_is_asked_for_again(agency: Agency) -> None:
    generation = given_up(agency)
    Generation.objects.update(next_poll_at=timezone.now())
    apply_answer(generation, answer(generation, RemoteState.RUNNING))
    assert (generation.state, kinds(generation)) == (State.LOST, ["reserved"])
    assert generation.next_poll_at is not None
    assert generation.next_poll_at > timezone.now() + dt.timedelta(minutes=9)


@pytest.mark.django_db
def test_the_first_end_stands_and_a_contradiction_is_told_once(agency: Agency) -> None:
    generation = running(agency)
    apply_answer(generation, answer(generation, RemoteState.FAILED))
    for _ in range(2):
        apply_answer(generation, answer(generation, RemoteState.FETCHING))
    assert generation.state == State.FAILED
    assert list(Job.objects.values_list("kind", flat=True)) == ["generation.recover"]  # it is made, and paid for
    assert generation.timeline.filter(words__contains="The first word stands").count() == 1


@pytest.mark.django_db
def test_a_finished_task_with_an_error_beside_it_is_fetched_and_told(agency: Agency) -> None:
    generation = running(agency)
    error = ProviderError(ErrorClass.PROVIDER_TRANSIENT, "oops")
    apply_answer(generation, answer(generation, RemoteState.FETCHING, error=error))
    assert generation.state == State.FETCHING
    assert generation.timeline.filter(facts__error="oops").exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.long
def test_a_clip_that_comes_late_is_brought_in_and_paid_for_and_its_generation_stays_lost(
    agency: Agency, tmp_path: Path
) -> None:
    with running_sandbox(tmp_path, script=QUICK) as sandbox:
        account = provider_account(sandbox.base_url)
        late = launch_generation(
            actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2", params=ORDER
        )
        drain()
        Generation.objects.filter(pk=late.pk).update(
            state=State.LOST, error_code="deadline", finished_at=timezone.now(), next_poll_at=timezone.now()
        )
        deadline = time.monotonic() + 60
        while late.recovered_at is None and time.monotonic() < deadline:
            Generation.objects.filter(pk=late.pk, clip=None).exclude(next_poll_at=None).update(
                next_poll_at=timezone.now()
            )
            track_once()
            drain()
            time.sleep(0.1)
            late.refresh_from_db()
        assert late.recovered_at is not None
        assert (late.state, late.next_poll_at, kinds(late)) == (State.LOST, None, ["reserved", "settled"])
        assert late.clip is not None
        assert late.clip.project == agency.aurora
        assert sandbox.creates(agency.prompt.text) == 1
