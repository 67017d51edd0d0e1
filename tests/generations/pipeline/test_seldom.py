"""What seldom happens on a generation's way, and what must come of it all the same."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from generations.actions.retries import retry_generation
from generations.models import Alarm, Generation, ProviderAccount, State
from generations.pipeline.cancel import cancel
from generations.pipeline.looking import late_waiting
from generations.pipeline.polling import apply_answer
from generations.pipeline.reconcile import reconcile
from generations.pipeline.submit import submit, take_in
from generations.pipeline.tending import tend
from generations.providers.base import Created, RemoteState, RemoteTask
from sorahub.jobs.errors import Retry
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import enqueue
from tests.generations.factories import small_mp4, track_once, uploaded_clip
from tests.generations.pipeline.rows import launched, running
from tests.generations.providers.canned import said
from tests.lib.servers import serving
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


def job_of(generation: Generation, step: str, **facts: object) -> Job:
    with transaction.atomic():
        payload, key = {"generation": str(generation.pk)}, f"generation.{step}:{generation.pk}"
        job = enqueue(f"generation.{step}", key=key, payload={**payload}, subject_id=generation.pk)
    Job.objects.filter(pk=job.pk).update(**facts)
    job.refresh_from_db()
    return job


def kinds(generation: Generation) -> list[str]:
    return sorted(generation.spend.values_list("kind", flat=True))


def test_what_somebody_cancelled_while_it_was_being_sent_is_not_sent_again(agency: Agency) -> None:
    """The provider had no place for it, so it waits again; the wish to cancel it came in between."""
    generation = launched(agency, cancel_requested_at=timezone.now())
    assert submit(job_of(generation, "submit")) == State.CANCELLED
    assert kinds(generation) == ["released", "reserved"]


def test_one_given_up_without_an_id_that_the_provider_took_all_the_same_is_asked_for(agency: Agency) -> None:
    generation = launched(agency, state=State.LOST, finished_at=timezone.now())
    take_in(generation, Created("video_late", RemoteState.QUEUED, "queued"), 5)
    generation.refresh_from_db()
    assert (generation.state, generation.remote_id) == (State.LOST, "video_late")
    assert generation.next_poll_at is not None


def test_a_day_in_line_is_no_reason_to_give_up_at_the_first_trouble(agency: Agency) -> None:
    account = provider_account("http://127.0.0.1:9")
    generation = launched(agency, account, created_at=timezone.now() - dt.timedelta(days=3))
    job = job_of(generation, "submit", state=JobState.RUNNING, lease_until=timezone.now(), error_code="rate_limited")
    generation.timeline.create(kind="call", words="Not taken, and nothing was made; it is sent again later.")
    with pytest.raises(Exception, match="not available"):
        submit(job)
    generation.refresh_from_db()
    assert generation.state == State.RESERVED
    generation.timeline.update(at=timezone.now() - dt.timedelta(hours=25))
    submit(job)
    generation.refresh_from_db()
    assert (generation.state, generation.error_code) == (State.FAILED, "never-sent")


def test_one_that_cannot_be_mended_holds_up_nobody_else(agency: Agency) -> None:
    account = provider_account(route="sandbox-ark")
    broken = running(agency, account, model="seedance-2.0", state=State.FETCHING, params={}, actual={"tokens": 5})
    job_of(broken, "fetch", state=JobState.DEAD)
    late = running(agency, account, deadline_at=timezone.now() - dt.timedelta(hours=3), poll_failures=1)
    found = tend()
    late.refresh_from_db()
    assert (found["unfetched"], found["overdue"], late.state) == (0, 1, State.LOST)


def test_a_word_that_comes_after_the_file_was_there_ends_nothing(agency: Agency) -> None:
    generation = running(agency)
    task = RemoteTask(str(generation.remote_id), RemoteState.FETCHING, "completed")
    apply_answer(generation, task)
    apply_answer(generation, replace(task, state=RemoteState.FAILED, raw_state="failed"))
    assert (generation.state, kinds(generation)) == (State.FETCHING, ["reserved"])


def test_the_wish_to_cancel_outlives_a_long_doubt(agency: Agency) -> None:
    generation = running(agency, state=State.SUBMIT_UNKNOWN, remote_id=None)
    facts = {"state": JobState.RUNNING, "attempt": 50, "max_attempts": 50}
    job = job_of(generation, "cancel", lease_until=timezone.now(), **facts)
    with pytest.raises(Retry, match="under which id"):
        cancel(job)
    job.refresh_from_db()
    assert job.max_attempts == 51


def test_standing_in_line_uses_no_attempts_up(agency: Agency) -> None:
    account = provider_account()
    ProviderAccount.objects.filter(pk=account.pk).update(paused_at=timezone.now())
    facts = {"state": JobState.RUNNING, "attempt": 10_000, "max_attempts": 10_000}
    job = job_of(launched(agency, account), "submit", lease_until=timezone.now(), **facts)
    with pytest.raises(Retry, match="paused"):
        submit(job)
    job.refresh_from_db()
    assert job.max_attempts == 10_001


@pytest.mark.django_db(transaction=True)
def test_an_account_that_cannot_even_be_spoken_to_says_so(agency: Agency) -> None:
    account = provider_account()
    ProviderAccount.objects.filter(pk=account.pk).update(sealed_key="broken")
    running(agency, account)
    track_once()
    alarm = Alarm.objects.get(kind=Alarm.Kind.UNREACHABLE, key=str(account.pk))
    assert "cannot be asked" in alarm.message


def test_the_first_answer_after_silence_is_not_the_last_look(agency: Agency) -> None:
    """The provider was away for long, and its list is a moment behind when it comes back."""
    with serving(said(200, {"object": "list", "data": []})) as server:
        account = provider_account(f"{server.url}/v1")
        generation = running(agency, account, state=State.SUBMIT_UNKNOWN, remote_id=None)
        facts = {"state": JobState.RUNNING, "attempt": 40, "max_attempts": 1000, "error_code": "http-connect-failed"}
        job = job_of(generation, "reconcile", lease_until=timezone.now(), **facts)
        with pytest.raises(Retry, match="does not show it yet"):
            reconcile(job)
        job.error_code = "not-found-yet"
        assert reconcile(job) == State.LOST


def test_one_that_was_given_up_long_ago_is_not_asked_for_for_ever(agency: Agency) -> None:
    now = timezone.now()
    lost = running(agency, state=State.LOST, finished_at=now - dt.timedelta(days=59), next_poll_at=now)
    assert late_waiting(now) == {lost.account_id: 1}
    assert late_waiting(now + dt.timedelta(days=2)) == {}


def test_a_repetition_whose_clip_came_late_is_not_paid_for_again(agency: Agency, tmp_path: Path) -> None:
    first = running(agency, state=State.FAILED)
    clip = uploaded_clip(agency.alice, agency.aurora, small_mp4(tmp_path / "take.mp4"))
    again = launched(agency, first.account, state=State.LOST, retry_of=first, clip=clip)
    assert retry_generation(actor=agency.alice, generation=first) == again
