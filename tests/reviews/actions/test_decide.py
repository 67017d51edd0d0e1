"""Deciding in stages: who may, about which bytes, in which order."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import Error, transaction

from generations.actions.projects import archive_project
from generations.models import Clip
from generations.models.clip import ClipGrant
from reviews.actions.decide import decide
from reviews.actions.stages import set_stages, stage_states
from reviews.models import Decision, Stage
from reviews.rules.stages import StageSpec
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, Refused
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def stages(agency: Agency) -> dict[str, Stage]:
    return world.staged(agency)


def refused(error: type[DomainError], attempt: Callable[[], object]) -> DomainError:
    """Run the attempt, expect the error, and prove that no decision and no event was written."""
    before = (Decision.objects.count(), Event.objects.count())
    with pytest.raises(error) as caught:
        attempt()
    assert (Decision.objects.count(), Event.objects.count()) == before
    return caught.value


def states(clip: Clip) -> list[str]:
    return [answer.state for answer in stage_states(clip=clip)]


def test_a_clip_passes_its_stages_in_order(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    assert states(clip) == ["open", "waiting", "waiting"]
    world.approve(clip, stages["Creative"], agency.bob)
    assert states(clip) == ["approved", "open", "waiting"]
    world.approve(clip, stages["Client"], agency.dora)
    assert states(clip) == ["approved", "approved", "open"]
    world.sign(agency.lena, world.draft(agency.bob, clip, world.governing(agency.lena)))
    assert states(clip) == ["approved", "approved", "approved"]


def test_a_later_decision_supersedes_and_the_first_stays(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    world.approve(clip, stages["Creative"], agency.bob)
    decide(
        actor=agency.bob, clip=clip, stage=stages["Creative"], verdict="changes_requested", reason="Too dark",
        seen_sha256=clip.sha256,
    )  # fmt: skip
    assert states(clip) == ["changes_requested", "waiting", "waiting"]
    assert list(Decision.objects.values_list("verdict", flat=True)) == ["approved", "changes_requested"]


def test_new_bytes_need_new_decisions(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    world.approve(clip, stages["Creative"], agency.bob)
    newer = world.add_clip(agency.aurora, agency.alice, grey=120, shot=agency.shot)
    assert states(newer) == ["open", "waiting", "waiting"]
    assert states(clip) == ["approved", "open", "waiting"]
    error = refused(
        Conflict,
        lambda: decide(
            actor=agency.bob, clip=newer, stage=stages["Creative"], verdict="approved", seen_sha256=clip.sha256
        ),
    )
    assert error.code == "stale-bytes"


def test_a_decision_is_ledgered_without_its_words(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    made = decide(
        actor=agency.bob, clip=clip, stage=stages["Creative"], verdict="changes_requested", reason="The sky is green",
        seen_sha256=clip.sha256,
    )  # fmt: skip
    event = Event.objects.get(kind="decision.made")
    body = json.loads(event.body)
    assert (event.subject_id, event.actor, event.chain.client_id) == (made.pk, agency.bob.pk, agency.north.pk)
    assert (body["clip_sha256"], body["verdict"]) == (clip.sha256, "changes_requested")
    assert body["words"].startswith("sha256:")
    assert "green" not in event.body


@pytest.mark.parametrize(
    ("name", "stage", "error", "code"),
    [
        ("alice", "Creative", Forbidden, "not-your-stage"),
        ("lena", "Creative", Forbidden, "not-your-stage"),
        ("ada", "Creative", Forbidden, "not-your-stage"),
        ("bob", "Client", Forbidden, "not-your-stage"),
        ("lena", "Legal", Forbidden, "legal-stage-is-signed"),
        ("carol", "Client", NotFound, "not-found"),
        ("dora", "Client", NotFound, "not-found"),
    ],
)
def test_who_does_not_decide(
    agency: Agency, clip: Clip, stages: dict[str, Stage], name: str, stage: str, error: type[DomainError], code: str
) -> None:
    found = refused(
        error,
        lambda: decide(
            actor=getattr(agency, name), clip=clip, stage=stages[stage], verdict="approved", seen_sha256=clip.sha256
        ),
    )
    assert found.code == code


def test_a_stage_waits_for_its_turn(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    ClipGrant.objects.create(clip=clip, user=agency.dora, granted_by=agency.alice)
    world.watchable(clip)
    error = refused(
        Conflict,
        lambda: decide(
            actor=agency.dora, clip=clip, stage=stages["Client"], verdict="approved", seen_sha256=clip.sha256
        ),
    )
    assert error.code == "stage-waiting"


@pytest.mark.parametrize("changes", [{"verdict": "changes_requested", "reason": " "}, {"verdict": "maybe"}])
def test_a_decision_says_something(
    agency: Agency, clip: Clip, stages: dict[str, Stage], changes: dict[str, str]
) -> None:
    refused(
        InvalidInput,
        lambda: decide(actor=agency.bob, clip=clip, stage=stages["Creative"], seen_sha256=clip.sha256, **changes),
    )


def test_the_maker_may_ask_for_changes_but_not_approve(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    other = world.second_account(agency.alice, "alice-reviews", Kind.REVIEWER, agency.aurora)
    with pytest.raises(Refused) as caught:
        decide(actor=other, clip=clip, stage=stages["Creative"], verdict="approved", seen_sha256=clip.sha256)
    assert [one["code"] for one in caught.value.reasons] == ["maker-brought-clip"]
    assert not Decision.objects.exists()
    assert world.kinds_of_events()[-1] == "decision.refused"
    decide(
        actor=other, clip=clip, stage=stages["Creative"], verdict="changes_requested", reason="Mine, and too dark",
        seen_sha256=clip.sha256,
    )  # fmt: skip
    assert states(clip)[0] == "changes_requested"


def test_a_decision_is_never_changed(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    world.approve(clip, stages["Creative"], agency.bob)
    with pytest.raises(DomainError):
        Decision.objects.update(verdict="changes_requested")
    table = Decision._meta.db_table
    with pytest.raises(Error), transaction.atomic(), transaction.get_connection().cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET reason = 'x'")  # noqa: S608 (our own table's name)
    assert Decision.objects.get().reason == ""


def test_stages_are_renamed_reordered_and_counted(agency: Agency, stages: dict[str, Stage]) -> None:
    kept = set_stages(
        actor=agency.alice,
        project=agency.aurora,
        stages=[StageSpec("Client", "guest", 2), StageSpec("Creative", "reviewer"), StageSpec("Legal", "legal")],
    )
    assert [(stage.name, stage.position, stage.needed) for stage in kept] == [
        ("Client", 1, 2),
        ("Creative", 2, 1),
        ("Legal", 3, 1),
    ]
    assert {stage.pk for stage in kept} == {stage.pk for stage in stages.values()}
    assert world.kinds_of_events()[-1] == "stages.set"


def test_a_stage_with_decisions_is_not_dropped(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    world.approve(clip, stages["Creative"], agency.bob)
    error = refused(
        Conflict,
        lambda: set_stages(actor=agency.alice, project=agency.aurora, stages=[StageSpec("Legal", "legal")]),
    )
    assert error.code == "stage-in-use"
    assert [stage.name for stage in Stage.objects.filter(project=agency.aurora)] == ["Creative", "Client", "Legal"]


def test_only_who_manages_the_project_sets_stages(agency: Agency, stages: dict[str, Stage]) -> None:
    refused(Forbidden, lambda: set_stages(actor=agency.bob, project=agency.aurora, stages=[StageSpec("A", "reviewer")]))
    refused(
        NotFound, lambda: set_stages(actor=agency.alice, project=agency.borealis, stages=[StageSpec("A", "reviewer")])
    )


def test_nothing_is_decided_or_renamed_in_an_archived_project(
    agency: Agency, clip: Clip, stages: dict[str, Stage]
) -> None:
    archive_project(actor=agency.alice, project=agency.aurora)
    clip.refresh_from_db()
    for attempt in (
        lambda: world.approve(clip, stages["Creative"], agency.bob),
        lambda: set_stages(actor=agency.alice, project=agency.aurora, stages=[StageSpec("A", "reviewer")]),
    ):
        assert refused(Conflict, attempt).code == "project-archived"


def say(agency: Agency, clip: Clip, verdict: str, **more: str) -> Decision:
    stage = Stage.objects.get(project=agency.aurora, name="Creative")
    return decide(actor=agency.bob, clip=clip, stage=stage, verdict=verdict, seen_sha256=clip.sha256, **more)


@pytest.mark.parametrize(
    ("kind", "words", "good"),
    [
        ("picture", "", True),
        ("", "Too dark", True),
        ("sound", "Too loud", True),
        ("other", "The cat", True),
        ("other", " ", False),
        ("", "", False),
        ("weather", "Rain", False),
    ],
)
def test_a_reason_is_from_the_list_or_in_words(
    agency: Agency, clip: Clip, stages: dict[str, Stage], kind: str, words: str, *, good: bool
) -> None:
    if not good:
        refused(InvalidInput, lambda: say(agency, clip, "changes_requested", reason_kind=kind, reason=words))
        return
    made = say(agency, clip, "changes_requested", reason_kind=kind, reason=words)
    assert (made.reason_kind, made.reason) == (kind, words.strip())
    assert json.loads(Event.objects.get(kind="decision.made").body)["reason_kind"] == kind


def test_a_mis_click_is_taken_back_and_stays_in_the_history(
    agency: Agency, clip: Clip, stages: dict[str, Stage]
) -> None:
    say(agency, clip, "approved")
    assert states(clip)[0] == "approved"
    say(agency, clip, "taken_back")
    assert states(clip) == ["open", "waiting", "waiting"]
    assert refused(Conflict, lambda: say(agency, clip, "taken_back")).code == "nothing-to-take-back"
    assert list(Decision.objects.values_list("verdict", flat=True)) == ["approved", "taken_back"]
    assert list(Decision.objects.not_taken_back()) == []
    say(agency, clip, "approved")
    assert [one.verdict for one in Decision.objects.not_taken_back()] == ["approved"]


def test_what_was_signed_for_is_not_taken_back(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    world.approve(clip, stages["Creative"], agency.bob)
    world.approve(clip, stages["Client"], agency.dora)
    world.sign(agency.lena, world.draft(agency.bob, clip, world.governing(agency.lena)))
    assert refused(Conflict, lambda: say(agency, clip, "taken_back")).code == "signed-already"


def test_a_locked_stage_takes_no_further_decision(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    specs = [StageSpec("Creative", "reviewer", 1, True, True), StageSpec("Legal", "legal")]
    Stage.objects.filter(pk=stages["Client"].pk).delete()
    set_stages(actor=agency.alice, project=agency.aurora, stages=specs)
    assert json.loads(Event.objects.filter(kind="stages.set").latest("seq").body)["stages"][0]["locks"] is True
    say(agency, clip, "changes_requested", reason_kind="motion")
    say(agency, clip, "approved")
    for verdict in ("taken_back", "approved"):
        assert refused(Conflict, lambda verdict=verdict: say(agency, clip, verdict)).code == "stage-locked"  # type: ignore[misc]


def test_a_guest_decides_only_about_what_could_be_watched(agency: Agency, clip: Clip, stages: dict[str, Stage]) -> None:
    world.approve(clip, stages["Creative"], agency.bob)
    ClipGrant.objects.create(clip=clip, user=agency.dora, granted_by=agency.alice)
    values: dict[str, Any] = {"actor": agency.dora, "clip": clip, "stage": stages["Client"], "seen_sha256": clip.sha256}
    assert refused(Conflict, lambda: decide(verdict="approved", **values)).code == "not-watchable-yet"
    world.watchable(clip)
    assert decide(verdict="approved", **values).verdict == "approved"
