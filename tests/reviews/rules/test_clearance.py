"""Clearance as a table: each fact that speaks against a use gives exactly its code, and all of them are told at once."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reviews.rules.clearance import Facts, Question, RecordFacts, ReleaseFacts, SignatureFacts, answer
from reviews.rules.reasons import OVERRIDABLE, WORDS

pytestmark = pytest.mark.core

CLIP = "a" * 64
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RECORD = RecordFacts(
    clip_sha256=CLIP,
    uses=frozenset({"social_media", "internal"}),
    territories=frozenset({"DE", "AT"}),
    starts_at=datetime(2026, 1, 1, tzinfo=UTC),
    ends_at=datetime(2027, 1, 1, tzinfo=UTC),
    ownership="yes",
    commercial_use="yes",
    none_depicted=True,
    governing_route="vofy",
)
SIGNATURE = SignatureFacts(meaning="approved", clip_sha256=CLIP)
CLEAR = Facts(clip_sha256=CLIP, route="vofy", record=RECORD, signature=SIGNATURE)
MODEL = ReleaseFacts(subject="Mia", valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31))
DEPICTED = replace(RECORD, none_depicted=False, depicted=True, disclosed=True, releases=(MODEL,))


def codes(facts: Facts, use: str = "social_media", territory: str = "DE", at: datetime = NOON) -> list[str]:
    """Return the codes of the answer, and check that granted means that there are none."""
    found = answer(facts, Question(use, territory, at))
    assert found.granted is (not found.reasons)
    return [one.code for one in found.reasons]


def with_record(**changes: Any) -> Facts:
    return replace(CLEAR, record=replace(RECORD, **changes))


def with_release(**changes: Any) -> Facts:
    return replace(CLEAR, record=replace(DEPICTED, releases=(replace(MODEL, **changes),)))


def test_what_is_signed_in_scope_in_term_is_granted() -> None:
    assert codes(CLEAR) == []
    assert codes(replace(CLEAR, record=DEPICTED)) == []


AGAINST: list[tuple[Facts, list[str]]] = [
    (replace(CLEAR, record=None, signature=None), ["no-record"]),
    (replace(CLEAR, signature=None), ["not-signed"]),
    (replace(CLEAR, signature=None, approved_earlier=True), ["superseded"]),
    (replace(CLEAR, signature=replace(SIGNATURE, revoked=True)), ["revoked"]),
    (replace(CLEAR, signature=replace(SIGNATURE, meaning="rejected")), ["rejected"]),
    (replace(CLEAR, signature=replace(SIGNATURE, sound=False)), ["signature-invalid"]),
    (replace(CLEAR, signature=replace(SIGNATURE, clip_sha256="b" * 64)), ["hash-mismatch"]),
    (with_record(clip_sha256="b" * 64), ["hash-mismatch"]),
    (replace(CLEAR, holds=("Claim", "Second claim")), ["hold", "hold"]),
    (replace(CLEAR, quarantined=True), ["quarantined"]),
    (replace(CLEAR, withdrawn=True), ["withdrawn"]),
    (replace(CLEAR, stages_not_passed=("Creative", "Client")), ["stage-not-passed", "stage-not-passed"]),
    (with_record(uses=frozenset({"cinema"})), ["use-not-in-scope"]),
    (with_record(territories=frozenset({"FR"})), ["territory-not-in-scope"]),
    (with_record(starts_at=datetime(2026, 7, 1, tzinfo=UTC)), ["before-start"]),
    (with_record(ends_at=datetime(2026, 5, 1, tzinfo=UTC)), ["after-end"]),
    (with_record(governing_route=""), ["governing-set-missing"]),
    (replace(CLEAR, route=""), ["route-unknown"]),
    (replace(CLEAR, route="openai"), ["route-not-governed"]),
    (with_record(changed_terms=("Vofy: Terms · 2026-09",)), ["terms-changed"]),
    (with_record(ownership="unknown"), ["ownership-unknown"]),
    (with_record(ownership="no"), ["ownership-no"]),
    (with_record(commercial_use="unknown"), ["commercial-use-unknown"]),
    (with_record(commercial_use="no"), ["commercial-use-no"]),
    (with_record(none_depicted=False), ["depicted-undeclared"]),
    (replace(CLEAR, record=replace(DEPICTED, disclosed=False)), ["disclosure-missing"]),
    (replace(CLEAR, record=replace(DEPICTED, releases=())), ["release-missing"]),
    (with_release(valid_from=date(2026, 6, 2)), ["release-not-yet-valid"]),
    (with_release(valid_until=date(2026, 5, 31)), ["release-expired"]),
    (with_release(withdrawn=True), ["release-withdrawn"]),
    (
        replace(with_record(ownership="no", uses=frozenset({"cinema"})), holds=("Claim",), signature=None),
        ["hold", "not-signed", "ownership-no", "use-not-in-scope"],
    ),
]


@pytest.mark.parametrize(("facts", "expected"), AGAINST, ids=[" ".join(codes) for _, codes in AGAINST])
def test_each_fact_gives_its_reason(facts: Facts, expected: list[str]) -> None:
    assert codes(facts) == expected


def test_every_code_of_clearance_is_in_the_table() -> None:
    told = {code for _, expected in AGAINST for code in expected}
    only_when_signing = {code for code in WORDS if code.startswith(("maker-", "drafter-"))} | {"bytes-not-verified"}
    assert told == set(WORDS) - only_when_signing


def test_the_start_is_inside_the_term_and_the_end_is_not() -> None:
    assert codes(CLEAR, at=datetime(2025, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)) == ["before-start"]
    assert codes(CLEAR, at=datetime(2026, 1, 1, tzinfo=UTC)) == []
    assert codes(CLEAR, at=datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)) == []
    assert codes(CLEAR, at=datetime(2027, 1, 1, tzinfo=UTC)) == ["after-end"]


def test_a_term_that_ends_at_midnight_in_tokyo_ends_while_it_is_still_afternoon_in_london() -> None:
    midnight = datetime(2026, 7, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    facts = with_record(ends_at=midnight, time_zone="Asia/Tokyo")
    assert codes(facts, at=datetime(2026, 6, 30, 14, 59, 59, tzinfo=UTC)) == []
    found = answer(facts, Question("social_media", "DE", datetime(2026, 6, 30, 15, tzinfo=UTC)))
    assert [one.message for one in found.reasons] == ["The licence ended at 2026-07-01 00:00 Asia/Tokyo."]


def test_a_release_ends_with_its_last_day_in_the_records_zone() -> None:
    facts = replace(CLEAR, record=replace(DEPICTED, time_zone="America/New_York", ends_at=None))
    assert codes(facts, at=datetime(2027, 1, 1, 4, 59, tzinfo=UTC)) == []
    assert codes(facts, at=datetime(2027, 1, 1, 5, tzinfo=UTC)) == ["release-expired"]


def test_world_covers_every_country_but_no_country_covers_the_world() -> None:
    everywhere = with_record(territories=frozenset({"WORLD"}))
    assert codes(everywhere, territory="JP") == codes(everywhere, territory="WORLD") == []
    assert codes(CLEAR, territory="WORLD") == ["territory-not-in-scope"]


def test_internal_use_needs_no_disclosure() -> None:
    assert codes(replace(CLEAR, record=replace(DEPICTED, disclosed=False)), use="internal") == []


@pytest.mark.parametrize(("facts", "expected"), AGAINST, ids=[" ".join(codes) for _, codes in AGAINST])
def test_an_override_sets_aside_only_what_may_be_overridden(facts: Facts, expected: list[str]) -> None:
    overridden = replace(facts, overridden=frozenset(WORDS))
    found = answer(overridden, Question("social_media", "DE", NOON))
    assert [one.code for one in found.reasons] == [code for code in expected if code not in OVERRIDABLE]
    assert [one.code for one in found.set_aside] == [code for code in expected if code in OVERRIDABLE]


def test_nothing_is_granted_without_a_signature_whatever_is_overridden() -> None:
    bare = replace(CLEAR, record=None, signature=None, overridden=frozenset(WORDS))
    assert codes(bare) == ["no-record"]


def test_a_persons_words_stay_as_they_are() -> None:
    found = answer(replace(CLEAR, holds=("Claim {detail} <b>",)), Question("social_media", "DE", NOON))
    assert found.reasons[0].message == "The clip is on hold: Claim {detail} <b>"
