"""What a provider's moods do to a generation: refusals, faults, silence. The words in the prompts are the sandbox's own."""

import json
from collections.abc import Iterator

import pytest
from django.utils import timezone

from generations.actions.launches import launch_generation
from generations.actions.retries import retry_generation
from generations.models import Clip, Generation, Prompt, ProviderAccount, SpendEntry, State
from generations.models.generation import POLLED
from generations.pipeline import reconcile
from generations.pipeline.billing import UNCLEAR
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from tests.generations.factories import ORDER, QUICK, Sandbox, carry, running_sandbox
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), script=QUICK) as service:
        yield service


@pytest.fixture
def account(agency: Agency, sandbox: Sandbox) -> ProviderAccount:
    return provider_account(sandbox.base_url)


def launch(agency: Agency, account: ProviderAccount, text: str) -> Generation:
    version = agency.shot.prompts.count() + 1
    prompt = Prompt.objects.create(shot=agency.shot, version=version, text=text, created_by=agency.alice)
    return launch_generation(actor=agency.alice, prompt=prompt, account=account, model="sora-2", params=ORDER)


def money(generation: Generation) -> dict[str, int]:
    return dict(SpendEntry.objects.filter(generation=generation).values_list("kind", "amount_micro"))


def job_of(generation: Generation, step: str) -> Job:
    return Job.objects.get(key=f"generation.{step}:{generation.pk}")


def test_a_prompt_refused_by_moderation_fails_and_frees_its_money(
    agency: Agency, account: ProviderAccount, sandbox: Sandbox
) -> None:
    text = "Refused at the door sandbox:moderated-input"
    generation = carry(launch(agency, account, text))
    assert (generation.state, generation.error_class) == ("failed", "moderation_input")
    assert generation.error_code == "moderation_blocked"
    assert generation.remote_id is None
    assert money(generation) == {"reserved": 400_000, "released": -400_000}
    assert sandbox.creates(text) == 1


@pytest.mark.long
def test_a_clip_refused_after_rendering_fails_with_its_own_class(agency: Agency, account: ProviderAccount) -> None:
    generation = carry(launch(agency, account, "Refused at the end sandbox:moderated-output"))
    assert (generation.state, generation.error_class) == ("failed", "moderation_output")
    assert generation.raw_state == "failed"
    assert not Clip.objects.exists()
    assert money(generation) == {"reserved": 400_000}  # it was rendered, and the provider tells no price: nobody knows
    assert generation.alarm == UNCLEAR


def test_a_server_error_is_never_sent_again_by_itself_but_by_a_person(
    agency: Agency, account: ProviderAccount, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "WAITS", (0.1, 0.1))
    text = "A fault in between sandbox:server-error"
    generation = carry(launch(agency, account, text))
    assert (generation.state, generation.error_class) == ("lost", "ambiguous_submit")
    assert "launch it again" in generation.alarm
    assert money(generation) == {"reserved": 400_000}
    assert sandbox.creates(text) == 1
    assert job_of(generation, "reconcile").attempt == 3

    again = carry(retry_generation(actor=agency.alice, generation=generation))
    assert (again.state, again.retry_of) == ("succeeded", generation)
    assert sandbox.creates(text) == 2


def test_a_rate_limit_rests_the_whole_account_and_is_waited_out(agency: Agency, account: ProviderAccount) -> None:
    generation = launch(agency, account, "In a hurry sandbox:rate-limit")
    before = timezone.now()
    drain()
    generation.refresh_from_db()
    account.refresh_from_db()
    assert (generation.state, generation.error_class) == ("reserved", "rate_limited")
    assert account.resume_at is not None
    assert 1.5 < (account.resume_at - before).total_seconds() < 4
    assert carry(generation).state == State.SUCCEEDED


def test_a_truncated_download_is_fetched_again(agency: Agency, account: ProviderAccount) -> None:
    generation = carry(launch(agency, account, "Cut short sandbox:truncated-download"))
    assert generation.state == State.SUCCEEDED, generation.error_message
    assert job_of(generation, "fetch").attempt == 2


def test_a_create_without_an_answer_is_found_again_not_sent_again(
    agency: Agency, account: ProviderAccount, sandbox: Sandbox
) -> None:
    text = "Silence sandbox:dropped-connection"
    generation = launch(agency, account, text)
    generation = carry(generation)
    assert generation.state == State.SUCCEEDED, generation.error_message
    assert job_of(generation, "reconcile").state == "succeeded"
    assert sandbox.creates(text) == 1
    assert generation.error_class == ""
    assert money(generation) == {"reserved": 400_000, "settled": 400_000}


def test_two_silent_creates_of_the_same_words_get_one_task_each(agency: Agency, account: ProviderAccount) -> None:
    text = "Twins sandbox:dropped-connection"
    first, second = launch(agency, account, text), launch(agency, account, text)
    assert carry(first).state == State.SUCCEEDED
    assert carry(second).state == State.SUCCEEDED
    first.refresh_from_db()
    assert first.remote_id != second.remote_id


def test_the_same_bytes_in_a_project_are_one_clip(agency: Agency, account: ProviderAccount) -> None:
    first = carry(launch(agency, account, "Two of a kind"))
    second = carry(launch(agency, account, "Two of a kind"))
    assert second.state == State.SUCCEEDED
    assert first.clip == second.clip
    assert Clip.objects.count() == 1
    ingested = [body["duplicate"] for body in _ingested()]
    assert ingested == [False, True]


def test_an_address_where_nobody_listens_leaves_it_reserved_for_later(agency: Agency) -> None:
    generation = launch(agency, provider_account("http://localhost:9/v1"), "Nobody home")
    drain()
    generation.refresh_from_db()
    assert (generation.state, generation.error_class) == ("reserved", "provider_transient")
    assert job_of(generation, "submit").state == "queued"
    assert money(generation) == {"reserved": 400_000}


def test_a_full_account_makes_the_next_one_wait(agency: Agency, account: ProviderAccount, sandbox: Sandbox) -> None:
    account.max_in_flight = 1
    account.save()
    first, second = launch(agency, account, "First of two"), launch(agency, account, "Second of two")
    drain()
    second.refresh_from_db()
    assert second.state == State.RESERVED
    assert sandbox.creates("Second of two") == 0
    assert job_of(second, "submit").error_code == "account-full"
    assert carry(first).state == State.SUCCEEDED


def test_places_go_to_those_who_wait_longest_and_at_once(agency: Agency, account: ProviderAccount) -> None:
    account.max_in_flight = 1
    account.save()
    first, second, third = (launch(agency, account, f"Place {number}") for number in (1, 2, 3))
    drain()
    assert [job_of(row, "submit").error_code for row in (first, second, third)] == ["", "account-full", "account-full"]
    Generation.objects.filter(pk=first.pk).update(state=State.FETCHING)
    Job.objects.filter(pk=job_of(third, "submit").pk).update(run_at=timezone.now())
    drain()
    for row in (second, third):
        row.refresh_from_db()
    assert (job_of(third, "submit").attempt, job_of(third, "submit").error_code) == (2, "account-shared")
    assert (second.state, third.state) == (State.QUEUED, State.RESERVED)
    late = launch(agency, account, "Place 4")
    carry(second)
    drain()
    for row in (third, late):
        row.refresh_from_db()
    assert third.state in POLLED
    assert late.state == State.RESERVED


def _ingested() -> list[dict[str, object]]:
    return [json.loads(event.body) for event in Event.objects.filter(kind="clip.ingested").order_by("seq")]
