"""Launching: everything is refused before money is reserved, and nothing is ever launched twice by accident."""

import datetime as dt
import json
from collections.abc import Callable

import pytest
import time_machine

from generations import catalog
from generations.actions.batches import launch_batch
from generations.actions.cancelling import cancel_generation
from generations.actions.launches import launch_generation, preview
from generations.actions.projects import archive_project
from generations.actions.retries import retry_generation
from generations.models import Batch, ErrorClass, Generation, Prompt, ProviderAccount, SpendEntry, State
from generations.pipeline.endings import fail
from sorahub.accounts.models import User
from sorahub.jobs.models import Job
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, Refused
from tests.generations.factories import ORDER
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(agency: Agency) -> ProviderAccount:
    return provider_account()


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Generation, SpendEntry, Job, Event, Batch))


def refused(error: type[DomainError], act: Callable[[], object]) -> DomainError:
    """Run what must be refused; prove that no row came of it."""
    before = counts()
    with pytest.raises(error) as caught:
        act()
    assert counts() == before
    return caught.value


def launch(agency: Agency, account: ProviderAccount, **changes: object) -> Generation:
    facts = {
        "actor": agency.alice,
        "prompt": agency.prompt,
        "account": account,
        "model": "sora-2",
        "params": ORDER,
        **changes,
    }
    return launch_generation(**facts)  # type: ignore[arg-type]


def test_launching_reserves_money_enqueues_and_is_ledgered_without_the_words(
    agency: Agency, account: ProviderAccount
) -> None:
    generation = launch(agency, account, params={"seconds": "8", "size": "1280x720", "seed": 7})
    assert generation.state == State.RESERVED
    assert generation.params == {"seconds": 8, "size": "1280x720", "seed": 7}
    assert (generation.estimate_micro, generation.currency, generation.capability_version) == (
        800_000,
        "USD",
        catalog.capability("sandbox", "sora-2", "text_to_video").stamp,
    )
    assert list(generation.spend.values_list("kind", "amount_micro")) == [("reserved", 800_000)]
    job = Job.objects.get(kind="generation.submit")
    assert (job.key, job.state) == (f"generation.submit:{generation.pk}", "queued")
    event = Event.objects.get(kind="generation.launched")
    assert event.subject_id == generation.pk
    assert agency.prompt.text not in event.body
    assert json.loads(event.body)["estimate_micro"] == 800_000
    assert agency.aurora.pulse.version == 1


def test_a_retired_model_is_refused_with_its_date(agency: Agency) -> None:
    openai = provider_account(route="openai")
    with time_machine.travel(dt.datetime(2026, 9, 24, tzinfo=dt.UTC), tick=False):
        error = refused(Refused, lambda: launch(agency, openai))
    assert error.code == "retired"
    assert "2026-09-24" in error.message
    assert error.reasons[0]["field"] == "model"


@pytest.mark.parametrize(
    ("params", "codes"),
    [
        ({"seconds": 5, "size": "1280x720"}, ["seconds"]),
        ({"seconds": 4, "size": "640x360"}, ["size"]),
        ({"seconds": 5, "size": "640x360"}, ["seconds", "size"]),
        ({"seconds": 4, "size": "1280x720", "seed": 2**32}, ["seed-range"]),
    ],
)
def test_what_the_model_cannot_do_is_refused_with_every_reason(
    agency: Agency, account: ProviderAccount, params: dict[str, object], codes: list[str]
) -> None:
    error = refused(Refused, lambda: launch(agency, account, params=params))
    assert [reason["code"] for reason in error.reasons] == codes


@pytest.mark.parametrize(
    "params",
    [
        {"seconds": "four", "size": "1280x720"},
        {"seconds": 4, "size": "wide"},
        {"seconds": 4, "size": "1280x720", "seed": -1},
        {"seconds": 4, "size": "1280x720", "quality": "best"},
        {"seconds": True, "size": "1280x720"},
    ],
)
def test_malformed_parameters_are_named(agency: Agency, account: ProviderAccount, params: dict[str, object]) -> None:
    error = refused(InvalidInput, lambda: launch(agency, account, params=params))
    assert error.fields


def test_a_switched_off_account_and_an_archived_project_are_refused(agency: Agency, account: ProviderAccount) -> None:
    account.enabled = False
    account.save()
    archive_project(actor=agency.alice, project=agency.aurora)
    fresh = Prompt.objects.get(pk=agency.prompt.pk)
    error = refused(Refused, lambda: launch(agency, account, prompt=fresh))
    assert [reason["code"] for reason in error.reasons] == ["project-archived", "account-disabled"]


@pytest.mark.parametrize("name", ["bob", "lena", "dora", "carol", "ada"])
def test_only_producers_launch(agency: Agency, account: ProviderAccount, name: str) -> None:
    actor: User = getattr(agency, name)
    refused(Forbidden, lambda: launch(agency, account, actor=actor))


def test_another_clients_prompt_does_not_exist(agency: Agency, account: ProviderAccount) -> None:
    agency.alice.memberships.all().delete()
    refused(NotFound, lambda: launch(agency, account))


def test_a_preview_says_cost_and_refusals_and_writes_nothing(agency: Agency, account: ProviderAccount) -> None:
    before = counts()
    seen = preview(
        actor=agency.alice,
        prompt=agency.prompt,
        account=account,
        model="sora-2",
        mode="text_to_video",
        params={"seconds": 12, "size": "720x1280", "seed": ""},
    )
    assert (seen.refusals, seen.estimate and seen.estimate.micro) == ([], 1_200_000)
    assert counts() == before


def test_an_idempotency_key_launches_once(agency: Agency, account: ProviderAccount) -> None:
    first = launch(agency, account, idempotency_key="k-1")
    before = counts()
    assert launch(agency, account, idempotency_key="k-1") == first
    assert counts() == before
    error = refused(Refused, lambda: launch(agency, account, idempotency_key="k-1", params={**ORDER, "seconds": 8}))
    assert error.code == "idempotency-mismatch"
    refused(InvalidInput, lambda: launch(agency, account, idempotency_key="k" * 101))


def test_cancelling_before_it_is_sent_frees_the_money(agency: Agency, account: ProviderAccount) -> None:
    generation = cancel_generation(actor=agency.alice, generation=launch(agency, account))
    assert generation.state == State.CANCELLED
    assert sorted(generation.spend.values_list("kind", "amount_micro")) == [
        ("released", -400_000),
        ("reserved", 400_000),
    ]
    assert Event.objects.filter(kind="generation.ended", actor=agency.alice.pk).count() == 1
    refused(Conflict, lambda: cancel_generation(actor=agency.alice, generation=generation))


def test_what_the_provider_has_cannot_be_cancelled(agency: Agency, account: ProviderAccount) -> None:
    generation = launch(agency, account)
    Generation.objects.filter(pk=generation.pk).update(state=State.RUNNING, remote_id="video_1")
    error = refused(Refused, lambda: cancel_generation(actor=agency.alice, generation=generation))
    assert error.code == "cannot-cancel"


def test_a_failed_generation_is_launched_again_once_however_often_one_clicks(
    agency: Agency, account: ProviderAccount
) -> None:
    generation = launch(agency, account)
    refused(Conflict, lambda: retry_generation(actor=agency.alice, generation=generation))
    fail(generation, ErrorClass.PROVIDER_TRANSIENT, "failed", "A fault.")
    again = retry_generation(actor=agency.alice, generation=generation)
    assert (again.retry_of, again.params, again.state) == (generation, generation.params, State.RESERVED)
    before = counts()
    assert retry_generation(actor=agency.alice, generation=generation) == again
    assert counts() == before


def test_a_batch_is_launched_whole_or_not_at_all(agency: Agency, account: ProviderAccount) -> None:
    second = Prompt.objects.create(shot=agency.shot, version=2, text="A lighthouse at dusk", created_by=agency.alice)
    facts = {"actor": agency.alice, "name": "Light", "prompts": [agency.prompt, second], "account": account}
    refused(Refused, lambda: launch_batch(**facts, model="sora-2", params={**ORDER, "seconds": 5}))  # type: ignore[arg-type]
    batch = launch_batch(**facts, model="sora-2", params=ORDER)  # type: ignore[arg-type]
    assert batch.generations.count() == 2
    keyed = launch_batch(**facts, model="sora-2", params=ORDER, idempotency_key="b-1")  # type: ignore[arg-type]
    again = launch_batch(**facts, model="sora-2", params=ORDER, idempotency_key="b-1")  # type: ignore[arg-type]
    assert again == keyed != batch
    assert SpendEntry.objects.count() == 4
