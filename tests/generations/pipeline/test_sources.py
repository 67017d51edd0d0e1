"""From one clip to the next over real HTTP: a remix and an extension of it, and a character that appears."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from generations.actions.characters import make_character
from generations.actions.launches import launch_generation
from generations.actions.prompts import write_prompt
from generations.actions.references import add_reference
from generations.models import Generation, Prompt, ProviderAccount
from sorahub.jobs.runner import drain
from tests.generations.factories import ORDER, QUICK, Sandbox, carry, running_sandbox, small_mp4
from tests.people import Agency, provider_account

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), script=QUICK) as running:
        yield running


@pytest.fixture
def account(agency: Agency, sandbox: Sandbox) -> ProviderAccount:
    return provider_account(sandbox.base_url)


def made(agency: Agency, account: ProviderAccount, prompt: Prompt, **more: Any) -> Generation:
    """Launch and carry to its clip."""
    order = {"params": ORDER, **more}
    done = carry(launch_generation(actor=agency.alice, prompt=prompt, account=account, model="sora-2", **order))
    assert done.state == "succeeded", done.error_message
    return done


def frames(generation: Generation) -> int:
    assert generation.clip is not None
    return generation.clip.frame_count


@pytest.mark.long
def test_a_clip_is_remixed_and_extended_where_it_was_made(agency: Agency, account: ProviderAccount) -> None:
    first = made(agency, account, agency.prompt)
    dusk = write_prompt(actor=agency.alice, shot=agency.shot, text="The same at dusk")
    remix = made(agency, account, dusk, mode="remix", params={}, source=first)
    assert (remix.source, remix.params) == (first, first.params)
    assert remix.remote_id != first.remote_id
    assert remix.settled_micro == first.settled_micro == 400_000
    longer = made(agency, account, dusk, mode="extend", params={"seconds": 4}, source=remix)
    assert frames(longer) == 2 * frames(remix) == 192
    assert longer.actual["seconds"] == 8


def test_a_character_that_was_learnt_goes_along(agency: Agency, account: ProviderAccount, tmp_path: Path) -> None:
    facts: dict[str, Any] = {"source": "Our studio", "rights": "Ours", "original_name": "otto.mp4"}
    file = small_mp4(tmp_path / "otto.mp4", frames=72, rate=Fraction(24))
    clip = add_reference(actor=agency.alice, project=agency.aurora, file=file, **facts)
    otto = make_character(actor=agency.alice, project=agency.aurora, account=account, reference=clip, name="Otto")
    drain()
    otto.refresh_from_db()
    words = write_prompt(actor=agency.alice, shot=agency.shot, text="Otto swims")
    done = made(agency, account, words, characters=[otto])
    assert done.params["characters"] == [otto.remote_id]
