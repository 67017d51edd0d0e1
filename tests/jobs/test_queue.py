"""A job is a row written with its cause; whatever kicks it and however often, its effect happens once."""

import datetime as dt
import subprocess
import sys
from uuid import UUID

import pytest
import time_machine
from django.db import transaction
from django.db.transaction import TransactionManagementError
from django.utils import timezone
from django_q.models import OrmQ

from sorahub.jobs import holders
from sorahub.jobs.errors import LeaseLost
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import enqueue
from sorahub.jobs.runner import claim, drain, run_one
from sorahub.jobs.sweeper import prune, release_orphans, sweep
from sorahub.jobs.tasks import run
from sorahub.lib.correlation import correlated, request_id
from tests.jobs.effects import count, happen

pytestmark = [pytest.mark.django_db, pytest.mark.core]
CLIP = UUID("01900000-0000-7000-8000-000000000001")


def put(kind: str, name: str = "one", **options: object) -> Job:
    with transaction.atomic():
        return enqueue(f"tests.{kind}", key=f"{kind}:{name}", payload={"name": name}, **options)  # type: ignore[arg-type]


def reread(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_a_job_and_its_kick_are_written_together() -> None:
    job = put("effect")
    row = OrmQ.objects.get(pk=job.queue_row)
    assert row.task["func"] == "sorahub.jobs.tasks.run"
    assert row.task["args"] == (str(job.pk),)
    assert row.task["ack_failure"] is True


@pytest.mark.django_db(transaction=True)
def test_neither_job_nor_kick_survives_a_rollback() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue("tests.effect", key="k", payload={})
        raise RuntimeError("the cause failed")
    assert (Job.objects.count(), OrmQ.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_job_without_the_transaction_of_its_cause_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        enqueue("tests.effect", key="k", payload={})
    assert Job.objects.count() == 0


def test_the_same_key_is_the_same_job() -> None:
    first, second = put("effect"), put("effect", max_attempts=9)
    assert first.pk == second.pk
    assert (second.max_attempts, OrmQ.objects.count()) == (5, 1)


def test_a_later_job_is_kicked_for_its_time() -> None:
    later = timezone.now() + dt.timedelta(hours=1)
    job = put("effect", run_at=later)
    assert OrmQ.objects.get(pk=job.queue_row).lock == later
    assert (drain(), run_one(job.pk), count("one")) == (0, "skipped", 0)
    with time_machine.travel(later + dt.timedelta(seconds=1), tick=False):
        assert drain() == 1
    assert count("one") == 1


def test_six_jobs_enqueued_twice_and_kicked_thrice_have_one_effect_each() -> None:
    names = [f"n{number}" for number in range(6)]
    jobs = [put("effect", name) for name in names * 2]
    states = [run(str(job.pk)) for job in jobs * 3]
    assert states.count("succeeded") == 6
    assert states.count("skipped") == 30
    assert [count(name) for name in names] == [1] * 6


def test_a_finished_job_says_what_came_of_it() -> None:
    job = put("effect", subject_id=CLIP)
    drain()
    done = reread(job)
    assert (done.state, done.result, done.attempt, done.lease_until) == ("succeeded", {"attempt": 1}, 1, None)
    assert done.subject_id == CLIP
    assert done.finished_at is not None


def test_a_job_remembers_the_request_that_caused_it() -> None:
    with correlated(request="req-7"):
        job = put("effect")
    assert reread(job).request_id == "req-7"
    assert request_id.get() == ""


def test_an_effect_that_raises_is_rolled_back_and_tried_again() -> None:
    job = put("crash_within_effect")
    assert run_one(job.pk) == "queued"
    waiting = reread(job)
    assert (count("one"), waiting.error_code, waiting.error_message) == (0, "RuntimeError", "before the commit")
    assert (waiting.run_at - timezone.now()).total_seconds() + 0.5 >= 1.0
    with time_machine.travel(waiting.run_at + dt.timedelta(seconds=1), tick=False):
        assert run_one(job.pk) == "succeeded"
    assert count("one") == 1


def test_a_handler_that_raises_after_its_commit_is_not_run_again() -> None:
    job = put("crash_after_effect")
    run_one(job.pk)
    assert (reread(job).state, count("one"), drain()) == ("succeeded", 1, 0)


def test_retry_puts_the_job_back_for_the_given_time_and_kicks_it_then() -> None:
    job = put("retry")
    before = timezone.now()
    assert run_one(job.pk) == "queued"
    waiting = reread(job)
    assert 30 <= (waiting.run_at - before).total_seconds() < 35
    assert OrmQ.objects.get(pk=waiting.queue_row).lock == waiting.run_at
    assert waiting.error_code == "busy"


def test_a_retryable_failure_backs_off_and_is_dead_after_its_last_attempt() -> None:
    job = put("unavailable", max_attempts=2)
    assert run_one(job.pk) == "queued"
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=5), tick=False):
        assert run_one(job.pk) == "dead"
    assert (reread(job).state, reread(job).error_code) == (JobState.DEAD, "away")


def test_a_rule_that_says_no_ends_the_job_at_once() -> None:
    job = put("refused")
    assert run_one(job.pk) == "failed"
    ended = reread(job)
    assert (ended.error_code, ended.error_message, ended.attempt) == ("rule-x", "A rule says no.", 1)


def test_a_kind_nobody_handles_fails_plainly() -> None:
    job = put("nobody")
    assert run_one(job.pk) == "failed"
    assert reread(job).error_code == "no-handler"


def test_a_zombie_cannot_write_once_another_attempt_has_taken_over() -> None:
    job = put("effect")
    zombie = claim(job.pk)
    assert zombie is not None
    assert claim(job.pk) is None
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1), tick=False):
        assert run_one(job.pk) == "succeeded"
    with pytest.raises(LeaseLost), zombie.fenced():
        happen("zombie")
    with pytest.raises(LeaseLost):
        zombie.renew()
    assert (count("one"), count("zombie"), reread(job).attempt) == (1, 0, 2)


def test_progress_keeps_the_lease_and_leaves_the_job_open() -> None:
    job = claim(put("effect").pk)
    assert job is not None
    with job.fenced(final=False):
        happen("progress")
    assert (reread(job).state, count("progress")) == (JobState.RUNNING, 1)
    job.renew(1000)
    lease = reread(job).lease_until
    assert lease is not None
    assert (lease - timezone.now()).total_seconds() > 900


def test_a_kinds_own_lease_is_the_one_that_is_renewed() -> None:
    job = claim(put("slow").pk)
    assert job is not None
    job.renew()
    lease = reread(job).lease_until
    assert lease is not None
    assert (lease - timezone.now()).total_seconds() <= 0.2


def test_the_sweeper_kicks_what_lost_its_kick_and_leaves_the_rest() -> None:
    lost, kept = put("effect", "lost"), put("effect", "kept")
    OrmQ.objects.filter(pk=lost.queue_row).delete()
    assert sweep() == {"dead": 0, "kicked": 1}
    assert OrmQ.objects.filter(pk=reread(lost).queue_row).exists()
    assert reread(kept).queue_row == kept.queue_row
    assert sweep() == {"dead": 0, "kicked": 0}


def test_the_sweeper_wakes_an_abandoned_attempt_and_buries_the_last_one() -> None:
    job = put("effect", max_attempts=2)
    claim(job.pk)
    OrmQ.objects.all().delete()
    assert sweep()["kicked"] == 0
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1), tick=False):
        assert sweep()["kicked"] == 1
        claim(job.pk)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=3), tick=False):
        assert sweep()["dead"] == 1
    assert (reread(job).state, reread(job).error_code) == (JobState.DEAD, "abandoned")


def test_pruning_keeps_what_a_person_may_still_need() -> None:
    done, failed, waiting = put("effect"), put("refused"), put("retry")
    drain(3)
    with time_machine.travel(timezone.now() + dt.timedelta(days=31), tick=False):
        assert prune() == 1
    left = set(Job.objects.values_list("pk", flat=True))
    assert left == {failed.pk, waiting.pk}
    assert done.pk not in left


def _working_for(holder: str) -> Job:
    """A job with a long lease in the hands of ``holder``."""
    job = claim(put("effect", holder).pk)
    assert job is not None
    job.renew(900)
    Job.objects.filter(pk=job.pk).update(holder=holder)
    return job


def test_a_job_whose_worker_was_killed_comes_back_without_waiting_for_its_lease() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    orphan = _working_for(f"{holders.machine()}:{ended.pid}")
    ours, elsewhere = _working_for(holders.own()), _working_for(f"another-machine:{ended.pid}")
    assert release_orphans() == 1
    assert release_orphans() == 0
    assert run_one(ours.pk) == run_one(elsewhere.pk) == "skipped"
    assert OrmQ.objects.filter(pk=reread(orphan).queue_row, lock__lte=timezone.now()).exists()
    assert run_one(orphan.pk) == JobState.SUCCEEDED
    assert (reread(orphan).attempt, reread(orphan).holder) == (2, holders.own())
    with pytest.raises(LeaseLost), orphan.fenced():
        happen("zombie")
    assert count("zombie") == 0
