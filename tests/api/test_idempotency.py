"""Money is spent once: the same Idempotency-Key brings the same generation, whatever the network did."""

from typing import Any

import pytest

from generations.models import Batch, Generation, Prompt, SpendEntry, State
from tests.api.conftest import Program, post
from tests.people import Agency, provider_account

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def order(agency: Agency, **changes: Any) -> dict[str, Any]:
    """An order that the sandbox's catalogue takes."""
    account = provider_account()
    params = {"seconds": 4, "size": "1280x720"}
    return {"prompt": str(agency.prompt.pk), "account": str(account.pk), "model": "sora-2", "params": params, **changes}


def test_the_same_key_brings_the_same_generation(agency: Agency, program: Program) -> None:
    client, body = program(agency.alice), order(agency)
    first = post(client, "generations/", body, **{"Idempotency-Key": "k-1"})
    again = post(client, "generations/", body, **{"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert (Generation.objects.count(), SpendEntry.objects.count()) == (1, 1)


def test_without_a_key_each_request_is_a_generation_of_its_own(agency: Agency, program: Program) -> None:
    client, body = program(agency.alice), order(agency)
    assert [post(client, "generations/", body).status_code for _ in range(2)] == [201, 201]
    assert Generation.objects.count() == 2


def test_the_same_key_for_something_else_is_refused(agency: Agency, program: Program) -> None:
    client, body = program(agency.alice), order(agency)
    post(client, "generations/", body, **{"Idempotency-Key": "k-1"})
    other = {**body, "params": {"seconds": 8, "size": "1280x720"}}
    answer = post(client, "generations/", other, **{"Idempotency-Key": "k-1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-mismatch")
    assert Generation.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "k" * 91])
def test_a_malformed_key_is_said_to_be_one(agency: Agency, program: Program, key: str) -> None:
    answer = post(program(agency.alice), "generations/", order(agency), **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")
    assert not Generation.objects.exists()


def test_a_batch_is_launched_once_for_its_key(agency: Agency, program: Program) -> None:
    client, body = program(agency.alice), order(agency)
    second = Prompt.objects.create(shot=agency.shot, version=2, text="At noon", created_by=agency.alice)
    body = {**body, "name": "Dawns", "prompts": [body.pop("prompt"), str(second.pk)]}
    first = post(client, "batches/", body, **{"Idempotency-Key": "k-2"})
    again = post(client, "batches/", body, **{"Idempotency-Key": "k-2"})
    fewer = post(client, "batches/", {**body, "prompts": body["prompts"][:1]}, **{"Idempotency-Key": "k-2"})
    assert [one.status_code for one in (first, again, fewer)] == [201, 200, 422]
    assert again.json()["id"] == first.json()["id"]
    assert (Batch.objects.count(), Generation.objects.count()) == (1, 2)


def test_a_retry_happens_once_for_its_key_even_after_it_failed_too(agency: Agency, program: Program) -> None:
    client = program(agency.alice)
    made = post(client, "generations/", order(agency)).json()["id"]
    Generation.objects.update(state=State.FAILED)
    first = post(client, f"generations/{made}/retry/", {}, **{"Idempotency-Key": "k-3"})
    Generation.objects.update(state=State.FAILED)
    again = post(client, f"generations/{made}/retry/", {}, **{"Idempotency-Key": "k-3"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert Generation.objects.count() == 2
