"""What a provider's answers do to a generation, one by one; and when it is asked again."""

import datetime as dt
import subprocess
import sys

import pytest
from django.utils import timezone

from generations.actions.budgets import settle_generation
from generations.actions.launches import launch_generation
from generations.models import Alarm, Generation, State
from generations.pipeline.billing import UNCLEAR
from generations.pipeline.bookkeeping import faults
from generations.pipeline.following import seconds_until_next
from generations.pipeline.leases import lease, let_go
from generations.pipeline.lookout import look_out
from generations.pipeline.pacing import floor_seconds
from generations.pipeline.polling import ALARM_AFTER, LOST_AFTER, apply_answer, apply_failure
from generations.pipeline.tending import tend
from generations.providers.base import ErrorClass, ProviderError, RemoteState, RemoteTask
from sorahub.jobs import holders
from sorahub.jobs.models import Job, JobState
from tests.generations.factories import ORDER
from tests.people import Agency, provider_account


@pytest.fixture
def running(agency: Agency) -> Generation:
    generation = launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=provider_account(), model="sora-2", params=ORDER
    )
    facts = {"state": State.RUNNING, "remote_id": "video_1", "next_poll_at": timezone.now()}
    Generation.objects.filter(pk=generation.pk).update(**facts)
    generation.refresh_from_db()
    return generation


def pulse(generation: Generation) -> int:
    generation.project.pulse.refresh_from_db()
    return generation.project.pulse.version


def answer(state: RemoteState, raw: str = "", **facts: object) -> RemoteTask:
    return RemoteTask("video_1", state, raw or state.value, **facts)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_only_a_visible_change_is_told_to_open_pages(running: Generation) -> None:
    before = pulse(running)
    apply_answer(running, answer(RemoteState.RUNNING, progress=40))
    assert (running.progress, pulse(running)) == (40, before + 1)
    apply_answer(running, answer(RemoteState.RUNNING, progress=40))
    assert pulse(running) == before + 1


@pytest.mark.django_db
def test_an_unknown_word_keeps_polling_and_raises_an_alarm(running: Generation) -> None:
    apply_answer(running, answer(RemoteState.RUNNING, "marinating", alarm="unknown state 'marinating'"))
    assert (running.state, running.raw_state) == (State.RUNNING, "marinating")
    assert running.alarm == "unknown state 'marinating'"
    assert running.next_poll_at is not None


@pytest.mark.django_db
def test_completion_and_the_job_that_fetches_are_one_commit(running: Generation) -> None:
    apply_answer(running, answer(RemoteState.FETCHING, "completed"))
    apply_answer(running, answer(RemoteState.FETCHING, "completed"))
    assert (running.state, running.progress, running.next_poll_at) == (State.FETCHING, 100, None)
    assert Job.objects.filter(kind="generation.fetch").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "charged", "error_class", "lines"),
    [
        (RemoteState.FAILED, False, "provider_transient", ["released", "reserved"]),
        (RemoteState.FAILED, True, "provider_transient", ["reserved", "settled"]),
        (RemoteState.FAILED, None, "provider_transient", ["reserved"]),  # the provider says nothing of its price
        (
            RemoteState.CANCELLED,
            None,
            "",
            ["reserved"],
        ),  # it was being rendered: whether it is charged, nobody knows yet
        (RemoteState.EXPIRED, None, "expired_asset", ["reserved", "settled"]),
    ],
)
def test_an_end_at_the_provider_is_final(
    running: Generation, state: RemoteState, charged: bool | None, error_class: str, lines: list[str]
) -> None:
    failed = state is RemoteState.FAILED
    error = ProviderError(ErrorClass.PROVIDER_TRANSIENT, "oops", charged=charged) if failed else None
    apply_answer(running, answer(state, error=error))
    assert (running.state, running.error_class) == (state.value, error_class)
    assert sorted(running.spend.values_list("kind", flat=True)) == lines
    for late in (RemoteState.RUNNING, RemoteState.FETCHING, RemoteState.FAILED):
        apply_answer(running, answer(late))
    assert running.state == state.value
    assert running.spend.count() == len(lines)


@pytest.mark.django_db
def test_what_nobody_knows_the_price_of_stays_set_aside_with_an_alarm_until_a_person_settles_it(
    running: Generation, agency: Agency
) -> None:
    """Moderation of what was rendered: some providers bill it, and the page says that another try may be charged again."""
    error = ProviderError(ErrorClass.MODERATION_OUTPUT, "moderated")
    apply_answer(running, answer(RemoteState.FAILED, error=error))
    said = list(running.timeline.values_list("words", flat=True))
    assert "0.40 USD stay set aside: nobody knows yet whether it is charged." in said
    assert not any("Nothing is charged" in words for words in said)
    assert (running.alarm, faults()) == (UNCLEAR, [])
    look_out()
    assert f"bound:{running.project_id}:USD" in Alarm.objects.open().values_list("key", flat=True)

    settle_generation(actor=agency.alice, generation=running, total_micro=0, reason="It is not on the November bill.")
    look_out()
    assert (running.alarm, faults()) == ("", [])
    assert not Alarm.objects.open().filter(key__startswith="bound:").exists()


@pytest.mark.django_db
def test_unknown_at_the_provider_is_lost_only_after_several_times_in_a_row(running: Generation) -> None:
    for _ in range(LOST_AFTER - 1):
        apply_answer(running, answer(RemoteState.LOST, "404"))
    apply_answer(running, answer(RemoteState.RUNNING))
    for _ in range(LOST_AFTER - 1):
        apply_answer(running, answer(RemoteState.LOST, "404"))
    assert running.state == State.RUNNING
    apply_answer(running, answer(RemoteState.LOST, "404"))
    assert (running.state, bool(running.alarm)) == (State.LOST, True)
    assert list(running.spend.values_list("kind", flat=True)) == ["reserved"]


@pytest.mark.django_db
def test_a_provider_that_does_not_answer_is_asked_on_and_somebody_is_told(running: Generation) -> None:
    error = ProviderError(ErrorClass.PROVIDER_TRANSIENT, "http-502")
    for _ in range(ALARM_AFTER - 1):
        apply_failure(running, error)
    assert (running.state, running.alarm) == (State.RUNNING, "")
    apply_failure(running, error)
    assert running.alarm.startswith("Cannot be asked for")
    apply_answer(running, answer(RemoteState.RUNNING))
    assert (running.alarm, running.poll_failures) == ("", 0)


@pytest.mark.django_db
def test_a_refused_key_raises_the_alarm_at_once(running: Generation) -> None:
    apply_failure(running, ProviderError(ErrorClass.AUTH, "invalid_api_key"))
    assert (running.state, bool(running.alarm)) == (State.RUNNING, True)


@pytest.mark.django_db
def test_an_account_is_polled_by_one_tracker_at_a_time(running: Generation) -> None:
    now = timezone.now()
    assert lease("one", now) == [running.account]
    assert lease("two", now) == []
    let_go("one")
    assert lease("two", now) == [running.account]
    assert lease("one", now + dt.timedelta(seconds=61)) == [running.account]


@pytest.mark.django_db
def test_the_accounts_of_a_tracker_that_was_killed_are_free_at_once(running: Generation) -> None:
    now = timezone.now()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert lease(f"{holders.machine()}:{ended.pid}:aa", now) == [running.account]
    assert lease("another", now) == [running.account]
    assert lease(f"{holders.own()}:bb", now) == []
    let_go("another")
    assert lease(f"{holders.own()}:bb", now) == [running.account]
    assert lease("another", now) == []


@pytest.mark.django_db
def test_what_a_crash_left_between_two_steps_is_mended(agency: Agency, running: Generation) -> None:
    account = running.account
    stale = launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2", params=ORDER, idempotency_key="1"
    )
    unfetched = launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2", params=ORDER, idempotency_key="2"
    )
    long_ago = timezone.now() - dt.timedelta(hours=1)
    Generation.objects.filter(pk=stale.pk).update(state=State.SUBMITTING, submitted_at=long_ago)
    Job.objects.filter(subject_id=stale.pk).update(state=JobState.DEAD, error_code="abandoned")
    Generation.objects.filter(pk=unfetched.pk).update(state=State.RUNNING, remote_id="video_2")
    unfetched.refresh_from_db()
    apply_answer(unfetched, answer(RemoteState.FETCHING))
    Job.objects.filter(kind="generation.fetch").update(state=JobState.DEAD, error_code="abandoned")
    Generation.objects.filter(pk=running.pk).update(next_poll_at=None)

    assert tend() == {
        "doubted": 1,
        "unsent": 0,
        "lost": 0,
        "looked_for": 0,
        "unfetched": 1,
        "followed": 1,
        "overdue": 0,
    }
    for each in (stale, unfetched, running):
        each.refresh_from_db()
    assert (stale.state, unfetched.state) == (State.SUBMIT_UNKNOWN, State.FAILED)
    assert Job.objects.filter(key=f"generation.reconcile:{stale.pk}", state=JobState.QUEUED).exists()
    assert (unfetched.error_class, unfetched.error_code) == ("integrity", "abandoned")
    assert running.next_poll_at is not None
    assert tend() == {
        "doubted": 0,
        "unsent": 0,
        "lost": 0,
        "looked_for": 0,
        "unfetched": 0,
        "followed": 0,
        "overdue": 0,
    }


@pytest.mark.parametrize(
    ("asked", "wished", "chance", "seconds"),
    [
        (0, None, 0.0, 10.0),
        (1, None, 0.0, 12.5),
        (50, None, 0.0, 60.0),
        (0, 3.0, 0.0, 10.0),
        (0, 30.0, 0.0, 30.0),
        (9, 12.0, 0.0, 60.0),
        (9, 90.0, 0.0, 90.0),
        (0, 7200.0, 0.0, 3600.0),
        (0, None, 0.5, 11.0),
    ],
)
def test_waits_grow_and_never_undercut_the_provider(
    asked: int, wished: float | None, chance: float, seconds: float
) -> None:
    assert seconds_until_next(asked, 10.0, wished, chance=chance) == pytest.approx(seconds)


def test_waits_never_go_below_what_the_budget_leaves_for_each_task() -> None:
    floor = floor_seconds(10_000, 1, 10_000)
    assert floor == 60.0
    assert seconds_until_next(0, 10.0, None, chance=0.9, floor=floor) == 60.0
    assert seconds_until_next(0, 10.0, 90.0, chance=0.0, floor=floor) == 90.0
    assert floor_seconds(10_000, 50, 600) == 20.0
