"""A file that is no video, though it is called one, is fetched anew before the clip is given up."""

from collections.abc import Iterator

import pytest

from generations.actions.launches import launch_generation
from generations.models import Clip, Generation, Prompt
from generations.pipeline.fetch import TRIES
from sorahub.jobs.models import Job
from tests.generations.factories import ORDER, QUICK, Sandbox, carry, running_sandbox
from tests.people import Agency, provider_account

pytestmark = [pytest.mark.django_db, pytest.mark.long]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), script=QUICK) as service:
        yield service


def carried(agency: Agency, sandbox: Sandbox, words: str) -> Generation:
    prompt = Prompt.objects.create(shot=agency.shot, version=2, text=words, created_by=agency.alice)
    account = provider_account(sandbox.base_url)
    return carry(launch_generation(actor=agency.alice, prompt=prompt, account=account, model="sora-2", params=ORDER))


def fetches(generation: Generation) -> int:
    return Job.objects.get(key=f"generation.fetch:{generation.pk}").attempt


def test_bytes_that_are_no_video_are_fetched_three_times_and_then_given_up(agency: Agency, sandbox: Sandbox) -> None:
    words = "sandbox:wrong-bytes for good"
    generation = carried(agency, sandbox, words)
    assert (generation.state, generation.error_class, generation.error_code) == ("failed", "integrity", "not_a_video")
    assert (fetches(generation), sandbox.creates(words), Clip.objects.count()) == (TRIES, 1, 0)


def test_a_page_in_place_of_the_file_costs_one_more_fetch_and_no_more_orders(agency: Agency, sandbox: Sandbox) -> None:
    words = "sandbox:wrong-content-type once"
    generation = carried(agency, sandbox, words)
    assert generation.state == "succeeded", generation.error_message
    assert (fetches(generation), sandbox.creates(words)) == (2, 1)
