"""Many workers at once, on real connections."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from sorahub.jobs.models import Job
from sorahub.jobs.queue import enqueue
from sorahub.jobs.runner import run_one
from tests.jobs.effects import count

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_eight_workers_kicked_for_the_same_jobs_do_each_once() -> None:
    for number in range(4):
        with transaction.atomic():
            enqueue("tests.effect", key=f"k{number}", payload={"name": f"n{number}"})
    start = threading.Barrier(8)
    jobs = [job.pk for job in Job.objects.all()]

    def worker(_: int) -> list[str]:
        start.wait(10)
        try:
            return [run_one(pk) for pk in jobs]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        states = [state for done in pool.map(worker, range(8)) for state in done]
    assert (states.count("succeeded"), states.count("skipped")) == (4, 28)
    assert [count(f"n{number}") for number in range(4)] == [1, 1, 1, 1]


def test_a_key_enqueued_by_eight_at_once_is_one_job() -> None:
    start = threading.Barrier(8)

    def worker(_: int) -> object:
        start.wait(10)
        try:
            with transaction.atomic():
                return enqueue("tests.effect", key="same", payload={"name": "same"}).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(worker, range(8)))
    assert (len(made), Job.objects.count()) == (1, 1)
