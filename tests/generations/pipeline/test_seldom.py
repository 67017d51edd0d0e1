"""What seldom happens on a generation's way, and what must come of it all the same."""

import datetime as dt

import pytest
from django.db import transaction
from django.utils import timezone

from generations.models import Generation, State
from generations.pipeline.submit import submit, take_in
from generations.pipeline.tending import tend
from generations.providers.base import Created, RemoteState
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import enqueue
from tests.generations.pipeline.rows import launched, running
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
