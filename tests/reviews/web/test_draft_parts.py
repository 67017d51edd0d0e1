"""Drafting asks the checklist of the client and each duty that the scope calls for, anew when the scope changes; nothing typed is lost."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from generations.models import Clip
from reviews.actions.checklists import make_checklist, revise_checklist
from reviews.actions.disclosures import make_rule, revise_rule
from reviews.actions.terms import mark_clause
from reviews.models import ChecklistTemplate, DisclosureRule, GoverningSet, LicenceRecordVersion, TermsVersion
from tests.people import Agency
from tests.reviews import world
from tests.reviews.web.browsing import logged_in

pytestmark = [pytest.mark.core, pytest.mark.django_db]
QUESTIONS: list[dict[str, Any]] = [
    {"key": "ours", "question": "Is the output ours?", "clears_with": ["yes"]},
    {"key": "kept", "question": "Are marks kept?", "clears_with": ["yes", "no"], "required": False},
]
SAID: dict[str, Any] = {"source": "A law", "sourced_on": date(2026, 1, 1), "duty": "Say so."}


@pytest.fixture
def governing(agency: Agency) -> GoverningSet:
    return world.governing(agency.lena)


@pytest.fixture
def checklist(agency: Agency) -> ChecklistTemplate:
    return make_checklist(actor=agency.lena, title="Broadcast", client=agency.north, questions=QUESTIONS)


@pytest.fixture
def label(agency: Agency) -> DisclosureRule:
    return make_rule(actor=agency.lena, title="EU label", territories=["FR", "DE"], **SAID)


def sent(governing: GoverningSet, **said: Any) -> dict[str, Any]:
    return {
        "governing_set": str(governing.pk), "uses": ["television"], "purposes": ["advertising"], "territories": "FR",
        "first_day": "2027-03-01", "last_day": "2027-03-31", "time_zone": "UTC", "alterations": "format",
        "ownership": "yes", "commercial_use": "yes", "indemnity": "yes", "none_depicted": "on",
        "depictions-TOTAL_FORMS": "0", "depictions-INITIAL_FORMS": "0", **said,
    }  # fmt: skip


def address(clip: Clip) -> str:
    return reverse("reviews:licence-draft", args=[clip.pk])


def shown(answer: Any) -> dict[str, Any]:
    """What the page carries so that a second sending is about what was shown."""
    parts = answer.context["parts"]
    carried = {"plans-shown": parts.plans["shown"].value()}
    if parts.answers:
        carried |= {"checklist": str(parts.answers.checklist.pk), "checklist-key": parts.answers.checklist.key}
    return carried


def drafts() -> int:
    return LicenceRecordVersion.objects.count()


def begun(browser: Client, clip: Clip, governing: GoverningSet, **said: Any) -> dict[str, Any]:
    """Ask for the questions and the duties of this scope."""
    answer = browser.post(address(clip), sent(governing, refresh="duties", **said))
    assert answer.status_code == 200
    return shown(answer)


def test_without_checklists_and_duties_the_page_asks_nothing_more(
    agency: Agency, clip: Clip, governing: GoverningSet
) -> None:
    browser = logged_in(agency.bob)
    page = browser.get(address(clip))
    assert page.context["parts"].answers is None
    assert "Choose uses, territories and the first day" in page.text
    assert browser.post(address(clip), sent(governing)).status_code == 302
    made = LicenceRecordVersion.objects.get()
    assert (made.checklist, made.answers, made.disclosures) == (None, [], [])


def test_the_clients_checklist_and_the_scopes_duties_are_answered_and_kept(
    agency: Agency, clip: Clip, governing: GoverningSet, checklist: ChecklistTemplate, label: DisclosureRule
) -> None:
    make_rule(actor=agency.lena, title="China label", territories=["CN"], **SAID)
    terms = TermsVersion.objects.get()
    clause = mark_clause(actor=agency.lena, terms_version=terms, quote="you own the output", topic="ownership")
    browser = logged_in(agency.bob)
    page = browser.post(address(clip), sent(governing, refresh="duties"))
    assert [row.rule for row in page.context["parts"].plans.rows()] == [label]
    assert "Is the output ours?" in page.text
    assert "A law, read on 1 Jan 2026" in page.text
    assert "China label" not in page.text
    assert drafts() == 0
    said = {
        "answers-ours-finding": "yes", "answers-ours-words": "By 3.1", "answers-ours-clauses": [str(clause.pk)],
        "plans-eu-label-plan": "“Made with AI”, three seconds",
    }  # fmt: skip
    answer = browser.post(address(clip), sent(governing, **shown(page), **said))
    assert answer.status_code == 302
    made = LicenceRecordVersion.objects.get()
    assert made.checklist == checklist
    assert made.answers == [{"key": "ours", "finding": "yes", "words": "By 3.1", "clauses": [str(clause.pk)]}]
    assert made.disclosures == [
        {"rule": "eu-label", "version": 1, "plan": "“Made with AI”, three seconds", "exempt": False, "reason": ""}
    ]
    for name, pk in (("reviews:clip-rights", clip.pk), ("reviews:sign", made.pk)):
        text = logged_in(agency.lena).get(reverse(name, args=[pk])).text
        for expected in ("Is the output ours?", "By 3.1", "you own the output", "EU label", "three seconds"):
            assert expected in text, (name, expected)
    again = logged_in(agency.bob).get(address(clip)).context["parts"]
    assert again.answers["ours-words"].value() == "By 3.1"
    assert again.answers["ours-clauses"].value() == [str(clause.pk)]
    assert again.plans["eu-label-plan"].value() == "“Made with AI”, three seconds"


def test_another_scope_calls_for_other_duties_before_anything_is_written(
    agency: Agency, clip: Clip, governing: GoverningSet, label: DisclosureRule
) -> None:
    china = make_rule(actor=agency.lena, title="China label", territories=["CN"], **SAID)
    browser = logged_in(agency.bob)
    carried = begun(browser, clip, governing)
    plan = {"plans-eu-label-plan": "A label"}
    wider = browser.post(address(clip), sent(governing, **carried, **plan, territories="FR, CN"))
    assert (wider.status_code, drafts()) == (422, 0)
    assert "the scope calls for other questions or duties than those that were shown" in wider.text
    assert [row.rule for row in wider.context["parts"].plans.rows()] == [china, label]
    assert wider.context["parts"].plans["eu-label-plan"].value() == "A label"
    elsewhere = browser.post(address(clip), sent(governing, **carried, **plan, territories="CN"))
    assert ("plans-eu-label-plan", "A label") in elsewhere.context["parts"].plans.carried()
    said = {**shown(wider), **plan, "plans-china-label-exempt": "on", "plans-china-label-reason": "Not shown there"}
    assert browser.post(address(clip), sent(governing, **said, territories="FR, CN")).status_code == 302
    assert [(one["rule"], one["exempt"]) for one in LicenceRecordVersion.objects.get().disclosures] == [
        ("china-label", True), ("eu-label", False),
    ]  # fmt: skip


def test_a_duty_or_a_checklist_that_was_edited_meanwhile_is_shown_first(
    agency: Agency, clip: Clip, governing: GoverningSet, checklist: ChecklistTemplate, label: DisclosureRule
) -> None:
    browser = logged_in(agency.bob)
    said = {**begun(browser, clip, governing), "answers-ours-finding": "yes", "plans-eu-label-plan": "A label"}
    words = {**SAID, "title": "EU label", "territories": ["FR", "DE"], "duty": "Say so twice."}
    revise_rule(actor=agency.lena, rule=label, **words)
    answer = browser.post(address(clip), sent(governing, **said))
    assert (answer.status_code, drafts()) == (422, 0)
    assert "Say so twice." in answer.text
    said |= shown(answer)
    more = [*QUESTIONS, {"key": "new", "question": "A new question?", "clears_with": ["yes"]}]
    revise_checklist(actor=agency.lena, checklist=checklist, title="Broadcast", questions=more)
    answer = browser.post(address(clip), sent(governing, **said))
    assert (answer.status_code, drafts()) == (422, 0)
    assert "A new question?" in answer.text
    assert answer.context["parts"].answers["ours-finding"].value() == "yes"
    assert browser.post(address(clip), sent(governing, **{**said, **shown(answer)})).status_code == 302
    made = LicenceRecordVersion.objects.get()
    assert (made.checklist.version if made.checklist else 0, made.disclosures[0]["version"]) == (2, 2)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"answers-ours-words": "By 3.1"}, "Choose an answer: yes, no or unknown."),
        ({"answers-ours-finding": "perhaps"}, "not one of the available choices"),
        ({"plans-eu-label-exempt": "on"}, "Say why it does not apply."),
        ({"plans-eu-label-reason": "A cartoon"}, "Tick this too, or take the reason out."),
    ],
)
def test_half_an_answer_is_told_beside_its_field(
    agency: Agency,
    clip: Clip,
    governing: GoverningSet,
    checklist: ChecklistTemplate,
    label: DisclosureRule,
    said: dict[str, str],
    words: str,
) -> None:
    browser = logged_in(agency.bob)
    answer = browser.post(address(clip), sent(governing, **begun(browser, clip, governing), **said))
    assert (answer.status_code, drafts()) == (422, 0)
    assert words in answer.text


def test_what_is_left_open_may_be_drafted(
    agency: Agency, clip: Clip, governing: GoverningSet, checklist: ChecklistTemplate, label: DisclosureRule
) -> None:
    browser = logged_in(agency.bob)
    assert browser.post(address(clip), sent(governing, **begun(browser, clip, governing))).status_code == 302
    made = LicenceRecordVersion.objects.get()
    assert (made.checklist, made.answers, made.disclosures) == (checklist, [], [])


def test_the_drafter_chooses_a_distributors_checklist(
    agency: Agency, clip: Clip, governing: GoverningSet, checklist: ChecklistTemplate
) -> None:
    other = [{"key": "loud", "question": "Is it loud enough?", "clears_with": ["yes"]}]
    canal = make_checklist(actor=agency.lena, title="Delivery", distributor="Canal", questions=other)
    browser = logged_in(agency.bob)
    first = browser.get(address(clip))
    assert first.context["parts"].answers.checklist == checklist
    chosen = {"checklist": str(checklist.pk), "checklist-key": canal.key, "refresh": "checklist"}
    page = browser.post(address(clip), sent(governing, **chosen))
    assert "Is it loud enough?" in page.text
    said = {**shown(page), "answers-loud-finding": "no"}
    assert browser.post(address(clip), sent(governing, **said)).status_code == 302
    assert LicenceRecordVersion.objects.get().checklist == canal


def test_asking_for_the_duties_of_half_a_scope_judges_nothing(
    agency: Agency, clip: Clip, governing: GoverningSet, label: DisclosureRule
) -> None:
    page = logged_in(agency.bob).post(
        address(clip), {"refresh": "duties", "territories": "FR", "first_day": "2027-02-30"}
    )
    assert page.status_code == 200
    assert "field__error" not in page.text
    assert drafts() == 0
