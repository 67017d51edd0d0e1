"""What a judgement opens and closes, who may settle it, and that a board knows the same as a single clip."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Clip, Membership
from reviews.actions import facts, facts_of_many, rereading
from reviews.actions.changes import judge_alike, judge_change
from reviews.actions.following_terms import later_terms
from reviews.actions.impact import impact_of
from reviews.actions.rereading import own_work, settle
from reviews.actions.terms import make_governing_set
from reviews.models import (
    GoverningMember,
    LicenceRecordVersion,
    Reauthentication,
    ReReview,
    TermsChange,
)
from reviews.rules import separation
from reviews.web import docket, rights
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, Refused
from tests.people import Agency, user
from tests.reviews import world
from tests.reviews.judging import change_of, judge

pytestmark = pytest.mark.core
NEXT = world.TERMS + "10. We may use your output to train our models.\n"


@pytest.fixture
def change(agency: Agency) -> TermsChange:
    """Vofy's terms changed after what every record of these tests rests on."""
    before = world.capture(agency.lena)
    return change_of(before, world.capture(agency.lena, "2026-09-01", NEXT))


def drafted(
    agency: Agency, change: TermsChange, *, grey: int = 90, rule: str = "continuous", by: User | None = None
) -> LicenceRecordVersion:
    clip = world.add_clip(agency.aurora, agency.alice, grey=grey)
    return world.draft(by or agency.bob, clip, governing(agency, change, rule))


def governing(agency: Agency, change: TermsChange, rule: str) -> Any:
    row = GoverningMember.objects.filter(terms_version=change.before, governing_set__rule=rule).first()
    if row is not None:
        return row.governing_set
    return make_governing_set(
        actor=agency.lena,
        name=f"Vofy {rule}",
        route="Vofy",
        rule=rule,
        as_of=date(2026, 6, 1),
        versions=[change.before],
    )


def suspended(version: LicenceRecordVersion) -> tuple[bool, bool]:
    """Whether the record is suspended, and whether changed terms block it otherwise."""
    record = facts.gather(version.record.clip, timezone.now())[0].record
    assert record is not None
    return bool(record.suspended_by), bool(record.changed_terms)


def refused(kind: type[DomainError], agency: Agency, tasks: list[ReReview], **said: Any) -> DomainError:
    """Settling is refused, and nothing changed."""
    values = {"actor": agency.lena, "outcome": "no_effect", "reason": "We opted out.", **said}
    with pytest.raises(kind) as raised:
        settle(re_reviews=tasks, **values)
    assert not ReReview.objects.exclude(settled_at=None).exists()
    return raised.value


def test_one_task_for_each_newest_version_that_may_be_relied_on(agency: Agency, change: TermsChange) -> None:
    replaced = drafted(agency, change)
    newest = world.draft(agency.bob, replaced.record.clip, replaced.governing_set, uses=["cinema"])
    pinned = drafted(agency, change, grey=100, rule="pinned")
    withdrawn = drafted(agency, change, grey=110)
    Clip.objects.filter(pk=withdrawn.record.clip_id).update(withdrawn_at=timezone.now())
    world.sign(agency.lena, drafted(agency, change, grey=120), "rejected", "No")
    judge(agency.lena, change, "material")
    assert set(ReReview.objects.values_list("record_version", "suspends")) == {(newest.pk, True), (pinned.pk, False)}
    judge(agency.lena, change, "material", "Once more")
    assert ReReview.objects.count() == 2
    assert impact_of(change, agency.lena).counts()["record_versions"] == 5


def test_an_older_text_of_the_same_document_is_old_too_another_variant_is_not(
    agency: Agency, change: TermsChange
) -> None:
    german = world.capture(agency.lena, "de", world.TERMS + "Deutsch", language="de")
    world.draft(
        agency.bob,
        world.add_clip(agency.aurora, agency.alice, grey=100),
        governing(agency, change_of(german, change.after), "pinned"),
    )
    old = drafted(agency, change)
    third = world.capture(agency.lena, "2026-10-01", NEXT + "11. More.")
    judge(agency.lena, change_of(change.after, third), "material")
    assert [task.record_version for task in ReReview.objects.all()] == [old]


def test_a_later_cosmetic_judgement_closes_what_nobody_settled_and_a_material_one_opens_it_again(
    agency: Agency, change: TermsChange
) -> None:
    first, second = drafted(agency, change), drafted(agency, change, grey=100)
    judge(agency.lena, change, "material")
    settle(
        actor=agency.lena, re_reviews=[ReReview.objects.get(record_version=first)], outcome="no_effect", reason="Ours"
    )
    judge(agency.lena, change, "cosmetic", "On second reading")
    assert set(ReReview.objects.values_list("record_version", "outcome", "reason")) == {
        (first.pk, "no_effect", "Ours"), (second.pk, "no_effect", "On second reading"),
    }  # fmt: skip
    assert [suspended(each) for each in (first, second)] == [(False, False), (False, False)]
    judge(agency.lena, change, "material", "It was not")
    assert [suspended(each) for each in (first, second)] == [(False, False), (True, False)]


def test_a_record_drafted_on_the_old_text_after_the_judgement_is_blocked_without_a_task(
    agency: Agency, change: TermsChange
) -> None:
    judge(agency.lena, change, "material")
    late = drafted(agency, change)
    assert not ReReview.objects.exists()
    assert suspended(late) == (False, True)


def test_the_ledger_of_each_client_tells_of_its_own_records(agency: Agency, change: TermsChange) -> None:
    own = [drafted(agency, change, grey=grey) for grey in (90, 100)]
    clip = world.add_clip(agency.borealis, agency.ada)
    Membership.objects.create(project=agency.borealis, user=agency.bob)
    other = world.draft(agency.bob, clip, own[0].governing_set)
    judge(agency.lena, change, "material")
    events = {each.chain.client_id: each.body for each in Event.objects.filter(kind="re_review.opened")}
    assert set(events) == {agency.north.pk, agency.south.pk}
    assert '"count":2' in events[agency.north.pk]
    assert all(str(each.pk) in events[agency.north.pk] for each in own)
    assert str(other.pk) not in events[agency.north.pk]
    assert str(other.pk) in events[agency.south.pk]


def test_who_drafted_the_record_or_made_the_clip_does_not_lift_its_suspension(
    agency: Agency, change: TermsChange
) -> None:
    drafted(agency, change)
    mine = drafted(agency, change, grey=100, by=agency.lena)
    judge(agency.lena, change, "material")
    tasks = list(ReReview.objects.all())
    error = refused(Refused, agency, tasks)
    assert [each["code"] for each in error.reasons] == ["drafter-of-record"]
    assert Event.objects.filter(kind="re_review.refused").count() == 1
    second = world.second_account(agency.alice, "counsel", Kind.LEGAL, agency.aurora)
    assert "maker-brought-clip" in [each["code"] for each in refused(Refused, agency, tasks, actor=second).reasons]
    assert (
        settle(
            actor=agency.lena, re_reviews=[ReReview.objects.get(record_version=mine)], outcome="new_record", reason="x"
        )
        == 1
    )


def test_the_same_people_are_kept_from_it_one_by_one_and_all_at_once(agency: Agency, change: TermsChange) -> None:
    plain = drafted(agency, change)
    generated = drafted(agency, change, grey=100, by=agency.lena)
    world.add_generation(generated.record.clip, agency, launcher=agency.bob)
    judge(agency.lena, change, "material")
    for person in (agency.alice, agency.bob, agency.lena, agency.ada, agency.dora):
        own = set(own_work(ReReview.objects.all(), person.person_id).values_list("record_version", flat=True))
        assert own == {
            version.pk
            for version in (plain, generated)
            if separation.against_signing(person.person_id, facts.involvement(version.record.clip, version))
        }


def test_settling_is_for_legal_and_for_what_they_see_and_happens_once(agency: Agency, change: TermsChange) -> None:
    drafted(agency, change)
    judge(agency.lena, change, "material")
    tasks = list(ReReview.objects.all())
    for name in ("alice", "bob", "ada", "dora"):
        refused(Forbidden, agency, tasks, actor=getattr(agency, name))
    refused(NotFound, agency, tasks, actor=user("leo", Kind.LEGAL))
    refused(InvalidInput, agency, tasks, reason=" ")
    refused(InvalidInput, agency, tasks, outcome="revoked")
    refused(InvalidInput, agency, [])
    assert settle(actor=agency.lena, re_reviews=tasks, outcome="no_effect", reason="We opted out.") == 1
    with pytest.raises(Conflict), transaction.atomic():
        settle(actor=agency.lena, re_reviews=tasks, outcome="new_record", reason="Otherwise")
    assert ReReview.objects.get().outcome == "no_effect"


def test_a_record_on_what_went_is_blocked_when_the_older_text_comes_back_and_suspended_when_that_is_material(
    agency: Agency, change: TermsChange
) -> None:
    set_ = make_governing_set(
        actor=agency.lena, name="New", route="Vofy", rule="continuous", as_of=date(2026, 10, 1), versions=[change.after]
    )  # fmt: skip
    version = world.draft(agency.bob, world.add_clip(agency.aurora, agency.alice, grey=90), set_)
    old = drafted(agency, change, grey=100)
    assert (suspended(version), suspended(old)) == ((False, False), (False, True))
    assert bytes(world.capture(agency.lena, "again").raw) == bytes(change.before.raw)
    assert (suspended(version), suspended(old)) == ((False, True), (False, False))
    back = TermsChange.objects.get(before=change.after, after=change.before)
    judge_change(actor=agency.lena, change=back, verdict="material", reason="Training is allowed no more.")
    assert ReReview.objects.get().record_version == version
    assert (suspended(version), suspended(old)) == ((True, False), (False, False))
    judge_change(actor=agency.lena, change=back, verdict="cosmetic", reason="It never was.")
    assert (suspended(version), suspended(old)) == ((False, False), (False, False))
    [later] = later_terms(set_.pk)
    assert (later.version, later.change, later.verdict) == (change.before, back.pk, "cosmetic")


def test_nobody_releases_their_own_record_by_judging_the_change(agency: Agency, change: TermsChange) -> None:
    mine, other = drafted(agency, change, by=agency.lena), drafted(agency, change, grey=100)
    judge(agency.lena, change, "material")
    for call in (
        lambda: judge_change(actor=agency.lena, change=change, verdict="cosmetic", reason="It is nothing."),
        lambda: judge_alike(actor=agency.lena, changes=[change], verdict="cosmetic", reason="It is nothing."),
    ):
        with pytest.raises(Refused) as raised:
            call()
        assert [each["code"] for each in raised.value.reasons] == ["drafter-of-record"]
    assert [change.judgements.count(), ReReview.objects.open().count()] == [1, 2]
    assert Event.objects.filter(kind="re_review.refused").count() == 2
    judge(agency.lena, change, "cosmetic", "Opened while it was judged")
    assert [suspended(each)[0] for each in (mine, other)] == [True, False]
    counsel = user("leo", Kind.LEGAL)
    judge_change(actor=counsel, change=change, verdict="cosmetic", reason="It is nothing.")
    assert [suspended(each)[0] for each in (mine, other)] == [False, False]


def test_many_changes_are_judged_by_one_look_into_the_library(agency: Agency, change: TermsChange) -> None:
    old = drafted(agency, change)
    for number in range(5):
        world.capture(agency.lena, f"more {number}", NEXT + f"{number}. More of it.")
    rows = list(TermsChange.objects.for_list())
    with CaptureQueriesContext(connection) as asked:
        judge_alike(actor=agency.lena, changes=rows, verdict="material", reason="Read")
    told = [each["sql"] for each in asked.captured_queries]
    assert sum("last_seen" in sql for sql in told) == 1, "the library is read once"
    locked = next(place for place, sql in enumerate(told) if 'INSERT INTO "ledger_event"' in sql)
    assert not [sql for sql in told[locked:] if "reviews_" in sql], "nothing is looked up while the ledger waits"
    assert ReReview.objects.filter(record_version=old).count() == 6


def test_no_approval_no_revoking(agency: Agency, change: TermsChange) -> None:
    drafted(agency, change)
    judge(agency.lena, change, "material")
    proof = Reauthentication.objects.create(user=agency.lena)
    with pytest.raises(Conflict) as raised:
        rereading.settle_by_revoking(
            actor=agency.lena, re_review=ReReview.objects.get(), reason="x", reauthentication=proof
        )
    assert raised.value.code == "not-revocable"
    assert ReReview.objects.open().count() == 1


def test_a_board_knows_the_same_of_changed_terms_as_a_single_clip(agency: Agency, change: TermsChange) -> None:
    world.staged(agency)
    rows = [
        drafted(agency, change, grey=90 + 9 * place, rule=rule)
        for place, rule in enumerate(["continuous", "continuous", "pinned", "at_generation"])
    ]
    judge(agency.lena, change, "material")
    settle(
        actor=agency.lena, re_reviews=[ReReview.objects.get(record_version=rows[0])], outcome="new_record", reason="x"
    )
    type(change.before.source).objects.filter(pk=change.before.source_id).update(party="vofy")
    now = timezone.now() + timedelta(minutes=1)
    found = facts_of_many.gather(list(docket.joined(rights.listed(agency.lena, "unsigned"))), now)
    assert {row.pk: found[row.pk] for row in rows} == {row.pk: facts.gather(row.record.clip, now)[0] for row in rows}
    told = {row.pk: found[row.pk].record for row in rows}
    assert [(len(one.suspended_by), len(one.changed_terms), one.hops_open) for one in told.values() if one] == [
        (0, 1, ("OpenAI",)), (1, 0, ("OpenAI",)), (0, 0, ("OpenAI",)), (0, 0, ("OpenAI",)),
    ]  # fmt: skip
