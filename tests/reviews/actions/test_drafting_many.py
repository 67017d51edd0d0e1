"""Drawing many records anew with another governing set: the same content, nothing signed, every skip with its reason, nothing twice."""

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Clip, Membership
from reviews.actions import drafting_many
from reviews.actions.checklists import make_checklist, retire_checklist, revise_checklist
from reviews.actions.clear import clearance
from reviews.actions.content import agrees
from reviews.actions.drafting_many import concerned, draft_many, go_on, preview, run_of
from reviews.actions.licensing import draft_licence
from reviews.actions.presence import reauthenticate
from reviews.actions.sign import revoke_sign_off
from reviews.actions.terms import make_governing_set
from reviews.models import GoverningSet, LicenceRecordVersion, ReReview, SignOff, TermsChange, TermsSource
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.runner import drain
from sorahub.ledger import audit, record
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from tests.people import PASSWORD, Agency, user
from tests.reviews import world
from tests.reviews.judging import change_of, judge

pytestmark = [pytest.mark.django_db, pytest.mark.core]

NEXT = world.TERMS + "10. We may use your output to train our models.\n"
WHY = "The terms of September bind."


@pytest.fixture
def change(agency: Agency) -> TermsChange:
    """Vofy's terms changed, and what the change means was judged material."""
    before = world.capture(agency.lena)
    found = change_of(before, world.capture(agency.lena, "2026-09-01", NEXT))
    return found


@pytest.fixture
def old(agency: Agency, change: TermsChange) -> GoverningSet:
    return vofy(agency, change, "before")


@pytest.fixture
def new(agency: Agency, change: TermsChange, old: GoverningSet) -> GoverningSet:
    return vofy(agency, change, "after")


def vofy(agency: Agency, change: TermsChange, which: str, **said: Any) -> GoverningSet:
    values = {"name": f"Vofy {which}", "route": "Vofy", "rule": "continuous", "as_of": date(2026, 9, 1), **said}
    return make_governing_set(actor=agency.lena, versions=[getattr(change, which)], **values)


def records(agency: Agency, old: GoverningSet, number: int = 3, **said: Any) -> list[LicenceRecordVersion]:
    """So many clips of Aurora with a record that rests on the old terms, in the order of their ids."""
    clips = [world.add_clip(agency.aurora, agency.alice, grey=20 + each) for each in range(number)]
    return [world.draft(agency.bob, clip, old, **said) for clip in clips]


def codes(agency: Agency, clip: Clip, new: GoverningSet, actor: User | None = None) -> list[str]:
    (row,) = preview(actor=actor or agency.alice, clips=[clip.pk], governing_set=new)
    return [one.code for one in row.against]


def run(agency: Agency, versions: list[LicenceRecordVersion], new: GoverningSet, **said: Any) -> drafting_many.Run:
    actor = said.pop("actor", agency.alice)
    job = draft_many(actor=actor, versions=[each.pk for each in versions], governing_set=new, reason=WHY, **said)
    return run_of(actor=actor, pk=job.pk)


def test_each_record_is_drawn_anew_with_the_same_content_and_the_other_set(
    agency: Agency, old: GoverningSet, new: GoverningSet
) -> None:
    first = records(
        agency, old, exclusive=True, restrictions="Not beside beer", product="Cola", category="soft drinks", authorship="Alice cut it",
        **world.shows(world.consent(agency.alice, agency.aurora)),
    )  # fmt: skip
    found = run(agency, first, new)
    assert (found.state, found.total, found.dealt_with, found.skipped) == ("done", 3, 3, ())
    for each in found.drafted:
        before, made = (
            LicenceRecordVersion.objects.get(pk=each.before.pk),
            LicenceRecordVersion.objects.get(pk=each.made.pk),
        )
        said, again = json.loads(before.canonical), json.loads(made.canonical)
        differing = {name for name in said if said[name] != again[name]}
        assert differing == {"version", "governing_set", "drafted_by", "drafted_at"}
        assert (made.version, made.governing_set, made.drafted_by) == (2, new, agency.alice)
        assert agrees(made)
    assert not SignOff.objects.exists()
    assert list(audit.verify()) == []


def test_the_ledger_has_each_draft_with_the_reason_and_the_run_in_the_clients_chain(
    agency: Agency, old: GoverningSet, new: GoverningSet
) -> None:
    first = records(agency, old, 2)
    before = Event.objects.count()
    found = run(agency, first, new)
    events = list(Event.objects.order_by("at", "seq"))[before:]
    assert [each.kind for each in events] == [
        "licence.redraft_begun", "licence.drafted", "licence.drafted", "licence.redraft_ended",
    ]  # fmt: skip
    begun, one, _, ended = (json.loads(each.body) for each in events)
    assert record.reveal(begun["words"]) == record.reveal(one["words"]) == WHY
    assert {begun["run"], one["run"], ended["run"]} == {str(found.id)}
    assert (begun["count"], ended["drafted"], ended["skipped"]) == (2, 2, 0)
    assert one["drawn_from"] in {str(each.pk) for each in first}
    assert all(WHY not in each.body for each in events)


def test_the_preview_says_what_is_drafted_and_what_is_skipped_and_why(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    fits, withdrawn, named, unknown_there = records(agency, old, 4)
    assert codes(agency, fits.record.clip, new) == []
    Clip.objects.filter(pk=withdrawn.record.clip_id).update(withdrawn_at=timezone.now())
    assert codes(agency, withdrawn.record.clip, new) == ["withdrawn"]
    assert codes(agency, world.add_clip(agency.aurora, agency.alice, grey=60), new) == ["no-record"]
    world.draft(agency.bob, named.record.clip, new)
    assert codes(agency, named.record.clip, new) == ["set-named"]
    other = world.add_clip(agency.aurora, agency.alice, grey=61, route="Kling")
    world.draft(agency.bob, other, old)
    assert codes(agency, other, new) == ["route-not-governed"]
    assert codes(agency, fits.record.clip, vofy(agency, change, "after", route="Kling", name="Kling")) == [
        "route-not-governed"
    ]
    Clip.objects.filter(pk=unknown_there.record.clip_id).update(declared_route="")
    assert codes(agency, unknown_there.record.clip, new) == []
    assert codes(agency, fits.record.clip, vofy(agency, change, "before", name="Old, pinned", rule="pinned")) == []


def test_what_was_ended_is_not_brought_back_by_the_dozen(agency: Agency, old: GoverningSet, new: GoverningSet) -> None:
    (rejected, revoked) = records(agency, old, 2)
    world.sign(agency.lena, rejected, "rejected", "No")
    approval = world.sign_unasked(agency.lena, revoked)
    (row,) = preview(actor=agency.alice, clips=[revoked.record.clip_id], governing_set=new)
    assert (row.approved, row.against) == (True, [])
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revoke_sign_off(actor=agency.lena, sign_off=approval, reason="A claim", reauthentication=proof)
    assert codes(agency, rejected.record.clip, new) == ["rejected"]
    assert codes(agency, revoked.record.clip, new) == ["revoked"]


def test_a_set_that_newer_terms_came_after_does_not_fit(agency: Agency, change: TermsChange, old: GoverningSet) -> None:
    (version,) = records(agency, old, 1)
    judge(agency.lena, change, "material")
    again = vofy(agency, change, "before", name="Old once more", as_of=date(2026, 9, 2))
    assert codes(agency, version.record.clip, again) == ["terms-changed"]


def test_a_record_of_the_first_schema_is_drafted_by_itself(
    agency: Agency, old: GoverningSet, new: GoverningSet
) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, grey=62)
    world.draft_old(agency.bob, clip, old)
    assert codes(agency, clip, new) == ["older-record"]


@pytest.mark.parametrize("how", ["revised", "retired"])
def test_the_preview_skips_what_drafting_would_refuse_for_its_checklist(
    agency: Agency, old: GoverningSet, new: GoverningSet, how: str
) -> None:
    questions = [{"question": "Is it ours?", "clears_with": ["yes"]}]
    checklist = make_checklist(actor=agency.lena, key="house", title="House", questions=questions)
    (version,) = records(agency, old, 1, checklist=checklist)
    assert codes(agency, version.record.clip, new) == []
    if how == "revised":
        more = [*questions, {"question": "Is it new?", "clears_with": ["yes"]}]
        revise_checklist(actor=agency.lena, checklist=checklist, title="House", questions=more)
    else:
        retire_checklist(actor=agency.lena, checklist=checklist)
    assert codes(agency, version.record.clip, new) == ["checklist-newer"]
    with pytest.raises(InvalidInput):
        world.draft(agency.alice, version.record.clip, new, checklist=checklist)


def test_a_set_without_the_terms_of_a_hop_does_not_fit(agency: Agency, change: TermsChange, new: GoverningSet) -> None:
    clip = world.add_clip(agency.aurora, agency.alice, grey=63)
    pinned = vofy(agency, change, "before", name="Old, pinned", rule="pinned")
    world.draft(agency.bob, clip, pinned)
    TermsSource.objects.filter(pk=change.after.source_id).update(party="Vofy")
    assert codes(agency, clip, new) == ["hop-not-governed"]


@pytest.mark.parametrize(
    ("versions", "said", "error"),
    [
        ("own", {"actor": "dora"}, Forbidden),
        ("own", {"actor": "ada"}, Forbidden),
        ("own", {"reason": "  "}, InvalidInput),
        ("none", {}, InvalidInput),
        ("unseen", {}, NotFound),
    ],
)
def test_what_is_refused_drafts_nothing(
    agency: Agency, old: GoverningSet, new: GoverningSet, versions: str, said: dict[str, str], error: type[DomainError]
) -> None:
    own = records(agency, old, 1)
    elsewhere = world.draft(agency.bob, world.add_clip(agency.aurora, agency.alice, grey=70), old)
    Clip.objects.filter(pk=elsewhere.record.clip_id).update(project=agency.borealis)
    chosen = {"own": own, "none": [], "unseen": [*own, elsewhere]}[versions]
    actor = getattr(agency, said.get("actor", "alice"))
    before = LicenceRecordVersion.objects.count(), Event.objects.count()
    with pytest.raises(error):
        draft_many(
            actor=actor, versions=[each.pk for each in chosen], governing_set=new, reason=said.get("reason", WHY)
        )
    assert (LicenceRecordVersion.objects.count(), Event.objects.count()) == before
    assert not Job.objects.filter(kind=drafting_many.KIND).exists()


def test_more_than_500_at_once_are_refused(agency: Agency, new: GoverningSet) -> None:
    many = [UUID(int=number) for number in range(501)]
    with pytest.raises(InvalidInput):
        draft_many(actor=agency.alice, versions=many, governing_set=new, reason=WHY)
    with pytest.raises(InvalidInput):
        preview(actor=agency.alice, clips=many, governing_set=new)


def test_what_changed_since_the_preview_is_skipped_and_told(
    agency: Agency, old: GoverningSet, new: GoverningSet
) -> None:
    first = records(agency, old, 3)
    world.draft(agency.bob, first[0].record.clip, old, uses=["cinema"])
    Clip.objects.filter(pk=first[1].record.clip_id).update(withdrawn_at=timezone.now())
    found = run(agency, first, new)
    assert {(each.before.pk, each.code) for each in found.skipped} == {
        (first[0].pk, "newer-version"), (first[1].pk, "withdrawn"),
    }  # fmt: skip
    assert [each.before.pk for each in found.drafted] == [first[2].pk]
    assert "Version 2 was drafted meanwhile." in [each.words for each in found.skipped]


def test_a_clip_that_went_out_of_sight_is_skipped_and_not_shown(
    agency: Agency, old: GoverningSet, new: GoverningSet
) -> None:
    first = records(agency, old, drafting_many.AT_ONCE + 1)
    job = draft_many(actor=agency.alice, versions=[each.pk for each in first], governing_set=new, reason=WHY)
    Clip.objects.filter(pk=first[0].record.clip_id).update(project=agency.borealis)
    drain()
    found = run_of(actor=agency.alice, pk=job.pk)
    assert (found.state, len(found.drafted), found.skipped) == ("done", drafting_many.AT_ONCE, ())
    result: Any = Job.objects.get(pk=job.pk).result
    assert result["skipped"][str(first[0].pk)][0] == "no-access"


def test_many_are_left_to_a_job_whose_successor_goes_on_where_it_was_killed(
    agency: Agency, old: GoverningSet, new: GoverningSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = records(agency, old, drafting_many.AT_ONCE + 2)
    job = draft_many(actor=agency.alice, versions=[each.pk for each in first], governing_set=new, reason=WHY)
    waiting = run_of(actor=agency.alice, pk=job.pk)
    assert (waiting.state, waiting.dealt_with, waiting.open) == ("waiting", 0, True)
    assert draft_many(actor=agency.alice, versions=[each.pk for each in first], governing_set=new, reason=WHY) == job
    _killed_after(monkeypatch, 7)
    drain(1)
    partly = run_of(actor=agency.alice, pk=job.pk)
    assert (partly.open, partly.dealt_with, partly.total) == (True, 7, 26)
    monkeypatch.undo()
    Job.objects.filter(pk=job.pk).update(run_at=timezone.now())
    drain()
    done = run_of(actor=agency.alice, pk=job.pk)
    assert (done.state, len(done.drafted)) == ("done", 26)
    assert LicenceRecordVersion.objects.filter(governing_set=new).count() == 26
    assert Event.objects.filter(kind="licence.redraft_ended").count() == 1


def _killed_after(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the process fail in the transaction that draws one more than so many."""
    calls = [0]

    def failing(**said: Any) -> LicenceRecordVersion:
        made = draft_licence(**said)
        calls[0] += 1
        if calls[0] > number:
            raise RuntimeError("The worker is gone.")
        return made

    monkeypatch.setattr("reviews.actions.drafting_run.draft_licence", failing)


def test_a_run_that_gave_up_goes_on_with_what_is_left(agency: Agency, old: GoverningSet, new: GoverningSet) -> None:
    first = records(agency, old, 3)
    job = draft_many(actor=agency.alice, versions=[each.pk for each in first], governing_set=new, reason=WHY)
    with pytest.raises(Conflict):
        go_on(actor=agency.alice, pk=job.pk)
    left = world.draft(agency.bob, first[0].record.clip, old)
    told = dict(job.payload, versions=[*job.payload["versions"], str(left.pk)])
    Job.objects.filter(pk=job.pk).update(state=JobState.DEAD, payload=told, error_message="The disk is full.")
    assert run_of(actor=agency.alice, pk=job.pk).words == "The disk is full."
    again = run_of(actor=agency.alice, pk=go_on(actor=agency.alice, pk=job.pk).pk)
    assert ([each.before.pk for each in again.drafted], again.total) == ([left.pk], 1)


def test_a_run_is_its_askers_alone(agency: Agency, old: GoverningSet, new: GoverningSet) -> None:
    found = run(agency, records(agency, old, 1), new)
    for other in (agency.bob, agency.lena, agency.ada, agency.dora):
        with pytest.raises(NotFound):
            run_of(actor=other, pk=found.id)


def test_the_old_approval_stays_and_clears_again_only_when_the_new_one_is_signed(
    agency: Agency, version: LicenceRecordVersion, signed: SignOff
) -> None:
    before = version.governing_set.members.get().terms_version
    change = change_of(before, world.capture(agency.lena, "2026-09-01", NEXT))
    clip, new = version.record.clip, vofy(agency, change, "after")
    made = run(agency, [version], new).drafted[0].made
    signed.refresh_from_db()
    assert not hasattr(signed, "revocation")
    assert [one.code for one in clearance(clip=clip, **world.SCOPE).reasons] == ["superseded"]
    world.sign(agency.lena, LicenceRecordVersion.objects.get(pk=made.pk))
    assert clearance(clip=clip, **world.SCOPE).granted


def test_whose_records_are_drawn_anew_cannot_sign_them(agency: Agency, version: LicenceRecordVersion) -> None:
    change = change_of(
        version.governing_set.members.get().terms_version, world.capture(agency.lena, "2026-09-01", NEXT)
    )
    made = run(agency, [version], vofy(agency, change, "after"), actor=agency.lena).drafted[0].made
    with pytest.raises(DomainError) as refused:
        world.sign(agency.lena, made)
    assert [one["code"] for one in refused.value.reasons] == ["drafter-of-record"]
    leo = user("leo", Kind.LEGAL)
    Membership.objects.create(project=agency.aurora, user=leo)
    world.sign(leo, made)


def test_concerned_are_the_newest_records_on_the_old_text_and_those_that_wait(
    agency: Agency, change: TermsChange, old: GoverningSet, new: GoverningSet
) -> None:
    first = records(agency, old, 3)
    world.draft(agency.bob, first[0].record.clip, new)
    elsewhere = world.draft(agency.bob, world.add_clip(agency.aurora, agency.alice, grey=71), old)
    judge(agency.lena, change, "material")
    Clip.objects.filter(pk=elsewhere.record.clip_id).update(project=agency.borealis)
    clips = {each.record.clip_id for each in first[1:]}
    assert set(concerned(agency.alice, change).values_list("pk", flat=True)) == clips
    assert set(concerned(agency.alice).values_list("pk", flat=True)) == clips
    assert set(concerned(agency.alice, change, agency.aurora).values_list("pk", flat=True)) == clips
    assert not concerned(agency.alice, change, agency.borealis).exists()
    run(agency, first[1:], new)
    assert not concerned(agency.alice, change).exists()
    assert ReReview.objects.open().count() == 3


def test_the_preview_asks_as_often_for_many_as_for_few(agency: Agency, old: GoverningSet, new: GoverningSet) -> None:
    checklist = make_checklist(
        actor=agency.lena, key="house", title="House", questions=[{"question": "Is it ours?", "clears_with": ["yes"]}]
    )
    answers = [{"key": checklist.questions[0]["key"], "finding": "yes", "words": "", "clauses": []}]
    shown = world.shows(world.consent(agency.alice, agency.aurora))
    first = records(agency, old, 12, checklist=checklist, answers=answers, **shown)
    world.sign(agency.lena, first[0], "rejected", "No")
    world.sign(agency.lena, first[5], "rejected", "No")

    def asked(versions: list[LicenceRecordVersion]) -> int:
        with CaptureQueriesContext(connection) as queries:
            rows = preview(actor=agency.alice, clips=[each.record.clip_id for each in versions], governing_set=new)
        assert len(rows) == len(versions)
        return len(queries)

    assert asked(first[:2]) == asked(first)
