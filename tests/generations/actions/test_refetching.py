"""Fetch again: what the provider has made and still keeps is fetched once more, and nothing is ordered for it."""

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from generations import catalog
from generations.actions.launches import launch_generation
from generations.actions.refetching import fetch_again, objection
from generations.models import Generation, ProviderAccount, State
from generations.pipeline import money
from generations.pipeline.bookkeeping import faults
from sorahub.jobs.models import Job
from sorahub.jobs.runner import drain
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, NotFound
from tests.generations.factories import ORDER, QUICK, running_sandbox, track_once
from tests.generations.pipeline.rows import running
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


def given_up(agency: Agency, account: ProviderAccount | None = None, **facts: object) -> Generation:
    """A finished one whose file lay at an address that the hub does not fetch from; charged."""
    now = timezone.now()
    ended = {
        "state": State.FAILED,
        "error_code": "http-blocked",
        "made_at": now,
        "finished_at": now,
        "next_poll_at": None,
    }
    row = running(agency, account, **{**ended, **facts})
    money.settle(row, "The provider made it.")
    return row


def refused(error: type[DomainError], act: Callable[[], object]) -> DomainError:
    before = (Job.objects.count(), Event.objects.count())
    with pytest.raises(error) as caught:
        act()
    assert (Job.objects.count(), Event.objects.count()) == before
    return caught.value


def test_it_is_asked_for_once_and_told_and_on_the_ledger(agency: Agency) -> None:
    row = given_up(agency)
    fetch_again(actor=agency.alice, generation=row)
    assert list(Job.objects.values_list("kind", "subject_id")) == [("generation.recover", row.pk)]
    assert row.timeline.get(kind="person").words == "Asked to fetch its file again."
    assert Event.objects.filter(kind="generation.fetch_asked_again", subject_id=row.pk).exists()
    error = refused(Conflict, lambda: fetch_again(actor=agency.alice, generation=row))
    assert error.message == "Its file is being fetched already."


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": State.FETCHING}, "Only what has ended without its clip can be fetched again."),
        ({"made_at": None}, "The provider never said that it had finished it: there is no file to fetch."),
        ({"remote_id": None}, "The provider never said that it had finished it: there is no file to fetch."),
        ({"provider_expires_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "The provider no longer keeps its file."),
    ],
)
def test_what_is_not_there_is_not_fetched_and_the_reason_is_said(
    agency: Agency, facts: dict[str, object], words: str
) -> None:
    row = given_up(agency)
    Generation.objects.filter(pk=row.pk).update(**facts)
    error = refused(Conflict, lambda: fetch_again(actor=agency.alice, generation=row))
    assert (error.code, error.message) == ("cannot-fetch", words)


def test_it_can_be_fetched_as_long_as_the_catalogue_says_that_the_provider_keeps_it(agency: Agency) -> None:
    row = given_up(agency, provider_account(route="sandbox-ark"), model="seedance-2.0")
    assert objection(row) is None
    row.made_at = timezone.now() - dt.timedelta(hours=25)
    assert objection(row) == "The provider no longer keeps its file."


def test_nothing_is_fetched_from_a_route_that_was_shut_down(agency: Agency) -> None:
    gone = next(each for each in catalog.rows() if each.retired_on and each.retired_on <= timezone.now().date())
    row = given_up(agency, provider_account(route=gone.route), model=gone.model, mode=gone.mode)
    assert objection(row) == f"The provider shut {gone.title} down on {gone.retired_on}: its files are gone."


def test_only_who_may_spend_may_ask_and_only_for_what_they_see(agency: Agency) -> None:
    row = given_up(agency)
    refused(Forbidden, lambda: fetch_again(actor=agency.bob, generation=row))
    refused(Forbidden, lambda: fetch_again(actor=agency.carol, generation=row))
    other = Generation.objects.filter(pk=row.pk)
    other.update(project=agency.borealis)
    row.refresh_from_db()
    refused(NotFound, lambda: fetch_again(actor=agency.alice, generation=row))


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_clip_that_had_been_given_up_is_here_and_its_end_and_its_money_stand(agency: Agency, tmp_path: Path) -> None:
    with running_sandbox(tmp_path, script=QUICK) as sandbox:
        account = provider_account(sandbox.base_url)
        row = launch_generation(actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2", params=ORDER)
        drain()
        deadline = time.monotonic() + 60
        while row.state != State.FETCHING and time.monotonic() < deadline:
            track_once()
            time.sleep(0.05)
            row.refresh_from_db()
        assert row.made_at is not None
        Job.objects.all().delete()
        Generation.objects.filter(pk=row.pk).update(state=State.FAILED, error_code="http-blocked")
        money.settle(row, "The provider made it.")

        fetch_again(actor=agency.alice, generation=row)
        drain()
        row.refresh_from_db()
        assert row.clip is not None, list(row.timeline.values_list("words", flat=True))
        assert (row.state, row.settled_micro, sandbox.creates(agency.prompt.text)) == (State.FAILED, 400_000, 1)
        assert sorted(row.spend.values_list("kind", flat=True)) == ["reserved", "settled"]
        assert row.recovered_at is not None
        assert faults() == []
