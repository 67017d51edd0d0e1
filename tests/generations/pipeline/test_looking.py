"""The tracker's rows: taken before they are asked for, written many at a time, never over a webhook's word."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Generation, State
from generations.pipeline import looking
from generations.pipeline.bringing import News, Notebook, bring, write
from generations.pipeline.looking import Due
from generations.pipeline.polling import look, missed
from generations.providers.base import Actual, ErrorClass, ProviderError, RemoteState, RemoteTask
from tests.generations.pipeline.rows import running
from tests.people import Agency, provider_account


def claimed(generation: Generation, *, floor: float = 30.0) -> Due:
    return looking.claim(generation.account_id, timezone.now(), 10, floor)[0]


def answer(generation: Generation, state: RemoteState = RemoteState.RUNNING, **facts: object) -> RemoteTask:
    return RemoteTask(str(generation.remote_id), state, state.value, **facts)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_task_is_moved_to_its_next_moment_before_it_is_asked_for(agency: Agency) -> None:
    generation = running(agency)
    due = claimed(generation)
    assert looking.claim(generation.account_id, timezone.now(), 10, 30.0) == []
    generation.refresh_from_db()
    assert (generation.poll_count, generation.next_poll_at) == (1, due.scheduled)
    assert 29 < (due.scheduled - timezone.now()).total_seconds() <= 30


@pytest.mark.django_db
def test_the_longest_due_are_taken_first_and_no_more_than_asked(agency: Agency) -> None:
    account, now = provider_account(), timezone.now()
    waits = [3, 1, 2]
    rows = {wait: running(agency, account, next_poll_at=now - dt.timedelta(seconds=wait)) for wait in waits}
    taken = looking.claim(account.pk, now, 2, 0.0)
    assert [due.id for due in taken] == [rows[3].pk, rows[2].pk]
    assert looking.waiting(now) == {account.pk: 1}
    assert looking.in_flight() == {account.pk: 3}


@pytest.mark.django_db
@pytest.mark.parametrize("tasks", [2, 40])
def test_answers_without_news_cost_the_same_few_statements_for_any_number(agency: Agency, tasks: int) -> None:
    account = provider_account()
    rows = [running(agency, account) for _ in range(tasks)]
    notebook = Notebook()
    with CaptureQueriesContext(connection) as asked:
        for due in looking.claim(account.pk, timezone.now(), 100, 0.0):
            seen = look(
                due, RemoteTask(due.remote_id, RemoteState.RUNNING, "in_progress", 40, actual=Actual(seconds=4))
            )
            assert seen is not None
            notebook.note(due, seen)
        write(notebook)
    statements = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) <= 7
    found = Generation.objects.filter(pk__in=[row.pk for row in rows])
    told = found.values_list("progress", "raw_state", "actual", "poll_count").order_by().distinct()
    assert list(told) == [(40, "in_progress", {"seconds": 4}, 1)]


@pytest.mark.django_db
def test_an_answer_that_repeats_what_is_known_leaves_nothing_to_write(agency: Agency) -> None:
    generation = running(agency, raw_state="running", progress=40)
    due, notebook = claimed(generation), Notebook()
    seen = look(due, answer(generation, progress=40))
    assert seen is not None
    notebook.note(due, seen)
    assert (notebook.looks, notebook.projects) == ({}, set())


@pytest.mark.django_db
def test_a_providers_wish_moves_the_next_moment_back_and_a_webhook_moves_it_forward(agency: Agency) -> None:
    generation = running(agency, raw_state="running")
    due, notebook = claimed(generation), Notebook()
    seen = look(due, answer(generation, poll_after=300.0))
    assert seen is not None
    assert (seen.at - timezone.now()).total_seconds() > 299
    notebook.note(due, seen)
    called = timezone.now()
    Generation.objects.filter(pk=generation.pk).update(next_poll_at=called)
    write(notebook)
    generation.refresh_from_db()
    assert generation.next_poll_at == called


@pytest.mark.django_db
def test_what_has_ended_meanwhile_is_left_alone(agency: Agency) -> None:
    generation = running(agency)
    due, notebook = claimed(generation), Notebook()
    seen = look(due, answer(generation, progress=40))
    assert seen is not None
    notebook.note(due, seen)
    bring([News(due.id, answer(generation, RemoteState.FETCHING))])
    write(notebook)
    generation.refresh_from_db()
    assert (generation.state, generation.progress, generation.next_poll_at) == (State.FETCHING, 100, None)


@pytest.mark.django_db
def test_an_unanswered_question_is_counted_and_asked_again_later_each_time(agency: Agency) -> None:
    generation = running(agency, poll_failures=2)
    due, notebook = claimed(generation, floor=0.0), Notebook()
    seen = missed(due, ProviderError(ErrorClass.RATE_LIMITED, "http-429", retry_after=120.0))
    assert seen is not None
    notebook.note(due, seen)
    write(notebook)
    generation.refresh_from_db()
    assert generation.poll_failures == 3
    assert generation.next_poll_at is not None
    assert (generation.next_poll_at - timezone.now()).total_seconds() > 119
    assert missed(claimed_with(due, failures=4), ProviderError(ErrorClass.PROVIDER_TRANSIENT, "http-502")) is None
    assert missed(due, ProviderError(ErrorClass.AUTH, "invalid_api_key")) is None


def claimed_with(due: Due, *, failures: int) -> Due:
    return Due(**{name: getattr(due, name) for name in due.__slots__} | {"poll_failures": failures})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "facts",
    [
        {"state": RemoteState.QUEUED},
        {"state": RemoteState.FETCHING},
        {"state": RemoteState.FAILED},
        {"state": RemoteState.LOST},
        {"alarm": "unknown state 'marinating'"},
    ],
)
def test_what_moves_a_generation_or_alarms_is_news(agency: Agency, facts: dict[str, object]) -> None:
    generation = running(agency, raw_state="running")
    assert look(claimed(generation), answer(generation, **facts)) is None  # type: ignore[arg-type]


@pytest.mark.django_db
def test_one_generations_trouble_stops_no_other(agency: Agency) -> None:
    account = provider_account()
    first, second = running(agency, account), running(agency, account)
    broken = RemoteTask(str(first.remote_id), "nonsense", "?")  # type: ignore[arg-type]
    bring([News(first.pk, broken), News(second.pk, answer(second, RemoteState.FETCHING))])
    second.refresh_from_db()
    assert second.state == State.FETCHING
