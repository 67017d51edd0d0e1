"""Cancelling: at once before it is sent, by the provider where it can, honestly refused where it cannot; a clip wins."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from generations.actions.cancelling import cancel_generation
from generations.actions.launches import launch_generation
from generations.models import Alarm, Generation, ProviderAccount, State
from generations.pipeline import cancel as cancelling
from generations.pipeline.lookout import look_out
from generations.pipeline.moves import move
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain, run_one
from sorahub.lib.errors import Conflict, Refused
from tests.generations.factories import carry, track_once
from tests.generations.pipeline.rows import running
from tests.generations.sandbox.process import RunningSandbox, running_sandbox
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
QUICK = ("-m", "tests.generations.quick_sandbox")
ARK: dict[str, Any] = {"model": "seedance-2.0-fast", "params": {"seconds": 4, "size": "864x496"}}
EXAMPLE: dict[str, Any] = {"model": "example", "params": {"seconds": 4, "size": "854x480"}}


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A service whose tasks wait in its queue for good."""
    with running_sandbox(tmp_path_factory.mktemp("idle"), "--speed", "600", program=QUICK) as service:
        yield service


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A service that begins at once."""
    with running_sandbox(tmp_path_factory.mktemp("busy"), "--speed", "0", program=QUICK) as service:
        yield service


def account_at(service: RunningSandbox, route: str, dialect: str, path: str) -> ProviderAccount:
    account = provider_account(f"{service.url}{path}", route=route)
    account.dialect = dialect
    account.sealed_webhook_secret = ""
    account.save()
    return account


def ark(service: RunningSandbox) -> ProviderAccount:
    return account_at(service, "sandbox-ark", "ark", "/api/v3")


def example(service: RunningSandbox) -> ProviderAccount:
    return account_at(service, "sandbox-example", "declared:example", "/example")


def sent(agency: Agency, account: ProviderAccount, order: dict[str, Any]) -> Generation:
    generation = launch_generation(actor=agency.alice, prompt=agency.prompt, account=account, **order)
    drain()
    generation.refresh_from_db()
    assert generation.state == State.QUEUED, generation.error_message
    return generation


def tracked_until(generation: Generation, *states: State) -> None:
    deadline = time.monotonic() + 60
    while generation.state not in states:
        assert time.monotonic() < deadline, f"still {generation.state}"
        track_once()
        time.sleep(0.05)
        generation.refresh_from_db()


def money(generation: Generation) -> list[str]:
    return sorted(generation.spend.values_list("kind", flat=True))


def story(generation: Generation) -> str:
    return " ".join(generation.timeline.values_list("words", flat=True))


def test_a_task_that_still_waits_is_cancelled_there_and_costs_nothing(agency: Agency, idle: RunningSandbox) -> None:
    generation = cancel_generation(actor=agency.alice, generation=sent(agency, ark(idle), ARK))
    assert generation.cancel_requested_at is not None
    drain()
    generation.refresh_from_db()
    assert (generation.state, generation.error_message) == (State.CANCELLED, cancelling.FREE)
    assert money(generation) == ["released", "reserved"]
    assert "Asked the provider to cancel it." in story(generation)
    with pytest.raises(Conflict):
        cancel_generation(actor=agency.alice, generation=generation)


def test_asking_twice_asks_once(agency: Agency, idle: RunningSandbox) -> None:
    generation = sent(agency, ark(idle), ARK)
    first = cancel_generation(actor=agency.alice, generation=generation).cancel_requested_at
    assert cancel_generation(actor=agency.alice, generation=generation).cancel_requested_at == first
    assert Job.objects.filter(kind="generation.cancel").count() == 1


def test_what_is_being_rendered_cannot_be_cancelled_where_only_the_queue_can(
    agency: Agency, busy: RunningSandbox
) -> None:
    generation = running(agency, ark(busy), model=ARK["model"], params=ARK["params"])
    with pytest.raises(Refused) as refused:
        cancel_generation(actor=agency.alice, generation=generation)
    assert refused.value.code == "cannot-cancel"
    assert "cancels only what still waits in its queue" in refused.value.message
    generation.refresh_from_db()
    assert generation.cancel_requested_at is None


def test_where_there_is_no_cancel_it_is_refused_by_name(agency: Agency) -> None:
    with pytest.raises(Refused) as refused:
        cancel_generation(actor=agency.alice, generation=running(agency))
    assert "offers no way to cancel" in refused.value.message
    assert not Job.objects.filter(kind="generation.cancel").exists()


def test_a_wish_that_comes_too_late_is_told_and_the_clip_comes(agency: Agency, busy: RunningSandbox) -> None:
    generation = sent(agency, ark(busy), ARK)
    cancel_generation(actor=agency.alice, generation=generation)
    tracked_until(generation, State.RUNNING, State.FETCHING)
    generation = carry(generation)
    assert generation.state == State.SUCCEEDED, generation.error_message
    assert money(generation) == ["reserved", "settled"]


def test_a_task_cancelled_while_it_renders_keeps_its_money_set_aside_until_a_person_knows(
    agency: Agency, busy: RunningSandbox
) -> None:
    never = agency.shot.prompts.create(version=9, text="A fox sandbox:never-finishes", created_by=agency.alice)
    generation = launch_generation(actor=agency.alice, prompt=never, account=example(busy), **EXAMPLE)
    drain()
    tracked_until(generation, State.RUNNING)
    cancel_generation(actor=agency.alice, generation=generation)
    drain()
    generation.refresh_from_db()
    assert generation.state == State.CANCELLED, story(generation)
    assert money(generation) == ["reserved"]
    look_out()
    assert "stay set aside" in Alarm.objects.open().get(kind=Alarm.Kind.MONEY).message


def test_a_clip_that_is_finished_first_wins(agency: Agency, busy: RunningSandbox) -> None:
    generation = sent(agency, ark(busy), ARK)
    cancel_generation(actor=agency.alice, generation=generation)
    move(generation, State.FETCHING)
    job = Job.objects.get(kind="generation.cancel")
    run_one(job.pk)
    generation.refresh_from_db()
    assert generation.state == State.FETCHING
    with pytest.raises(Refused) as refused:
        cancel_generation(actor=agency.alice, generation=generation)
    assert "finished already" in refused.value.message


def test_a_wish_before_the_id_is_known_waits_for_it(agency: Agency, idle: RunningSandbox) -> None:
    generation = running(agency, ark(idle), model=ARK["model"], params=ARK["params"], state=State.SUBMIT_UNKNOWN)
    cancel_generation(actor=agency.alice, generation=generation)
    job = Job.objects.get(kind="generation.cancel")
    run_one(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("queued", "not-sent-yet")
