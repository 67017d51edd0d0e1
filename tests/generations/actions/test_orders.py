"""What a request is made of: references in their roles, shots, sound, a generation to start from."""

import datetime as dt
import json
from itertools import count
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from generations.actions.account_control import pause_account
from generations.actions.budgets import add_budget
from generations.actions.launches import launch_generation, preview
from generations.actions.prompts import write_prompt
from generations.actions.provider_accounts import add_account
from generations.actions.retries import retry_generation
from generations.models import Clip, ErrorClass, Generation, ProviderAccount, Reference
from generations.pipeline.endings import fail
from sorahub.ledger.models import Event
from sorahub.lib.errors import InvalidInput, NotFound, Refused
from tests.people import Agency, provider_account
from tests.reviews import world

pytestmark = pytest.mark.django_db
HD = {"seconds": 5, "size": "1280x720"}
FACTS: dict[str, dict[str, Any]] = {
    "image": {"media_type": "image/png", "width": 1280, "height": 720},
    "video": {"media_type": "video/mp4", "width": 1280, "height": 720, "duration_ms": 4_000, "rate_num": 24, "rate_den": 1},
    "audio": {"media_type": "audio/mpeg", "duration_ms": 4_000},
}  # fmt: skip
numbers = count(1)


@pytest.fixture
def kling() -> ProviderAccount:
    return provider_account(route="sandbox-kling")


@pytest.fixture
def ark() -> ProviderAccount:
    return provider_account(route="sandbox-ark")


@pytest.fixture
def sandbox() -> ProviderAccount:
    return provider_account()


def reference(agency: Agency, kind: str = "image", **changes: Any) -> Reference:
    """A reference as it was measured; no file lies behind it, since nothing of it is opened any more."""
    facts = {"size": 9_000, "storage_key": "none", **FACTS[kind], **changes}
    sha256, creator = f"{next(numbers):064x}", agency.alice
    return Reference.objects.create(project=agency.aurora, kind=kind, sha256=sha256, created_by=creator, **facts)


def launch(
    agency: Agency, account: ProviderAccount, model: str, mode: str = "text_to_video", **more: Any
) -> Generation:
    facts = {"actor": agency.alice, "prompt": agency.prompt, "params": HD, **more}
    return launch_generation(account=account, model=model, mode=mode, **facts)


def codes(agency: Agency, account: ProviderAccount, model: str, mode: str = "text_to_video", **more: Any) -> list[str]:
    facts = {"actor": agency.alice, "prompt": agency.prompt, "params": HD, **more}
    seen = preview(account=account, model=model, mode=mode, **facts)
    return [each.code for each in seen.refusals]


def finished(agency: Agency, generation: Generation, **facts: Any) -> Generation:
    """The generation with its clip, as if it had come."""
    clip: Clip = world.add_clip(agency.aurora, agency.alice, grey=next(numbers) % 200, shot=agency.shot)
    Generation.objects.filter(pk=generation.pk).update(
        state="succeeded", clip=clip, remote_id=f"video_{next(numbers)}", submitted_at=timezone.now(), **facts
    )
    generation.refresh_from_db()
    return generation


def roles(generation: Generation) -> list[tuple[str, int]]:
    return list(generation.given.values_list("role", "position"))


def test_a_reference_without_a_role_takes_the_first_place_that_is_free(agency: Agency, kling: ProviderAccount) -> None:
    first, last = reference(agency), reference(agency)
    by_order = launch(agency, kling, "kling-3.0", "image_to_video", references=[first, last])
    assert roles(by_order) == [("first_frame", 0), ("last_frame", 1)]
    by_name = launch(agency, kling, "kling-3.0", "image_to_video", references=[(last, "last_frame"), first])
    assert roles(by_name) == [("last_frame", 0), ("first_frame", 1)]
    assert [each.reference for each in by_name.given.all()] == [last, first]


def test_what_has_no_place_is_refused_by_the_catalogue(agency: Agency, kling: ProviderAccount) -> None:
    picture, clip = reference(agency), reference(agency, "video")
    assert codes(agency, kling, "kling-3.0", "image_to_video", references=[picture] * 3) == ["reference-count"]
    assert codes(agency, kling, "kling-3.0", references=[clip]) == ["reference-kind"]
    assert "reference-kind" in codes(agency, kling, "kling-3.0", "image_to_video", references=[(picture, "mascot")])
    with pytest.raises(InvalidInput) as wrong:
        codes(agency, kling, "kling-3.0", "image_to_video", references=[(picture, "First frame!")])
    assert "role" in wrong.value.fields


def test_every_kind_is_judged_by_what_was_measured(agency: Agency, ark: ProviderAccount) -> None:
    good = [reference(agency), reference(agency, "video"), reference(agency, "audio")]
    assert codes(agency, ark, "seedance-2.0", "reference_to_video", references=good) == []
    short = reference(agency, "video", duration_ms=1_000)
    slow = reference(agency, "video", rate_num=12)
    tiny = reference(agency, width=200, height=200)
    for wrong in (short, slow, tiny):
        found = codes(agency, ark, "seedance-2.0", "reference_to_video", references=[*good, wrong])
        assert len(found) == 1, found
        assert found[0].startswith("reference-")


def test_another_projects_reference_does_not_exist(agency: Agency, ark: ProviderAccount) -> None:
    foreign = reference(agency)
    Reference.objects.filter(pk=foreign.pk).update(project=agency.borealis)
    with pytest.raises(NotFound):
        codes(agency, ark, "seedance-2.0", "reference_to_video", references=[foreign])


def test_the_same_key_with_other_roles_is_another_request(agency: Agency, kling: ProviderAccount) -> None:
    one, two = reference(agency), reference(agency)
    made = launch(agency, kling, "kling-3.0", "image_to_video", references=[one, two], idempotency_key="k")
    named = [(one, "first_frame"), (two, "last_frame")]
    assert launch(agency, kling, "kling-3.0", "image_to_video", references=named, idempotency_key="k") == made
    swapped = [(one, "last_frame"), (two, "first_frame")]
    with pytest.raises(Refused) as refused:
        launch(agency, kling, "kling-3.0", "image_to_video", references=swapped, idempotency_key="k")
    assert refused.value.code == "idempotency-mismatch"
    assert Generation.objects.count() == 1


def test_shots_and_sound_are_kept_and_their_words_stay_out_of_the_ledger(
    agency: Agency, kling: ProviderAccount
) -> None:
    shots = [{"prompt": "A door opens", "seconds": 2}, {"prompt": "Rain outside", "seconds": 3}]
    params = {"size": "1280x720", "audio": "off", "shots": shots}
    made = launch(agency, kling, "kling-3.0", params=params)
    assert made.params == {"seconds": 5, "size": "1280x720", "audio": "off", "shots": shots}
    body = Event.objects.get(kind="generation.launched").body
    assert "Rain" not in body
    assert [each["seconds"] for each in json.loads(body)["params"]["shots"]] == [2, 3]
    assert codes(agency, kling, "kling-3.0", params={**params, "seconds": 8}) == ["shots-sum"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({**HD, "shots": "two"}, "shots"),
        ({**HD, "shots": [{"prompt": "A door"}]}, "shots"),
        ({**HD, "shots": [{"prompt": "A door", "seconds": "long"}]}, "shots"),
        ({**HD, "audio": "Loud!"}, "audio"),
        ({**HD, "negative": 7}, "negative"),
        ({"size": "1280x720"}, "seconds"),
        ({"seconds": 5}, "size"),
        ({**HD, "seconds": -5}, "seconds"),
    ],
)
def test_malformed_values_are_named(agency: Agency, kling: ProviderAccount, params: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        launch(agency, kling, "kling-3.0", params=params)
    assert set(wrong.value.fields) == {field}
    assert not Generation.objects.exists()


def test_what_should_not_appear_goes_along_only_where_it_is_taken(agency: Agency, sandbox: ProviderAccount) -> None:
    wary = write_prompt(actor=agency.alice, shot=agency.shot, text="A beach", negative="people")
    params = {"seconds": 4, "size": "1280x720"}
    assert codes(agency, sandbox, "sora-2", prompt=wary, params=params) == []
    said = {**params, "negative": "people"}
    assert codes(agency, sandbox, "sora-2", prompt=wary, params=said) == ["negative-unsupported"]


def test_a_remix_keeps_the_length_and_size_of_its_source(agency: Agency, sandbox: ProviderAccount) -> None:
    params = {"seconds": 8, "size": "720x1280"}
    source = finished(agency, launch(agency, sandbox, "sora-2", params=params))
    remix = launch(agency, sandbox, "sora-2", "remix", params={}, source=source)
    assert (remix.source, remix.params, remix.estimate_micro) == (source, params, 800_000)
    other = {"seconds": 4, "size": "1280x720"}
    assert codes(agency, sandbox, "sora-2", "remix", params=other, source=source) == ["source-size", "seconds"]


def test_what_cannot_be_started_from_is_refused(agency: Agency, sandbox: ProviderAccount) -> None:
    running = launch(agency, sandbox, "sora-2", params={"seconds": 4, "size": "1280x720"})
    assert "source-unfinished" in codes(agency, sandbox, "sora-2", "remix", params={}, source=running)
    source = finished(agency, running)
    assert codes(agency, provider_account(), "sora-2", "remix", params={}, source=source) == ["source-account"]
    assert codes(agency, sandbox, "sora-2-pro", "remix", params={}, source=source) == ["source-model"]
    with time_machine.travel(timezone.now() + dt.timedelta(hours=2)):
        gone = finished(
            agency, launch(agency, sandbox, "sora-2", params=source.params), provider_expires_at=timezone.now()
        )
        assert codes(agency, sandbox, "sora-2", "remix", params={}, source=gone) == ["source-gone"]
    Generation.objects.filter(pk=source.pk).update(project=agency.borealis)
    with pytest.raises(NotFound):
        codes(agency, sandbox, "sora-2", "remix", params={}, source=source)


def test_a_window_that_has_closed_and_a_route_that_was_shut_down_are_out_of_reach(agency: Agency) -> None:
    openai = provider_account(route="openai")
    with time_machine.travel(dt.datetime(2026, 9, 1, tzinfo=dt.UTC), tick=False):
        source = finished(agency, launch(agency, openai, "sora-2", params={"seconds": 4, "size": "1280x720"}))
        assert codes(agency, openai, "sora-2", "remix", params={}, source=source) == []
    assert codes(agency, openai, "sora-2", "remix", params={}, source=source) == ["retired", "source-gone"]


def test_extensions_are_counted_along_the_chain(agency: Agency, sandbox: ProviderAccount) -> None:
    four = {"seconds": 4, "size": "1280x720"}
    source = finished(agency, launch(agency, sandbox, "sora-2", params=four))
    for _ in range(6):
        source = finished(agency, launch(agency, sandbox, "sora-2", "extend", params={"seconds": 4}, source=source))
    assert codes(agency, sandbox, "sora-2", "extend", params={"seconds": 4}, source=source) == ["source-extensions"]
    whole = finished(agency, launch(agency, sandbox, "sora-2", "remix", params={}, source=source))
    assert whole.params["seconds"] == 28


def test_asking_again_asks_for_the_same(agency: Agency, kling: ProviderAccount) -> None:
    named = [(reference(agency), "last_frame"), (reference(agency), "first_frame")]
    made = launch(agency, kling, "kling-3.0", "image_to_video", references=named, priority=7)
    fail(made, ErrorClass.PROVIDER_TRANSIENT, "failed", "A fault.")
    again = retry_generation(actor=agency.alice, generation=made)
    assert (roles(again), again.params, again.priority) == (roles(made), made.params, 7)


def test_a_retired_model_is_refused_with_its_date_and_what_could_serve(agency: Agency) -> None:
    openai = provider_account(route="openai")
    order = {"actor": agency.alice, "prompt": agency.prompt, "account": openai, "model": "sora-2", "params": HD}
    with time_machine.travel(dt.datetime(2026, 9, 24, tzinfo=dt.UTC), tick=False):
        seen = preview(mode="text_to_video", **order)  # type: ignore[arg-type]
    words = seen.refusals[0].message
    assert (seen.refusals[0].code, "2026-09-24" in words) == ("retired", True)
    assert seen.alternatives
    assert seen.alternatives[0].title in words
    assert {row.mode for row in seen.alternatives} == {"text_to_video"}


def test_budgets_speak_before_the_launch_and_at_it(agency: Agency, sandbox: ProviderAccount) -> None:
    four = {"seconds": 4, "size": "1280x720"}
    add_budget(actor=agency.ada, name="Spring", project=agency.aurora, soft_micro=300_000, hard_micro=700_000)
    order = {"actor": agency.alice, "prompt": agency.prompt, "account": sandbox, "model": "sora-2", "params": four}
    seen = preview(mode="text_to_video", **order)  # type: ignore[arg-type]
    assert (seen.refusals, len(seen.warnings)) == ([], 1)
    assert "Spring" in seen.warnings[0]
    launch(agency, sandbox, "sora-2", params=four)
    assert codes(agency, sandbox, "sora-2", params=four) == ["over-budget"]
    with pytest.raises(Refused) as refused:
        launch(agency, sandbox, "sora-2", params=four)
    assert refused.value.code == "over-budget"
    assert Generation.objects.count() == 1


def test_a_priority_has_bounds(agency: Agency, sandbox: ProviderAccount) -> None:
    with pytest.raises(InvalidInput) as wrong:
        launch(agency, sandbox, "sora-2", params={"seconds": 4, "size": "1280x720"}, priority=101)
    assert "priority" in wrong.value.fields
    assert not Generation.objects.exists()


def test_a_file_that_the_provider_fetches_needs_a_hub_that_it_can_reach(agency: Agency, settings: Settings) -> None:
    far = provider_account("https://ark.example.com/api/v3", route="sandbox-ark")
    picture, clip = reference(agency), reference(agency, "video")
    settings.PUBLIC_URL = "http://localhost:8000"
    assert codes(agency, far, "seedance-2.0", "reference_to_video", references=[picture]) == []
    assert codes(agency, far, "seedance-2.0", "reference_to_video", references=[picture, clip]) == ["out-of-reach"]
    settings.PUBLIC_URL = "https://hub.example.com"
    assert codes(agency, far, "seedance-2.0", "reference_to_video", references=[picture, clip]) == []


def test_what_is_declared_in_part_is_refused_with_what_is_not_known(agency: Agency) -> None:
    google = provider_account("https://google.example.com", route="google")
    google.dialect = "declared:google"
    google.save()
    seen = preview(
        actor=agency.alice, prompt=agency.prompt, account=google, model="gemini-omni", mode="text_to_video", params=HD
    )
    refusal = next(each for each in seen.refusals if each.code == "declared-incomplete")
    assert "whether and how a task is cancelled" in refusal.message


def test_an_account_of_an_incomplete_declaration_is_not_added(agency: Agency) -> None:
    with pytest.raises(InvalidInput) as caught:
        add_account(
            actor=agency.ada,
            name="Google",
            route="google",
            dialect="declared:google",
            base_url="https://google.example.com",
            api_key="sk-google-0123456789",
        )
    assert caught.value.code == "declared-incomplete"
    assert "Not known: " in caught.value.fields["dialect"]
    assert not ProviderAccount.objects.exists()


def test_a_paused_account_is_told_of_before_the_launch(agency: Agency, ark: ProviderAccount) -> None:
    pause_account(actor=agency.ada, account=ark, reason="credit is being renewed")
    ark.refresh_from_db()
    seen = preview(
        actor=agency.alice, prompt=agency.prompt, account=ark, model="seedance-2.0", params=HD, mode="text_to_video"
    )
    assert seen.refusals == []
    assert seen.warnings == [
        f"The account {ark} is paused: credit is being renewed. It is sent when somebody resumes it."
    ]
