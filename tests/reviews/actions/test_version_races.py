"""Two people edit the same version at once: one makes the next, the other is told. Real threads on PostgreSQL."""

from datetime import date
from typing import Any

import pytest

from reviews.actions.checklists import make_checklist, retire_checklist, revise_checklist
from reviews.actions.disclosures import make_rule, retire_rule, revise_rule
from reviews.models import ChecklistTemplate, DisclosureRule
from sorahub.ledger import audit
from tests.people import Agency
from tests.reviews.actions.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
QUESTIONS: list[dict[str, Any]] = [{"key": "ours", "question": "Is it ours?", "clears_with": ["yes"]}]
SAID: dict[str, Any] = {"territories": ["FR"], "duty": "Say so.", "source": "A law", "sourced_on": date(2026, 1, 1)}


def test_of_an_edit_and_a_retirement_of_a_checklist_one_wins(agency: Agency) -> None:
    first = make_checklist(actor=agency.lena, title="Broadcast", questions=QUESTIONS)
    results = at_once(
        lambda: revise_checklist(actor=agency.lena, checklist=first, title="Other", questions=QUESTIONS),
        lambda: retire_checklist(actor=agency.lena, checklist=first),
    )
    assert sorted(results) == ["done", "newer-version"]
    assert ChecklistTemplate.objects.count() == 2
    assert list(audit.verify()) == []


def test_of_an_edit_and_a_retirement_of_a_duty_one_wins(agency: Agency) -> None:
    first = make_rule(actor=agency.lena, title="Label", **SAID)
    results = at_once(
        lambda: revise_rule(actor=agency.lena, rule=first, title="Other", **SAID),
        lambda: retire_rule(actor=agency.lena, rule=first),
    )
    assert sorted(results) == ["done", "newer-version"]
    assert DisclosureRule.objects.count() == 2
    assert list(audit.verify()) == []
