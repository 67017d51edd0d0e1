"""Clearance over real rows, and everything that changes it: drafts, revocations, holds, releases, terms, overrides."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from generations.models import Clip
from reviews.actions.clear import clearance
from reviews.actions.content import agrees
from reviews.actions.decide import decide
from reviews.actions.holds import lift_hold, place_hold
from reviews.actions.licensing import DepictionInput
from reviews.actions.releases import withdraw_release
from reviews.actions.sign import revoke_sign_off
from reviews.actions.terms import make_governing_set
from reviews.models import (
    ChecklistTemplate,
    GoverningMember,
    Hold,
    LicenceRecordVersion,
    Override,
    Reauthentication,
    Release,
    SignOff,
    Stage,
)
from reviews.rules.statement import scope
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.database import unguarded
from tests.people import Agency
from tests.reviews import world

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def codes(clip: Clip, at: datetime | None = None, **asked: str) -> list[str]:
    found = clearance(clip=Clip.objects.get(pk=clip.pk), at=at, **{**world.SCOPE, **asked})
    assert found.granted is (not found.reasons)
    assert (found.sign_off is not None) is found.granted
    return [one.code for one in found.reasons]


FIRST_SCHEMA = {
    "schema", "record", "version", "clip", "governing_set", "uses", "territories", "starts_at", "ends_at", "time_zone",
    "exclusive", "restrictions", "disclosure", "findings", "depicted", "none_depicted", "releases", "drafted_by",
    "drafted_at",
}  # fmt: skip


def old_release(agency: Agency, **more: Any) -> Release:
    """A release as they were put on file before they listed uses and territories."""
    return Release.objects.create(
        project=agency.aurora, kind="model", subject="Kim", scope="This campaign", valid_from=date(2026, 1, 1),
        created_by=agency.bob, **more,
    )  # fmt: skip


def unchanged(error: type[DomainError], attempt: Callable[[], object]) -> DomainError:
    """Run the attempt, expect the error, and prove that nothing changed."""

    def picture() -> list[object]:
        rows = [Hold.objects.values_list(), Override.objects.values_list(), Release.objects.values_list()]
        return [list(row) for row in rows] + [Event.objects.count(), LicenceRecordVersion.objects.count()]

    before = picture()
    with pytest.raises(error) as caught:
        attempt()
    assert picture() == before
    return caught.value


def test_a_signed_clip_is_cleared_in_scope_only(clip: Clip, signed: SignOff) -> None:
    found = clearance(clip=clip, use="social_media", territory="de", purpose="advertising")
    assert (found.granted, found.sign_off) == (True, signed)
    assert codes(clip, use="cinema") == ["use-not-in-scope"]
    assert codes(clip, purpose="pitch") == codes(clip, purpose="") == ["purpose-not-in-scope"]
    assert codes(clip, territory="FR") == ["territory-not-in-scope"]
    assert codes(clip, at=datetime(2025, 12, 31, tzinfo=UTC)) == ["before-start"]
    assert codes(clip, at=datetime(2028, 1, 1, tzinfo=UTC)) == ["after-end"]


def test_clearance_is_not_asked_for_nowhere_or_nothing(clip: Clip) -> None:
    for use, territory in (("", "DE"), ("posters", "DE"), ("cinema", ""), ("cinema", "UK")):
        with pytest.raises(InvalidInput):
            clearance(clip=clip, use=use, territory=territory)
    with pytest.raises(InvalidInput):
        clearance(clip=clip, use="cinema", territory="DE", purpose="fun")


def test_a_clip_without_anything_is_not_cleared(agency: Agency, clip: Clip) -> None:
    world.staged(agency)
    assert codes(clip) == ["stage-not-passed", "stage-not-passed", "no-record"]


def test_a_drafted_record_is_not_a_signed_one(clip: Clip, version: LicenceRecordVersion) -> None:
    assert codes(clip) == ["not-signed"]


def test_a_newer_version_takes_the_signature_away(agency: Agency, clip: Clip, signed: SignOff) -> None:
    world.draft(agency.bob, clip, signed.record_version.governing_set, uses=["cinema", "social_media"])
    assert codes(clip) == ["superseded"]


def test_a_new_version_of_the_clip_is_not_cleared_and_the_old_one_stays(
    agency: Agency, clip: Clip, signed: SignOff
) -> None:
    newer = world.add_clip(agency.aurora, agency.alice, grey=120, shot=agency.shot)
    assert codes(clip) == []
    assert codes(newer) == ["stage-not-passed", "stage-not-passed", "no-record"]


def test_revoking_ends_the_clearance(agency: Agency, clip: Clip, signed: SignOff) -> None:
    proof = Reauthentication.objects.create(user=agency.lena)
    revoke_sign_off(actor=agency.lena, sign_off=signed, reason="Mistake", reauthentication=proof)
    assert codes(clip) == ["revoked"]


def test_a_rejection_clears_nothing(agency: Agency, clip: Clip, version: LicenceRecordVersion) -> None:
    world.sign(agency.lena, version, "rejected", "Looks like a known film")
    assert codes(clip) == ["rejected"]


def test_a_stage_that_falls_back_ends_the_clearance(agency: Agency, clip: Clip, signed: SignOff) -> None:
    stage = Stage.objects.get(project=clip.project, name="Creative")
    decide(
        actor=agency.bob, clip=clip, stage=stage, verdict="changes_requested", reason="A logo", seen_sha256=clip.sha256
    )
    assert codes(clip) == ["stage-not-passed"]


@pytest.mark.parametrize(
    ("column", "value"), [("meaning", "approved"), ("payload", "{}"), ("signature", "zz"), ("key_id", "0" * 16)]
)
def test_a_sign_off_forged_in_the_database_does_not_clear(
    agency: Agency, clip: Clip, version: LicenceRecordVersion, column: str, value: str
) -> None:
    signed = world.sign(agency.lena, version, "rejected", "No")
    table = SignOff._meta.db_table
    with unguarded(connection), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [value])  # noqa: S608 (our own table's name)
    assert "signature-invalid" in codes(clip)
    assert signed.meaning == "rejected"


def test_a_record_altered_in_the_database_does_not_clear(clip: Clip, signed: SignOff) -> None:
    table = LicenceRecordVersion._meta.db_table
    with unguarded(connection), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET canonical = replace(canonical, 'DE', 'FR')")  # noqa: S608 (our own table)
    assert codes(clip) == ["signature-invalid"]


VERSION, RELEASE = "reviews_licencerecordversion", "reviews_release"


MUSIC = {"key": "music", "question": "Is the music ours?", "help": "", "required": True, "clears_with": ["yes"]}


def forge(table: str, change: str) -> None:
    with unguarded(connection), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")  # noqa: S608 (our own tables)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (VERSION, """uses = '["cinema"]'"""),
        (VERSION, """territories = '["WORLD"]'"""),
        (VERSION, """purposes = '["advertising", "pitch"]'"""),
        (VERSION, "schema = 1"),
        (VERSION, "ends_at = NULL"),
        (VERSION, "time_zone = 'Pacific/Niue'"),
        (VERSION, "restrictions = 'none'"),
        (VERSION, "alterations = 'any'"),
        (VERSION, "product = 'Another'"),
        (VERSION, "category = 'spirits'"),
        (VERSION, "authorship = 'Nobody'"),
        (VERSION, "disclosures = '[]'"),
        (VERSION, "answers = '[]'"),
        (VERSION, "checklist_id = NULL"),
        ("reviews_depiction", "\"real\" = 'no'"),
        ("reviews_depiction", "release_id = NULL"),
        ("reviews_depiction", "kind = 'other'"),
        ("reviews_depiction", "name = 'Somebody else'"),
        (RELEASE, "valid_until = NULL"),
        (RELEASE, "subject = 'Somebody else'"),
        (RELEASE, """uses = '["social_media", "own_channels"]'"""),
        (RELEASE, """territories = '["AT", "DE"]'"""),
        (RELEASE, "ai_use = 'unknown'"),
        (RELEASE, "of_age_on = '2040-01-01'"),
        (RELEASE, "exclusive_categories = '[]'"),
        ("reviews_checklisttemplate", "questions = '[]'"),
    ],
)
def test_columns_altered_past_the_triggers_widen_nothing(agency: Agency, clip: Clip, table: str, change: str) -> None:
    release = world.consent(agency.bob, agency.aurora, exclusive_categories=["spirits"])
    text = json.dumps({"questions": [MUSIC]})
    checklist = ChecklistTemplate.objects.create(
        key="house",
        version=1,
        title="House",
        questions=[MUSIC],
        canonical=text,
        sha256=sha256(text.encode()).hexdigest(),
    )
    said: dict[str, Any] = {
        "checklist": checklist, "answers": [{"key": "music", "finding": "yes", "words": "Ours", "clauses": []}],
        "disclosures": [{"rule": "eu", "version": 1, "plan": "Caption", "exempt": False, "reason": ""}],
    }  # fmt: skip
    world.sign(agency.lena, world.ready_to_sign(agency, clip, **world.shows(release), **said))
    assert codes(clip) == []
    forge(table, change)
    assert "signature-invalid" in codes(clip)


def test_a_depiction_taken_away_past_the_triggers_widens_nothing(agency: Agency, clip: Clip) -> None:
    release = world.consent(agency.bob, agency.aurora)
    world.sign(agency.lena, world.ready_to_sign(agency, clip, **world.shows(release)))
    with unguarded(connection), connection.cursor() as cursor:
        cursor.execute("DELETE FROM reviews_depiction")
    assert "signature-invalid" in codes(clip)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (VERSION, """uses = '["cinema"]'"""),
        (VERSION, "depicted = ''"),
        (VERSION, "schema = 2"),
        (RELEASE, "valid_until = NULL"),
        (RELEASE, "subject = 'Somebody else'"),
    ],
)
def test_records_of_the_first_schema_stand_as_they_were_signed(
    agency: Agency, clip: Clip, table: str, change: str
) -> None:
    release = old_release(agency, valid_until=date(2027, 12, 31))
    said: dict[str, Any] = {"depicted": "Kim", "disclosure": "Label", "releases": [release]}
    version = world.draft_old(agency.bob, clip, world.approved(agency, clip), **said)
    world.sign(agency.lena, version)
    assert json.loads(version.canonical).keys() == FIRST_SCHEMA
    assert codes(clip) == codes(clip, purpose="pitch") == codes(clip, purpose="") == []
    forge(table, change)
    assert "signature-invalid" in codes(clip)


def test_the_next_version_of_an_old_record_is_of_the_second_schema(agency: Agency, clip: Clip) -> None:
    governing = world.approved(agency, clip)
    world.sign(agency.lena, world.draft_old(agency.bob, clip, governing))
    assert codes(clip) == []
    assert world.draft(agency.bob, clip, governing).schema == 2
    assert codes(clip) == ["superseded"]


def test_a_record_written_in_another_zone_is_sound(agency: Agency, clip: Clip) -> None:
    auckland = timezone.get_fixed_timezone(13 * 60)
    start = datetime(2026, 1, 1, tzinfo=auckland)
    world.sign(agency.lena, world.ready_to_sign(agency, clip, starts_at=start, time_zone="Pacific/Auckland"))
    assert codes(clip) == []


def test_a_member_smuggled_into_the_governing_set_hides_no_change(agency: Agency, clip: Clip) -> None:
    version = world.draft(agency.bob, clip, world.governing(agency.lena, rule="continuous"))
    assert "governing-set-missing" not in codes(clip)
    newer = world.capture(agency.lena, label="newer", text=world.TERMS + "10. New.")
    GoverningMember.objects.create(governing_set=version.governing_set, terms_version=newer, precedence=9)
    assert "governing-set-missing" in codes(clip)


def test_terms_bind_from_midnight_in_the_records_own_zone(agency: Agency, clip: Clip) -> None:
    draft_in = {"time_zone": "Pacific/Auckland"}
    world.draft(agency.bob, clip, world.governing(agency.lena, rule="continuous"), **draft_in)
    world.capture(agency.lena, label="new", text=world.TERMS + "10. New.", effective_from=date(2026, 12, 1))
    midnight = datetime(2026, 11, 30, 11, tzinfo=UTC)
    assert "terms-changed" not in codes(clip, at=midnight - timedelta(seconds=1))
    assert "terms-changed" in codes(clip, at=midnight)


def test_terms_captured_early_that_bind_later_count_as_a_change(agency: Agency, clip: Clip) -> None:
    world.capture(agency.lena, label="future", text=world.TERMS + "10. New.", effective_from=date(2027, 3, 1))
    present = world.capture(agency.lena, label="present")
    governing = make_governing_set(
        actor=agency.lena, name="Vofy", route="Vofy", rule="continuous", as_of=date(2026, 6, 1), versions=[present]
    )
    world.draft(agency.bob, clip, governing)
    assert "terms-changed" not in codes(clip, at=datetime(2027, 2, 28, tzinfo=UTC))
    assert "terms-changed" in codes(clip, at=datetime(2027, 3, 1, tzinfo=UTC))


def test_a_hold_stops_at_once_and_is_lifted_once(agency: Agency, clip: Clip, signed: SignOff) -> None:
    hold = place_hold(actor=agency.lena, clip=clip, reason="Claim by a third party")
    assert codes(clip) == ["hold"]
    assert lift_hold(actor=agency.lena, hold=hold, reason="Settled").lift_reason == "Settled"
    assert codes(clip) == []
    assert unchanged(Conflict, lambda: lift_hold(actor=agency.lena, hold=hold, reason="Again")).code == "hold-lifted"
    assert world.kinds_of_events()[-2:] == ["hold.placed", "hold.lifted"]


def test_only_legal_holds(agency: Agency, clip: Clip) -> None:
    hold = place_hold(actor=agency.lena, clip=clip, reason="Claim")
    for name in ("alice", "bob", "dora", "ada", "carol"):
        actor = getattr(agency, name)
        unchanged(Forbidden, lambda actor=actor: place_hold(actor=actor, clip=clip, reason="Mine"))  # type: ignore[misc]
        unchanged(Forbidden, lambda actor=actor: lift_hold(actor=actor, hold=hold, reason="Mine"))  # type: ignore[misc]
    foreign = world.add_clip(agency.borealis, agency.ada, grey=30)
    unchanged(NotFound, lambda: place_hold(actor=agency.lena, clip=foreign, reason="Claim"))
    unchanged(InvalidInput, lambda: place_hold(actor=agency.lena, clip=clip, reason=" "))


def test_a_withdrawn_release_suspends_what_rests_on_it(agency: Agency, clip: Clip) -> None:
    mia = world.consent(agency.bob, agency.aurora)
    world.sign(agency.lena, world.ready_to_sign(agency, clip, **world.shows(mia)))
    assert codes(clip) == []
    withdraw_release(actor=agency.lena, release=mia)
    assert codes(clip) == ["release-withdrawn"]
    unchanged(Conflict, lambda: withdraw_release(actor=agency.lena, release=mia))
    unchanged(Forbidden, lambda: withdraw_release(actor=agency.bob, release=mia))


def test_a_withdrawn_release_suspends_records_of_the_first_schema_too(agency: Agency, clip: Clip) -> None:
    kim = old_release(agency)
    said: dict[str, Any] = {"depicted": "Kim", "disclosure": "Label", "releases": [kim]}
    world.sign(agency.lena, world.draft_old(agency.bob, clip, world.approved(agency, clip), **said))
    assert codes(clip) == []
    withdraw_release(actor=agency.lena, release=kim)
    assert codes(clip) == ["release-withdrawn"]


def test_a_record_names_who_can_be_recognised_and_the_releases_they_have(agency: Agency, clip: Clip) -> None:
    mia = world.consent(agency.bob, agency.aurora)
    rows = [
        DepictionInput(kind="person", name=" Mia ", real="yes", words="At the helm", release=mia),
        DepictionInput(kind="voice", name="Mia", real="yes", release=mia),
        DepictionInput(kind="brand", name="Nordwind", real="no"),
    ]
    more = {"product": "Spring coffee", "category": "coffee", "alterations": "none", "authorship": "Bob cut it."}
    version = world.draft(agency.bob, clip, world.governing(agency.lena), none_depicted=False, depictions=rows, **more)
    found = LicenceRecordVersion.objects.get(pk=version.pk)
    assert [(row.position, row.kind, row.name, row.release) for row in found.depictions.all()] == [
        (1, "person", "Mia", mia), (2, "voice", "Mia", mia), (3, "brand", "Nordwind", None)
    ]  # fmt: skip
    assert [link.release for link in found.releases.all()] == [mia]
    said = json.loads(found.canonical)
    assert (said["schema"], said["purposes"], said["client"]) == (
        "sorahub/licence-record/2", ["advertising"], str(agency.north.pk)
    )  # fmt: skip
    assert said["depictions"][0] == {
        "kind": "person", "name": "Mia", "real": "yes", "words": "At the helm", "release": str(mia.pk)
    }  # fmt: skip
    assert said["releases"] == [
        {
            "id": str(mia.pk), "kind": "model", "subject": "Mia", "scope": "The spring campaign, AI included",
            "uses": sorted(mia.uses), "territories": ["WORLD"], "ai_use": "yes", "training": "unknown",
            "counselled": "unknown", "of_age_on": None, "exclusive_categories": [], "valid_from": "2026-01-01",
            "valid_until": "2027-12-31", "document_sha256": "",
        }
    ]  # fmt: skip
    assert agrees(found)


def test_the_statement_names_purposes_product_and_alterations(agency: Agency, clip: Clip) -> None:
    more = {
        "product": "Spring coffee",
        "category": "coffee",
        "alterations": "none",
        "purposes": ["pitch", "advertising"],
    }
    version = world.draft(agency.bob, clip, world.governing(agency.lena), **more)
    assert scope(version) == (
        "The client's own channels, Social media, for Advertising, Pitch and previsualisation; for Spring coffee (coffee); "
        "in AT, DE; from 2026-01-01 00:00 up to, but not including, 2028-01-01 00:00 (UTC); no alterations; not exclusive"
    )
    old = world.draft_old(agency.bob, clip, version.governing_set)
    assert scope(old) == (
        "The client's own channels, Social media; in AT, DE; from 2026-01-01 00:00 up to, but not including, "
        "2028-01-01 00:00 (UTC); not exclusive"
    )


def test_a_continuous_rule_follows_the_terms(agency: Agency, clip: Clip) -> None:
    stages = world.staged(agency)
    world.approve(clip, stages["Creative"], agency.bob)
    world.approve(clip, stages["Client"], agency.dora)
    world.sign(agency.lena, world.draft(agency.bob, clip, world.governing(agency.lena, rule="continuous")))
    world.capture(agency.lena, "future", "Not yet", effective_from=timezone.now().date() + timedelta(days=30))
    assert codes(clip) == []
    world.capture(agency.lena, "2026-09-01", "Other words")
    assert codes(clip) == ["terms-changed"]


def test_terms_that_bound_before_the_clip_was_made_are_not_passed_over(agency: Agency, clip: Clip) -> None:
    Clip.objects.filter(pk=clip.pk).update(declared_made_on=date(2026, 9, 15))
    clip.refresh_from_db()
    world.capture(agency.lena, effective_from=date(2026, 1, 1))
    world.sign(agency.lena, world.ready_to_sign(agency, clip))
    world.capture(agency.lena, "2026-09-16", "Too late for this clip", effective_from=date(2026, 9, 16))
    assert codes(clip) == []
    world.capture(agency.lena, "2026-09-15", "In force on the day", effective_from=date(2026, 9, 15))
    assert codes(clip) == ["terms-changed"]


def test_a_pinned_set_does_not_follow_the_terms(agency: Agency, clip: Clip, signed: SignOff) -> None:
    world.capture(agency.lena, "2026-09-01", "Other words")
    assert codes(clip) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"uses": []},
        {"uses": ["posters"]},
        {"territories": []},
        {"territories": ["UK"]},
        {"starts_at": datetime(2026, 1, 1)},  # noqa: DTZ001 (a naive time is the case)
        {"ends_at": world.START},
        {"time_zone": "Mars/Olympus"},
        {"ownership": "perhaps"},
        {"purposes": []},
        {"purposes": ["fun"]},
        {"alterations": "some"},
        {"product": "x" * 201},
        {"category": "x" * 101},
        {"none_depicted": True, "depictions": [DepictionInput(kind="person", name="Mia")]},
        {"none_depicted": False, "depictions": [DepictionInput(kind="ghost", name="Mia")]},
        {"none_depicted": False, "depictions": [DepictionInput(kind="person", name=" ")]},
        {"none_depicted": False, "depictions": [DepictionInput(kind="person", name="x" * 201)]},
        {"none_depicted": False, "depictions": [DepictionInput(kind="person", name="Mia", real="perhaps")]},
        {"answers": [{"key": "music", "finding": "yes", "words": "", "clauses": []}]},
        {"disclosures": [{"rule": "eu", "version": 1, "plan": " ", "exempt": False, "reason": ""}]},
        {"disclosures": [{"rule": "eu", "version": 1, "plan": "", "exempt": True, "reason": ""}]},
        {"disclosures": [{"rule": "eu"}]},
        {"disclosures": [{"rule": "eu", "version": 1, "plan": "A", "exempt": False, "reason": ""}] * 2},
    ],
)
def test_what_is_no_record_is_refused(agency: Agency, clip: Clip, changes: dict[str, object]) -> None:
    governing = world.governing(agency.lena)
    error = unchanged(InvalidInput, lambda: world.draft(agency.bob, clip, governing, **changes))
    assert error.fields.keys() <= changes.keys()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([{"key": "logo", "finding": "yes", "words": "", "clauses": []}], "logo: the checklist does not ask that."),
        ([{"key": "music", "finding": "perhaps", "words": "", "clauses": []}], "music: one of yes, no, unknown."),
        ([{"key": "music", "finding": "yes", "words": "", "clauses": []}] * 2, "music: answered twice."),
        ([{"key": "music"}], "Answer 1 has key, finding, words and clauses, and nothing else."),
    ],
)
def test_only_what_the_checklist_asks_is_answered_once(
    agency: Agency, clip: Clip, answers: list[dict[str, object]], words: str
) -> None:
    checklist = ChecklistTemplate.objects.create(
        key="house", version=1, title="House", questions=[MUSIC], canonical="{}", sha256="0" * 64
    )
    governing = world.governing(agency.lena)
    error = unchanged(
        InvalidInput, lambda: world.draft(agency.bob, clip, governing, checklist=checklist, answers=answers)
    )
    assert error.fields == {"answers": words}


def test_who_drafts(agency: Agency, clip: Clip) -> None:
    governing = world.governing(agency.lena)
    for name in ("dora", "ada"):
        unchanged(Forbidden, lambda name=name: world.draft(getattr(agency, name), clip, governing))  # type: ignore[misc]
    foreign = world.add_clip(agency.borealis, agency.ada, grey=30)
    unchanged(NotFound, lambda: world.draft(agency.bob, foreign, governing))
    elsewhere = Release.objects.create(
        project=agency.borealis, kind="model", subject="X", scope="All", valid_from=date(2026, 1, 1),
        created_by=agency.ada,
    )  # fmt: skip
    unchanged(NotFound, lambda: world.draft(agency.bob, clip, governing, **world.shows(elsewhere)))
    first = world.draft(agency.alice, clip, governing)
    assert (first.version, world.draft(agency.lena, clip, governing).version) == (1, 2)
