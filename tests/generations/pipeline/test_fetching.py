"""Bringing the file in through trouble: a full disk, a provider that is away, a refused key, an announced hash."""

import base64
import errno
import hashlib
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from generations.actions.launches import launch_generation
from generations.models import Generation, ProviderAccount, State
from generations.pipeline import fetch
from sorahub.jobs.errors import LeaseLost
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain, run_one
from tests.generations.factories import ORDER, carry, track_once
from tests.generations.sandbox.process import RunningSandbox, running_sandbox
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db
QUICK = ("-m", "tests.generations.quick_sandbox")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    options = ("--speed", "0", "--key", "sk-sandbox-0123456789")
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), *options, program=QUICK) as service:
        yield service


@pytest.fixture
def finished(agency: Agency, sandbox: RunningSandbox) -> Generation:
    """One whose file waits at the provider."""
    account = provider_account(f"{sandbox.url}/v1")
    prompt = agency.prompt
    generation = launch_generation(actor=agency.alice, prompt=prompt, account=account, model="sora-2", params=ORDER)
    drain()
    deadline = time.monotonic() + 60
    while generation.state != State.FETCHING:
        assert time.monotonic() < deadline, f"still {generation.state}"
        track_once()
        time.sleep(0.05)
        generation.refresh_from_db()
    return generation


def fetched(generation: Generation) -> Job:
    """Run the job once, whenever it is due; return it."""
    job = Job.objects.get(key=f"generation.fetch:{generation.pk}")
    Job.objects.filter(pk=job.pk).update(run_at=job.created_at)
    run_one(job.pk)
    job.refresh_from_db()
    generation.refresh_from_db()
    return job


def test_a_provider_that_forgets_a_finished_task_for_a_moment_is_asked_again(finished: Generation) -> None:
    real = finished.remote_id
    Generation.objects.filter(pk=finished.pk).update(remote_id="video_elsewhere")
    job = fetched(finished)
    assert (finished.state, job.state, job.error_code) == (State.FETCHING, "queued", "not-found")
    Generation.objects.filter(pk=finished.pk).update(remote_id=real)
    assert fetched(finished).state == "succeeded"
    assert finished.state == State.SUCCEEDED


def test_one_that_stays_forgotten_is_given_up_as_expired_and_charged(finished: Generation) -> None:
    Generation.objects.filter(pk=finished.pk).update(remote_id="video_elsewhere")
    for _ in fetch.FORGETS:
        assert fetched(finished).state == "queued"
    fetched(finished)
    assert (finished.state, finished.settled_micro) == (State.EXPIRED, 400_000)


def test_an_attempt_that_was_taken_over_gives_nothing_up(finished: Generation) -> None:
    job = Job.objects.get(key=f"generation.fetch:{finished.pk}")
    Job.objects.filter(pk=job.pk).update(state="running", attempt=4, lease_until=timezone.now())
    job.attempt = 3
    with pytest.raises(LeaseLost):
        fetch.fetch(job)
    finished.refresh_from_db()
    assert finished.state == State.FETCHING


def test_a_full_disk_is_waited_for_however_long_it_takes(finished: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    real, full = os.fsync, OSError(errno.ENOSPC, "No space left on device")

    def fsync(handle: int) -> None:
        raise full

    Job.objects.filter(kind="generation.fetch").update(max_attempts=2)
    monkeypatch.setattr(os, "fsync", fsync)
    for _ in range(5):
        job = fetched(finished)
        assert (finished.state, job.state, job.error_code) == (State.FETCHING, "queued", "disk-full")
    monkeypatch.setattr(os, "fsync", real)
    fetched(finished)
    assert finished.state == State.SUCCEEDED, finished.error_message


def test_a_provider_that_is_away_or_refuses_the_key_is_waited_for_as_long_as_it_keeps_the_file(
    finished: Generation,
) -> None:
    Job.objects.filter(kind="generation.fetch").update(max_attempts=1)
    account, address = finished.account, finished.account.base_url
    ProviderAccount.objects.filter(pk=account.pk).update(base_url="http://localhost:9/v1")
    assert (fetched(finished).state, finished.state) == ("queued", State.FETCHING)
    assert (fetched(finished).state, finished.state) == ("queued", State.FETCHING)
    account.set_api_key("sk-wrong-0123456789")
    ProviderAccount.objects.filter(pk=account.pk).update(base_url=address, sealed_key=account.sealed_key)
    assert (fetched(finished).state, finished.state) == ("queued", State.FETCHING)
    told = finished.timeline.filter(words__startswith="Fetching has met trouble").order_by("at")
    assert [entry.facts.get("status") for entry in told] == [None, 401]  # each trouble once, however often it was met
    account.set_api_key("sk-sandbox-0123456789")
    ProviderAccount.objects.filter(pk=account.pk).update(sealed_key=account.sealed_key)
    fetched(finished)
    assert finished.state == State.SUCCEEDED, finished.error_message


def test_a_changed_key_is_taken_up_by_the_next_call_and_the_tracker(
    agency: Agency, finished: Generation, sandbox: RunningSandbox
) -> None:
    account = finished.account
    account.set_api_key("sk-wrong-0123456789")
    account.save()
    again = launch_generation(
        actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2", params={**ORDER, "seconds": 8}
    )
    drain()
    again.refresh_from_db()
    assert (again.state, again.error_class) == (State.FAILED, "auth")
    account.set_api_key("sk-sandbox-0123456789")
    account.save()
    third = launch_generation(actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2", params=ORDER)
    assert carry(third).state == State.SUCCEEDED


def test_what_the_provider_says_it_made_is_kept_with_the_hash_of_its_answer(finished: Generation) -> None:
    fetched(finished)
    assert finished.state == State.SUCCEEDED
    assert (finished.actual["seconds"], finished.actual["width"]) == (4, 1280)
    assert len(finished.response_sha256) == 64
    words = " ".join(finished.timeline.values_list("words", flat=True))
    assert "The provider took the order." in words
    assert "fetched, checked and kept under its hash" in words
    assert "It cost 0.40 USD" in words


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("sha-256=:{good}:", True),
        ("sha-512=:AAAA:, sha-256=:{good}:", True),
        ("sha-256=:AAAA:", False),
        ("sha-256=:not base64:", False),
        ("", False),
    ],
)
def test_an_announced_hash_is_read(header: str, known: bool) -> None:
    digest = hashlib.sha256(b"clip").digest()
    headers: dict[str, Any] = {"repr-digest": header.format(good=base64.b64encode(digest).decode())}
    assert fetch.announced_sha256(headers) == (digest.hex() if known else None)
