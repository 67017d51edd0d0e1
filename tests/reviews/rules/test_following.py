"""Which later terms matter: by the day they bind, by the rule, and by what was judged of every change on the way."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from reviews.models import TermsSource, TermsVersion
from reviews.rules.following import Library, Reading, Step, changed

SOURCE = TermsSource(publisher="Vofy", title="Terms")
TODAY, MADE = date(2026, 11, 29), date(2026, 6, 15)
A_DAY = date(2026, 1, 1)


def version(label: str, binds: date | None, captured: int = 1, **more: Any) -> TermsVersion:
    at = datetime(2026, 1, captured, tzinfo=UTC)
    digests = {"text_sha256": label, "normalised_sha256": label}
    return TermsVersion(source=SOURCE, label=label, effective_from=binds, captured_at=at, **{**digests, **more})


A = version("a", A_DAY)
B = version("b", date(2026, 8, 1), 2)
C = version("c", date(2026, 9, 1), 3)


def step(before: TermsVersion, after: TermsVersion, verdict: str = "", **more: Any) -> Step:
    return Step(uuid4(), before.pk, after.pk, more.pop("suggestion", "unsure"), verdict, **more)


def names(
    rule: str, steps: list[Step], *, known: list[TermsVersion] | None = None, readings: dict[UUID, Reading] | None = None,
    today: date = TODAY, made: date = MADE,
) -> list[str]:  # fmt: skip
    found = changed(rule, [A], Library(known or [A, B, C], steps), made, today, readings)
    return [each.rsplit(" ", 1)[1] for each in found]


@pytest.mark.parametrize(
    ("steps", "left"),
    [
        ([], ["b", "c"]),
        ([step(A, B, "cosmetic")], ["c"]),
        ([step(A, B, "cosmetic"), step(B, C, "cosmetic")], []),
        ([step(A, B), step(B, C, "cosmetic")], ["b", "c"]),
        ([step(A, B, "cosmetic"), step(B, C, "material")], ["c"]),
        ([step(A, B, suggestion="noise"), step(B, C, suggestion="cosmetic")], ["c"]),
        ([step(A, B, "material", suggestion="noise"), step(B, C, "cosmetic")], ["b", "c"]),
        ([step(A, C, "cosmetic")], ["b"]),
        ([step(B, A, "cosmetic"), step(C, A, "cosmetic")], ["b", "c"]),
    ],
)
def test_a_continuous_rule_wants_read_what_is_not_reached_by_harmless_changes(
    steps: list[Step], left: list[str]
) -> None:
    assert names("continuous", steps) == left


@pytest.mark.parametrize("field", ["text_sha256", "normalised_sha256"])
def test_the_same_words_are_no_change_whoever_judged_nothing(field: str) -> None:
    same = version("b", date(2026, 8, 1), 2, **{field: "a"})
    assert names("continuous", [], known=[A, same]) == []
    assert names("continuous", [step(A, same, "material")], known=[A, same]) == ["b"]


def test_empty_digests_are_not_the_same_words() -> None:
    old = [
        version(label, day, text_sha256=label, normalised_sha256="")
        for label, day in (("x", A_DAY), ("y", C.effective_from))
    ]
    assert changed("continuous", old[:1], Library(old), MADE, TODAY) == ("Vofy: Terms · y",)


@pytest.mark.parametrize(
    ("reading", "left"),
    [
        (None, ["b", "c"]),
        (Reading(suspends=True), ["c"]),
        (Reading(suspends=False), ["b", "c"]),
        (Reading(suspends=True, outcome="no_effect"), ["c"]),
        (Reading(suspends=False, outcome="no_effect"), ["c"]),
        (Reading(suspends=True, outcome="new_record"), ["b", "c"]),
        (Reading(suspends=True, outcome="revoked"), ["b", "c"]),
    ],
)
def test_a_material_change_counts_until_counsel_read_it_for_this_record(
    reading: Reading | None, left: list[str]
) -> None:
    material = step(A, B, "material")
    assert names("continuous", [material], readings={material.change: reading} if reading else {}) == left


@pytest.mark.parametrize(
    ("binds", "today", "left"),
    [
        (date(2026, 12, 2), date(2026, 12, 1), []),
        (date(2026, 12, 2), date(2026, 12, 2), ["late"]),
        (None, date(2026, 1, 1), ["late"]),
        (date(2025, 6, 1), TODAY, []),  # captured late, but older: what binds counts
    ],
)
def test_the_day_that_a_text_binds_counts_not_the_day_of_capture(
    binds: date | None, today: date, left: list[str]
) -> None:
    late = version("late", binds, captured=20)
    assert names("continuous", [], known=[A, late], today=today) == left


def test_counsels_day_goes_before_the_texts_own() -> None:
    told = version("told", date(2026, 12, 20), captured=20)
    judged = step(A, told, binds_from=date(2026, 11, 1))
    assert names("continuous", [], known=[A, told]) == []
    assert names("continuous", [judged], known=[A, told]) == ["told"]


def test_another_language_or_jurisdiction_is_another_text() -> None:
    others = [version("b", C.effective_from, language="de"), version("b", C.effective_from, jurisdiction="EU")]
    assert names("continuous", [], known=[A, *others]) == []


@pytest.mark.parametrize(
    ("made", "steps", "left"),
    [
        (date(2026, 7, 31), [], []),
        (date(2026, 8, 1), [], ["b"]),
        (date(2026, 9, 1), [], ["b", "c"]),
        (date(2026, 9, 1), [step(A, B, "cosmetic")], ["c"]),
    ],
)
def test_at_generation_what_bound_on_the_day_of_making(made: date, steps: list[Step], left: list[str]) -> None:
    assert names("at_generation", steps, made=made) == left


@pytest.mark.parametrize("rule", ["at_order", "pinned"])
def test_other_rules_name_their_versions_themselves(rule: str) -> None:
    assert names(rule, [step(A, B, "material")], made=TODAY) == []


def test_what_counsel_settled_stands_above_a_later_judgement_of_the_change() -> None:
    one = step(A, B, "cosmetic")
    assert names("continuous", [one], known=[A, B]) == []
    for outcome in ("new_record", "revoked"):
        assert names("continuous", [one], known=[A, B], readings={one.change: Reading(outcome=outcome)}) == ["b"]


def test_what_came_after_a_change_that_is_being_read_is_not_passed_over() -> None:
    one, other = step(A, B, "material"), step(B, C, "cosmetic")
    reading = {one.change: Reading(suspends=True)}
    assert names("continuous", [one, other], readings=reading) == ["c"]
    assert names("continuous", [one, other], readings={one.change: Reading(outcome="no_effect")}) == []


def test_a_material_change_is_not_reached_by_way_of_a_third_text_of_the_same_words() -> None:
    twin = version("b", date(2026, 8, 1), 2, normalised_sha256="a")
    third = version("d", date(2026, 9, 1), 3, normalised_sha256="a")
    steps = [step(A, twin, "material"), step(twin, third, suggestion="noise")]
    assert names("continuous", steps, known=[A, twin, third]) == ["b"]


def test_a_text_that_bound_before_the_making_counts_where_a_members_day_is_not_known() -> None:
    member = version("a", None)
    late = version("b", date(2026, 3, 1), 2)
    assert changed("at_generation", [member], Library([member, late]), MADE, TODAY) == ("Vofy: Terms · b",)
    assert changed("at_generation", [member], Library([member, late]), A_DAY, TODAY) == ()


def seen_again(at: date, member: TermsVersion, *, rule: str = "continuous", **more: Any) -> list[str]:
    """A is seen again on a day after B was captured: what does a record on one of them want read?"""
    library = Library([A, B], more.get("steps", []), {A.pk: datetime(at.year, at.month, at.day, tzinfo=UTC)})
    found = changed(rule, [member], library, more.get("made", MADE), TODAY)
    return [each.rsplit(" ", 1)[1] for each in found]


def test_a_text_that_came_back_is_in_force() -> None:
    day = date(2026, 10, 1)
    assert seen_again(day, B) == ["a"]
    assert seen_again(day, A) == []
    assert seen_again(day, B, steps=[step(B, A, "cosmetic")]) == []
    assert seen_again(day, B, steps=[step(B, A, "material")]) == ["a"]
    assert seen_again(day, B, steps=[step(A, B, "cosmetic")]) == ["a"], "judged was only the way there"


def test_an_announced_text_binds_from_its_day_although_the_old_one_was_seen_in_between() -> None:
    before_it_binds = date(2026, 7, 20)
    assert seen_again(before_it_binds, B) == []
    assert seen_again(before_it_binds, A) == ["b"]


@pytest.mark.parametrize("made", [date(2026, 9, 1), date(2026, 11, 1)])
def test_that_a_text_came_back_tells_of_no_day_on_which_it_bound(made: date) -> None:
    day = date(2026, 10, 1)
    assert seen_again(day, A, rule="at_generation", made=made) == ["b"]
    assert seen_again(day, B, rule="at_generation", made=made) == []
