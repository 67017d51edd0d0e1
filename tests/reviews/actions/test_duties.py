"""Clearance asks the checklist and the duties of disclosure of real records, one by one and many at once alike."""

from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations.models import Clip
from reviews.actions import facts, facts_of_many
from reviews.actions.checklists import make_checklist, retire_checklist, revise_checklist
from reviews.actions.clear import clearance
from reviews.actions.disclosures import make_rule, retire_rule, revise_rule
from reviews.actions.sign import blocks
from reviews.actions.terms import mark_clause
from reviews.models import ChecklistTemplate, DisclosureRule, LicenceRecordVersion, TermsVersion
from reviews.web import docket
from sorahub.lib.errors import InvalidInput
from tests.people import Agency
from tests.reviews import world

pytestmark = pytest.mark.django_db
QUESTIONS: list[dict[str, Any]] = [
    {"key": "ours", "question": "Is it ours?", "clears_with": ["yes"]},
    {"key": "taught", "question": "Was it used to train?", "clears_with": ["no"], "required": False},
]
LABEL: dict[str, Any] = {
    "title": "AT label", "territories": ["AT"], "duty": "Say so.", "source": "A law", "sourced_on": date(2026, 1, 1),
    "applies_from": date(2026, 8, 2),
}  # fmt: skip
PLAN = {"rule": "at-label", "version": 1, "plan": "“Made with AI” at the start", "exempt": False, "reason": ""}


def answer(key: str, finding: str, *clauses: str) -> dict[str, Any]:
    return {"key": key, "finding": finding, "words": "", "clauses": list(clauses)}


def against(agency: Agency, version: LicenceRecordVersion) -> list[str]:
    found = [f"{one.code}: {one.message}" for one in blocks(actor=agency.lena, record_version=version)]
    return [one for one in found if one.startswith(("checklist", "disclosure"))]


def cleared(clip: Clip, day: date, territory: str = "AT") -> list[str]:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    answer = clearance(clip=clip, use="social_media", territory=territory, purpose="advertising", at=at)
    return [one.code for one in answer.reasons]


@pytest.fixture
def checklist(agency: Agency) -> ChecklistTemplate:
    return make_checklist(actor=agency.lena, title="Broadcast", client=agency.north, questions=QUESTIONS)


@pytest.fixture
def label(agency: Agency) -> DisclosureRule:
    return make_rule(actor=agency.lena, **LABEL)


def test_without_checklists_and_duties_nothing_is_asked(agency: Agency, clip: Clip) -> None:
    assert blocks(actor=agency.lena, record_version=world.ready_to_sign(agency, clip)) == []


def test_a_record_without_the_checklist_of_its_client_is_told_which(
    agency: Agency, clip: Clip, checklist: ChecklistTemplate
) -> None:
    version = world.ready_to_sign(agency, clip)
    assert against(agency, version) == [
        "checklist-open: A question of the checklist is not answered: the checklist “Broadcast” is not filled in."
    ]
    assert "checklist-open" in cleared(clip, date(2026, 7, 1))
    retire_checklist(actor=agency.lena, checklist=checklist)
    assert against(agency, version) == []


def test_another_clients_or_markets_checklist_is_not_missed(agency: Agency, clip: Clip) -> None:
    make_checklist(actor=agency.lena, title="Japan", questions=QUESTIONS, market="JP")
    make_checklist(actor=agency.lena, title="Canal", questions=QUESTIONS, distributor="Canal")
    ChecklistTemplate.objects.create(
        key="south", version=1, title="South", client=agency.south, questions=QUESTIONS, canonical="{}", sha256="0" * 64
    )
    assert against(agency, world.ready_to_sign(agency, clip)) == []


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ([], ["checklist-open"]),
        ([answer("ours", "unknown")], ["checklist-open"]),
        ([answer("ours", "yes")], []),
        ([answer("ours", "no")], ["checklist-against"]),
        ([answer("ours", "yes"), answer("taught", "yes")], ["checklist-against"]),
        ([answer("ours", "yes"), answer("taught", "no")], []),
    ],
)
def test_open_and_adverse_answers_block(
    agency: Agency, clip: Clip, checklist: ChecklistTemplate, answers: list[dict[str, Any]], codes: list[str]
) -> None:
    version = world.ready_to_sign(agency, clip, checklist=checklist, answers=answers)
    assert [one.partition(":")[0] for one in against(agency, version)] == codes


def test_a_record_keeps_the_version_of_the_checklist_that_it_answered(
    agency: Agency, clip: Clip, checklist: ChecklistTemplate
) -> None:
    version = world.ready_to_sign(agency, clip, checklist=checklist, answers=[answer("ours", "yes")])
    more = [*QUESTIONS, {"key": "new", "question": "New?", "clears_with": ["yes"]}]
    revise_checklist(actor=agency.lena, checklist=checklist, title="Broadcast", questions=more)
    assert against(agency, version) == []
    with pytest.raises(InvalidInput, match="There is a newer version of this checklist"):
        world.draft(agency.bob, clip, version.governing_set, checklist=checklist)
    assert version.record.versions.count() == 1


def test_only_offered_checklists_and_existing_clauses_are_taken(
    agency: Agency, clip: Clip, checklist: ChecklistTemplate
) -> None:
    governing = world.governing(agency.lena)
    text = TermsVersion.objects.get()
    clause = mark_clause(actor=agency.lena, terms_version=text, quote="you own the output", topic="ownership")
    for japan in (make_checklist(actor=agency.lena, title="Japan", questions=QUESTIONS, market="JP"),):
        with pytest.raises(InvalidInput) as caught:
            world.draft(agency.bob, clip, governing, checklist=japan)
        assert list(caught.value.fields) == ["checklist"]
    for wrong in (str(clip.pk), "no id"):
        with pytest.raises(InvalidInput) as caught:
            world.draft(agency.bob, clip, governing, checklist=checklist, answers=[answer("ours", "yes", wrong)])
        assert list(caught.value.fields) == ["answers"]
    said = [answer("ours", "yes", str(clause.pk))]
    assert world.draft(agency.bob, clip, governing, checklist=checklist, answers=said).answers == said


def test_a_duty_in_force_within_the_term_blocks_the_signature_and_from_its_day_the_use(
    agency: Agency, clip: Clip, label: DisclosureRule
) -> None:
    version = world.ready_to_sign(agency, clip)
    assert [one.rpartition(" ")[2] for one in against(agency, version)] == ["label"]
    assert "disclosure-missing" not in cleared(clip, date(2026, 8, 1))
    assert "disclosure-missing" in cleared(clip, date(2026, 8, 2))
    assert "disclosure-missing" not in cleared(clip, date(2026, 8, 2), "DE")


@pytest.mark.parametrize(
    "said", [PLAN, {**PLAN, "plan": "", "exempt": True, "reason": "Evidently a cartoon, says counsel"}]
)
def test_a_plan_or_a_reason_meets_it(agency: Agency, clip: Clip, label: DisclosureRule, said: dict[str, Any]) -> None:
    version = world.ready_to_sign(agency, clip, disclosures=[said])
    assert against(agency, version) == []
    world.sign(agency.lena, version)
    assert cleared(clip, date(2026, 8, 2)) == []


def test_an_edited_duty_asks_anew_and_takes_the_clearance_with_it(
    agency: Agency, clip: Clip, label: DisclosureRule
) -> None:
    world.sign(agency.lena, world.ready_to_sign(agency, clip, disclosures=[PLAN]))
    confirmed = revise_rule(actor=agency.lena, rule=label, **{**LABEL, "status": "confirmed"})
    assert cleared(clip, date(2026, 8, 2)) == []
    stricter = revise_rule(actor=agency.lena, rule=confirmed, **{**LABEL, "duty": "Say so for two seconds."})
    assert cleared(clip, date(2026, 8, 2)) == ["disclosure-missing"]
    assert cleared(clip, date(2026, 8, 1)) == []
    retire_rule(actor=agency.lena, rule=stricter)
    assert cleared(clip, date(2026, 8, 2)) == []


def test_records_of_the_first_schema_are_asked_nothing(
    agency: Agency, clip: Clip, checklist: ChecklistTemplate, label: DisclosureRule
) -> None:
    world.draft_old(agency.bob, clip, world.approved(agency, clip))
    known, _ = facts.gather(clip, timezone.now())
    assert known.record is not None
    assert (known.record.duties, known.record.answers_open, known.record.answers_against) == ((), (), ())


def test_the_board_knows_the_same_as_the_clip_in_as_many_queries_for_few_as_for_many(
    agency: Agency, clip: Clip, checklist: ChecklistTemplate, label: DisclosureRule
) -> None:
    governing = world.approved(agency, clip)
    world.draft(agency.bob, clip, governing, checklist=checklist, answers=[answer("ours", "no")], disclosures=[PLAN])
    second = world.add_clip(agency.aurora, agency.alice, grey=91)
    world.draft(agency.bob, second, governing)
    at = timezone.now()
    counts = []
    for clips in ([clip], [clip, second]):
        rows = list(docket.joined(LicenceRecordVersion.objects.filter(record__clip__in=clips)))
        with CaptureQueriesContext(connection) as asked:
            known = facts_of_many.gather(rows, at)
        counts.append(len(asked))
        for row in rows:
            alone, _ = facts.gather(Clip.objects.get(pk=row.record.clip_id), at)
            many = known[row.pk].record
            assert many is not None
            assert alone.record is not None
            assert asdict(many) == asdict(alone.record)
            assert len(many.duties) == 1
    assert counts[0] == counts[1]
