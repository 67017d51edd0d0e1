"""From a prompt to a clip over real HTTP, and what each of the provider's moods does to it."""

from collections.abc import Iterator

import pytest

from generations.actions.launches import launch_generation
from generations.models import Generation, ProviderAccount, SpendEntry, State
from sorahub.ledger.models import Event
from tests.generations.factories import ORDER, Sandbox, carry, running_sandbox
from tests.people import Agency, provider_account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as service:
        yield service


@pytest.fixture
def account(agency: Agency, sandbox: Sandbox) -> ProviderAccount:
    return provider_account(sandbox.base_url)


def launch(agency: Agency, account: ProviderAccount, words: str = "") -> Generation:
    prompt = agency.prompt
    if words:
        prompt = type(prompt).objects.create(
            shot=agency.shot, version=prompt.shot.prompts.count() + 1, text=words, created_by=agency.alice
        )
    return launch_generation(actor=agency.alice, prompt=prompt, account=account, model="sora-2", params=ORDER)


def test_a_prompt_becomes_a_clip_with_its_extras(agency: Agency, account: ProviderAccount, sandbox: Sandbox) -> None:
    generation = carry(launch(agency, account))
    assert generation.state == State.SUCCEEDED, generation.error_message
    clip = generation.clip
    assert clip is not None
    assert (clip.frame_count, clip.rate_num, clip.rate_den, clip.width, clip.height) == (96, 24, 1, 1280, 720)
    assert (clip.origin, clip.completeness, clip.take) == ("generation", "full", 1)
    assert sorted(clip.renditions.values_list("kind", flat=True)) == ["poster", "sprite", "waveform"]
    assert clip.provenance.c2pa_state == "absent"
    assert money(generation) == {"reserved": 400_000, "settled": 400_000}
    assert events() == ["generation.launched", "clip.ingested"]
    assert sandbox.creates(agency.prompt.text) == 1


def money(generation: Generation) -> dict[str, int]:
    return dict(SpendEntry.objects.filter(generation=generation).values_list("kind", "amount_micro"))


def events() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("kind", flat=True))
