"""Back-off, the cluster's numbers, the verdict on a frozen cluster, and the schedule table."""

import importlib

import pytest
from django.conf import settings
from django_q.models import Schedule

from sorahub.jobs import registry, schedules
from sorahub.jobs.backoff import seconds_before
from sorahub.jobs.cluster import q_cluster_settings, retry_after
from sorahub.jobs.watchdog import Signs, frozen


def test_waits_double_are_spread_and_have_a_ceiling() -> None:
    assert [seconds_before(attempt, chance=0.5) for attempt in (1, 2, 3, 4)] == [2.0, 4.0, 8.0, 16.0]
    assert seconds_before(3, chance=0.0) == 4.0
    assert seconds_before(30, chance=0.5) == 600.0


def test_a_pulled_row_comes_back_only_after_everything_before_it_may_have_run() -> None:
    assert retry_after(timeout=600, workers=2, queue_limit=2, bulk=1) == 600 * 3 + 31
    assert retry_after(timeout=60, workers=4, queue_limit=4, bulk=10) == 60 * 5 + 31


def test_the_queue_only_kicks() -> None:
    numbers = q_cluster_settings(workers=2, timeout=600)
    assert (numbers["max_attempts"], numbers["ack_failures"], numbers["catch_up"]) == (1, True, False)
    assert (numbers["orm"], numbers["queue_limit"], numbers["retry"]) == ("default", 2, 1831)
    assert settings.Q_CLUSTER["retry"] > settings.Q_CLUSTER["timeout"] * 2


@pytest.mark.parametrize(
    ("signs", "verdict"),
    [
        (Signs(silent=200, waited=200, busy=0, workers=2), True),
        (Signs(silent=200, waited=200, busy=1, workers=2), True),
        (Signs(silent=200, waited=200, busy=2, workers=2), False),
        (Signs(silent=100, waited=900, busy=0, workers=2), False),
        (Signs(silent=900, waited=0, busy=0, workers=2), False),
        (Signs(silent=900, waited=100, busy=0, workers=2), False),
    ],
)
def test_a_cluster_is_frozen_when_silent_beside_waiting_work_and_not_busy(signs: Signs, *, verdict: bool) -> None:
    assert frozen(signs, limit=180) is verdict


def test_every_declared_schedule_names_a_function_that_exists() -> None:
    names = [entry.name for entry in registry.repeating()]
    assert {"sorahub.jobs.beat", "sorahub.jobs.sweep", "sorahub.jobs.prune"} <= set(names)
    for entry in registry.repeating():
        module, _, function = entry.function.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.django_db
def test_installing_schedules_twice_leaves_one_good_row_each() -> None:
    wanted = schedules.install()
    Schedule.objects.filter(name="sorahub.jobs.sweep").update(func="gone.away", minutes=7)
    Schedule.objects.create(name="sorahub.jobs.beat", func="sorahub.jobs.tasks.beat")
    Schedule.objects.create(name="sorahub.old", func="gone.away")
    Schedule.objects.create(name="an operator's own", func="math.floor")
    schedules.install()
    ours = Schedule.objects.filter(name__startswith="sorahub.").order_by("name")
    assert [row.name for row in ours] == wanted
    assert ours.get(name="sorahub.jobs.sweep").func == "sorahub.jobs.tasks.sweep"
    assert Schedule.objects.filter(name="an operator's own").exists()


def test_a_kind_has_one_handler() -> None:
    with pytest.raises(ValueError, match="already have a handler"):
        registry.handler("tests.effect")(lambda job: None)
