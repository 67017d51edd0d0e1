"""Counsel writes duties of disclosure down, edits and ends them; the seeds are data of the same kind."""

import json
import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from reviews.actions.checklists import retire_checklist
from reviews.actions.disclosures import make_rule, retire_rule, revise_rule
from reviews.actions.seeds import SEEDS, seed_rights
from reviews.models import ChecklistTemplate, DisclosureRule
from reviews.rules import duties
from reviews.rules.clearance_facts import Asked
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput
from tests.people import Agency

pytestmark = pytest.mark.django_db
SAID: dict[str, Any] = {
    "title": "Label", "territories": ["fr", "DE"], "duty": "Say so.", "source": "A law", "sourced_on": date(2026, 1, 1),
}  # fmt: skip


def test_a_duty_is_kept_in_order_and_ledgered_in_the_hubs_chain(agency: Agency) -> None:
    row = make_rule(actor=agency.lena, uses=["cinema", "television"], depicts=["voice", "person"], **SAID)
    assert (row.key, row.version, row.status) == ("label", 1, "reported")
    assert (row.territories, row.uses, row.depicts) == (["DE", "FR"], ["television", "cinema"], ["person", "voice"])
    event = Event.objects.latest("at")
    assert (event.kind, event.chain.key, event.subject_id) == ("disclosure_rule.made", "hub", row.pk)
    assert set(json.loads(event.body)) == {"key", "sha256", "version"}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": ""}, "title"),
        ({"duty": " "}, "duty"),
        ({"source": ""}, "source"),
        ({"territories": []}, "territories"),
        ({"territories": ["EU"]}, "territories"),
        ({"uses": ["radio"]}, "uses"),
        ({"depicts": ["ghost"]}, "depicts"),
        ({"status": "retired"}, "status"),
        ({"applies_from": date(2026, 2, 1), "applies_until": date(2026, 1, 1)}, "applies_until"),
        ({"sourced_on": timezone.localdate() + timedelta(days=2)}, "sourced_on"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    agency: Agency, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_rule(actor=agency.lena, **{**SAID, **said})
    assert list(caught.value.fields) == [field]
    assert DisclosureRule.objects.count() == 0


def test_a_duty_is_edited_retired_and_taken_up_again(agency: Agency) -> None:
    first = make_rule(actor=agency.lena, **SAID)
    with pytest.raises(Conflict, match="Nothing was changed"):
        revise_rule(actor=agency.lena, rule=first, **SAID)
    second = revise_rule(actor=agency.lena, rule=first, **{**SAID, "status": "confirmed"})
    with pytest.raises(Conflict) as caught:
        revise_rule(actor=agency.lena, rule=first, **{**SAID, "duty": "Late"})
    assert caught.value.code == "newer-version"
    gone = retire_rule(actor=agency.lena, rule=second)
    assert (gone.version, gone.status, gone.duty) == (3, "retired", "Say so.")
    assert duties.in_force(DisclosureRule.objects.all()) == []
    with pytest.raises(Conflict, match="retired already"):
        retire_rule(actor=agency.lena, rule=gone)
    back = revise_rule(actor=agency.lena, rule=gone, **SAID)
    assert duties.in_force(DisclosureRule.objects.all()) == [back]
    kinds = Event.objects.filter(kind__startswith="disclosure").order_by("seq").values_list("kind", flat=True)
    assert [kind.partition(".")[2] for kind in kinds] == ["made", "revised", "retired", "revised"]


@pytest.mark.parametrize("name", ["alice", "bob", "dora", "ada"])
def test_only_legal_approvers_write_duties(agency: Agency, name: str) -> None:
    row, actor = make_rule(actor=agency.lena, **SAID), getattr(agency, name)
    refused: tuple[Callable[[], object], ...] = (
        lambda: make_rule(actor=actor, **SAID),
        lambda: revise_rule(actor=actor, rule=row, **{**SAID, "duty": "Other"}),
        lambda: retire_rule(actor=actor, rule=row),
    )
    for act in refused:
        with pytest.raises(Forbidden):
            act()
    assert list(DisclosureRule.objects.all()) == [row]


def test_an_installation_is_seeded_once_and_what_counsel_made_of_it_stays(agency: Agency) -> None:
    assert DisclosureRule.objects.count() == ChecklistTemplate.objects.count() == 0
    written = seed_rights()
    assert len(written) == DisclosureRule.objects.count() + ChecklistTemplate.objects.count()
    assert seed_rights() == []
    deepfake = DisclosureRule.objects.get(key="eu-deepfake")
    retire_rule(actor=agency.lena, rule=deepfake)
    retire_checklist(actor=agency.lena, checklist=ChecklistTemplate.objects.get())
    call_command("seed_rights")
    assert DisclosureRule.objects.filter(key="eu-deepfake").count() == 2
    assert ChecklistTemplate.objects.count() == 2


def test_the_seeds_are_reported_dated_and_sourced() -> None:
    seed_rights()
    for rule in DisclosureRule.objects.all():
        assert (rule.status, rule.sourced_on, rule.made_by) == ("reported", date(2026, 11, 22), None)
        assert "reported" in rule.source
    keys = [each["key"] for each in tomllib.loads((SEEDS / "disclosures.toml").read_text("utf-8"))["rule"]]
    assert sorted(keys) == sorted(DisclosureRule.objects.values_list("key", flat=True))
    checklist = ChecklistTemplate.objects.get()
    assert (checklist.client, len(checklist.questions)) == (None, 12)


@pytest.mark.parametrize(
    ("place", "use", "day", "keys"),
    [
        ("FR", "television", date(2027, 3, 1), ["eu-deepfake"]),
        ("FR", "television", date(2026, 8, 1), []),
        ("US", "internal", date(2026, 6, 9), ["us-endorsements"]),
        ("US", "television", date(2026, 6, 9), ["us-endorsements", "us-ny-synthetic-performers"]),
        ("CN", "cinema", date(2025, 9, 1), ["cn-labels"]),
        ("CN", "cinema", date(2025, 8, 31), []),
        ("CH", "cinema", date(2027, 3, 1), []),
    ],
)
def test_what_the_seeds_call_for(place: str, use: str, day: date, keys: list[str]) -> None:
    seed_rights()
    asked = Asked(frozenset({use}), frozenset({place}), day, day)
    found = duties.called_for(duties.in_force(DisclosureRule.objects.all()), asked)
    assert [rule.key for rule in found] == keys
    assert len(DisclosureRule.objects.get(key="eu-deepfake").territories) == 27
