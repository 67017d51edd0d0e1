"""Duties of disclosure: which versions are in force, and when a record meets them. A table, day by day."""

from datetime import date
from typing import Any

import pytest

from reviews.models import DisclosureRule
from reviews.rules import disclosing, duties
from reviews.rules.clearance_facts import Asked, DepictionFacts

FROM = date(2026, 8, 2)
PLAN = {"rule": "eu", "version": 1, "plan": "“Made with AI”, first three seconds", "exempt": False, "reason": ""}
PERSON = (DepictionFacts(kind="person", name="Mia", real="no"),)


def rule(version: int = 1, **said: Any) -> DisclosureRule:
    words: dict[str, Any] = {
        "key": "eu", "version": version, "title": "EU label", "territories": ["DE", "FR"], "duty": "Say so.", "uses": [],
        "depicts": ["person"], "applies_from": FROM, "status": "reported", "source": "A law", "sourced_on": date(2026, 1, 1),
    }  # fmt: skip
    return DisclosureRule(**{**words, **said})


def asked(first: date, last: date | None = None, use: str = "television", territory: str = "FR") -> Asked:
    return Asked(frozenset({use}), frozenset({territory}), first, last or first)


def reasons(rules: list[DisclosureRule], entries: list[dict[str, Any]], question: Asked) -> list[str]:
    found = disclosing.against(duties.facts(rules, entries), PERSON, question)
    return [f"{one.code}: {one.message}" for one in found]


@pytest.mark.parametrize(
    ("question", "entries", "missing"),
    [
        (asked(date(2026, 8, 1)), [], False),
        (asked(FROM), [], True),
        (asked(date(2026, 8, 1), FROM), [], True),
        (asked(FROM, territory="US"), [], False),
        (asked(FROM, territory="WORLD"), [], True),
        (asked(FROM), [PLAN], False),
        (asked(FROM), [{**PLAN, "plan": "  "}], True),
        (asked(FROM), [{**PLAN, "exempt": True}], True),
        (asked(FROM), [{**PLAN, "plan": "", "exempt": True, "reason": "Evidently artistic"}], False),
        (asked(FROM), [{**PLAN, "plan": "", "reason": "Evidently artistic"}], True),
        (asked(FROM), [{**PLAN, "rule": "cn"}], True),
        (asked(FROM), [{**PLAN, "version": 7}], True),
    ],
)
def test_a_duty_binds_from_its_day_and_is_met_by_a_plan_or_a_reason(
    question: Asked, entries: list[dict[str, Any]], missing: bool
) -> None:
    told = reasons([rule()], entries, question)
    assert [one.partition(":")[0] for one in told] == (["disclosure-missing"] if missing else [])
    assert all("EU label" in one for one in told)


@pytest.mark.parametrize(
    ("edit", "anew"),
    [
        ({"title": "EU: label"}, False),
        ({"status": "confirmed", "sourced_on": date(2026, 6, 1)}, False),
        ({"applies_from": date(2026, 1, 1)}, False),
        ({"territories": ["FR", "DE"]}, False),
        ({"duty": "Say so at the start."}, True),
        ({"territories": ["DE", "FR", "PL"]}, True),
        ({"uses": ["television"]}, True),
        ({"depicts": ["person", "voice"]}, True),
    ],
)
def test_an_edited_duty_asks_anew_where_it_asks_for_something_else(edit: dict[str, Any], anew: bool) -> None:
    versions = [rule(), rule(2, **edit)]
    assert bool(reasons(versions, [PLAN], asked(FROM))) == anew
    assert duties.asks_anew(*versions) == anew
    assert reasons(versions, [{**PLAN, "version": 2}], asked(FROM)) == []


def test_a_plan_for_an_older_version_counts_again_when_the_duty_is_what_it_was() -> None:
    versions = [rule(3), rule(1), rule(2, duty="Something else.")]
    assert reasons(versions, [PLAN], asked(FROM)) == []


def test_a_retired_duty_asks_nothing_and_the_newest_version_of_each_key_counts() -> None:
    rows = [
        rule(),
        rule(2, status="retired"),
        rule(key="cn", territories=["CN"]),
        rule(2, key="cn", territories=["CN"], title="Newer"),
    ]
    assert [(one.key, one.version) for one in duties.in_force(rows)] == [("cn", 2)]
    assert reasons(rows, [], asked(FROM)) == []


def test_a_duty_that_names_uses_or_pictures_is_called_for_by_them_alone() -> None:
    rows = [rule(uses=["television"], depicts=["voice"])]
    assert duties.called_for(rows, asked(FROM)) == rows
    assert duties.called_for(rows, asked(FROM), PERSON) == []
    assert duties.called_for(rows, asked(FROM, use="cinema")) == []


def test_an_edit_is_told_field_by_field_in_words() -> None:
    new = rule(2, uses=["television"], depicts=[], applies_from=None, status="confirmed")
    found = [(one.what, one.before, one.after) for one in duties.differences(rule(), new)]
    assert found == [
        ("Uses", "any use", "Television and streaming"),
        ("Shows", "Person", "any clip made by AI"),
        ("In force from", "2026-08-02", "not given"),
        ("Status", "Reported, not confirmed", "Confirmed by counsel"),
    ]
