"""Clearance as a table: each fact that speaks against a use gives exactly its code, and all of them are told at once."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reviews.rules.clearance import (
    DepictionFacts,
    DutyFacts,
    Facts,
    ParentFacts,
    Question,
    RecordFacts,
    ReleaseFacts,
    ScopeFacts,
    SignatureFacts,
    answer,
)
from reviews.rules.reasons import OVERRIDABLE, WORDS
from reviews.rules.signing import against_approval

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


LATER = datetime(2026, 8, 1, tzinfo=UTC)
CONSENT = ReleaseFacts(
    subject="Mia",
    kind="model",
    uses=frozenset({"social_media"}),
    territories=frozenset({"DE"}),
    ai_use="yes",
    valid_from=date(2026, 1, 1),
    valid_until=date(2026, 12, 31),
)
MIA = DepictionFacts(kind="person", name="Mia", real="yes", release=CONSENT)
DUTY = DutyFacts(title="Say that it is AI", territories=frozenset({"DE", "FR"}), applies_from=date(2026, 3, 1))
PARENT = ScopeFacts(
    uses=frozenset({"social_media"}), territories=frozenset({"WORLD"}), starts_at=datetime(2026, 1, 1, tzinfo=UTC)
)


def codes(facts: Facts, use: str = "social_media", territory: str = "DE", at: datetime = NOON) -> list[str]:
    """Return the codes of the answer, and check that granted means that there are none."""
    found = answer(facts, Question(use, territory, at))
    assert found.granted is (not found.reasons)
    return [one.code for one in found.reasons]


def with_record(**changes: Any) -> Facts:
    return replace(CLEAR, record=replace(RECORD, **changes))


def with_release(**changes: Any) -> Facts:
    return replace(CLEAR, record=replace(DEPICTED, releases=(replace(MODEL, **changes),)))


def depicting(one: DepictionFacts, **changes: Any) -> Facts:
    return with_record(none_depicted=False, depictions=(one,), **changes)


def consenting(**changes: Any) -> Facts:
    return depicting(replace(MIA, release=replace(CONSENT, **changes)))


def made_from(scope: ScopeFacts | None, *, stopped: bool = False) -> Facts:
    return replace(CLEAR, parents=(ParentFacts(name="SH010 take 1", scope=scope, stopped=stopped),))


def test_what_is_signed_in_scope_in_term_is_granted() -> None:
    assert codes(CLEAR) == []
    assert codes(replace(CLEAR, record=DEPICTED)) == []


AGAINST: list[tuple[Facts, list[str]]] = [
    (replace(CLEAR, record=None, signature=None), ["no-record"]),
    (replace(CLEAR, signature=None), ["not-signed"]),
    (replace(CLEAR, signature=replace(SIGNATURE, pending=True)), ["timestamp-pending"]),
    (replace(CLEAR, signature=replace(SIGNATURE, suspended="A claim")), ["sign-off-suspended"]),
    (replace(CLEAR, signature=replace(SIGNATURE, suspended="A claim", pending=True)), ["sign-off-suspended"]),
    (replace(CLEAR, signature=replace(SIGNATURE, pending=True, revoked=True)), ["revoked"]),
    (replace(CLEAR, signature=replace(SIGNATURE, pending=True, meaning="rejected")), ["rejected"]),
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
    (with_record(hops_open=("openai",)), ["hop-not-governed"]),
    (with_record(suspended_by=("Vofy: Terms",)), ["suspended"]),
    (with_record(purposes=frozenset({"pitch"})), ["purpose-not-in-scope"]),
    (with_record(answers_open=("Is the music ours?",)), ["checklist-open"]),
    (with_record(answers_against=("Is the music ours?",)), ["checklist-against"]),
    (replace(CLEAR, incidents=("A claim",)), ["incident"]),
    (replace(CLEAR, conflicts=("Cola AG, soft drinks",)), ["exclusivity-conflict"]),
    (made_from(PARENT), []),
    (made_from(None), ["parent-without-record"]),
    (made_from(PARENT, stopped=True), ["parent-stopped"]),
    (made_from(replace(PARENT, uses=frozenset({"cinema"}))), ["parent-not-in-scope"]),
    (made_from(replace(PARENT, territories=frozenset({"FR"}))), ["parent-not-in-scope"]),
    (made_from(replace(PARENT, purposes=frozenset({"pitch"}))), ["parent-not-in-scope"]),
    (made_from(replace(PARENT, ends_at=NOON)), ["parent-not-in-scope"]),
    (made_from(replace(PARENT, starts_at=LATER)), ["parent-not-in-scope"]),
    (depicting(MIA), []),
    (depicting(replace(MIA, real="no", release=None)), []),
    (depicting(replace(MIA, real="unknown")), ["depiction-unknown"]),
    (depicting(replace(MIA, release=None)), ["release-missing"]),
    (depicting(replace(MIA, kind="minor")), ["release-wrong-kind"]),
    (depicting(replace(MIA, kind="brand")), ["release-wrong-kind"]),
    (depicting(replace(MIA, kind="other")), []),
    (consenting(kind="replica"), []),
    (consenting(ai_use="unknown"), ["release-without-ai"]),
    (consenting(withdrawn=True), ["release-withdrawn"]),
    (consenting(uses=frozenset()), ["release-use-not-covered"]),
    (consenting(territories=frozenset({"AT"})), ["release-territory-not-covered"]),
    (consenting(territories=frozenset({"WORLD"})), []),
    (consenting(valid_from=date(2026, 6, 2)), ["release-not-yet-valid"]),
    (consenting(valid_until=date(2026, 5, 31)), ["release-expired"]),
    (consenting(valid_until=date(2026, 6, 1)), []),
    (consenting(of_age_on=date(2026, 6, 1)), ["minor-of-age"]),
    (consenting(of_age_on=date(2026, 6, 2)), []),
    (
        depicting(
            replace(MIA, release=replace(CONSENT, exclusive_categories=frozenset({"Soft drinks"}))),
            category="soft drinks ",
        ),
        ["release-exclusive"],
    ),
    (depicting(MIA, duties=(DUTY,)), ["disclosure-missing"]),
    (depicting(MIA, duties=(replace(DUTY, met=True),)), []),
    (depicting(MIA, duties=(replace(DUTY, uses=frozenset({"cinema"})),)), []),
    (depicting(MIA, duties=(replace(DUTY, territories=frozenset({"FR"})),)), []),
    (depicting(MIA, duties=(replace(DUTY, territories=frozenset({"WORLD"})),)), ["disclosure-missing"]),
    (depicting(MIA, duties=(replace(DUTY, applies_from=date(2026, 6, 2)),)), []),
    (depicting(MIA, duties=(replace(DUTY, applies_until=date(2026, 5, 31)),)), []),
    (depicting(MIA, duties=(replace(DUTY, depicts=frozenset({"voice"})),)), []),
    (
        depicting(replace(MIA, real="no"), duties=(replace(DUTY, depicts=frozenset({"person"})),)),
        ["disclosure-missing"],
    ),
    (
        replace(with_record(ownership="no", uses=frozenset({"cinema"})), holds=("Claim",), signature=None),
        ["hold", "not-signed", "ownership-no", "use-not-in-scope"],
    ),
]


@pytest.mark.parametrize(("facts", "expected"), AGAINST, ids=[" ".join(codes) or "granted" for _, codes in AGAINST])
def test_each_fact_gives_its_reason(facts: Facts, expected: list[str]) -> None:
    assert codes(facts) == expected


def test_every_code_of_clearance_is_in_the_table() -> None:
    told = {code for _, expected in AGAINST for code in expected}
    only_when_signing = {code for code in WORDS if code.startswith(("maker-", "drafter-"))} | {
        "bytes-not-verified", "clock-skew", "exclusivity-taken",
    }  # fmt: skip
    of_a_longer_question = {"client-not-in-scope", "ends-too-early", "release-ends-before-term"}
    assert told == set(WORDS) - only_when_signing - of_a_longer_question


def asked(facts: Facts, **more: Any) -> list[str]:
    """The codes of an answer to a longer question."""
    return [one.code for one in answer(facts, Question("social_media", "DE", NOON, **more)).reasons]


def test_the_whole_time_asked_for_must_lie_in_the_term() -> None:
    end = datetime(2027, 1, 1, tzinfo=UTC)
    assert asked(CLEAR, until=end) == []
    assert asked(CLEAR, until=end.replace(second=1)) == ["ends-too-early"]
    assert asked(made_from(replace(PARENT, ends_at=LATER)), until=LATER) == []
    assert asked(made_from(replace(PARENT, ends_at=LATER)), until=LATER.replace(second=1)) == ["parent-not-in-scope"]


def test_releases_of_old_records_must_last_as_long_as_is_asked_for() -> None:
    old = replace(CLEAR, record=replace(DEPICTED, ends_at=None))
    assert asked(old, until=datetime(2027, 1, 1, tzinfo=UTC)) == []
    assert asked(old, until=datetime(2027, 1, 2, tzinfo=UTC)) == ["release-ends-before-term"]


def test_consents_must_last_as_long_as_is_asked_for() -> None:
    assert asked(consenting(valid_until=date(2026, 7, 31)), until=LATER) == []
    assert asked(consenting(valid_until=date(2026, 7, 30)), until=LATER) == ["release-ends-before-term"]
    assert asked(consenting(of_age_on=date(2026, 7, 31)), until=LATER) == ["release-ends-before-term"]


def test_a_record_is_for_the_client_of_its_project() -> None:
    mine = with_record(client="cola")
    assert asked(mine, client="cola") == asked(mine) == []
    assert asked(mine, client="pepper") == ["client-not-in-scope"]


def test_without_a_purpose_only_a_record_that_is_not_limited_clears() -> None:
    limited = with_record(purposes=frozenset({"advertising"}))
    assert asked(limited, purpose="advertising") == asked(CLEAR, purpose="advertising") == []
    assert asked(limited) == ["purpose-not-in-scope"]


def test_what_is_signed_must_be_covered_by_consents_for_its_whole_scope_and_term() -> None:
    wide = depicting(MIA, uses=frozenset({"social_media", "cinema"}), territories=frozenset({"WORLD"}))
    found = [one.code for one in against_approval(wide, NOON, bytes_verified=True)]
    assert found == ["release-use-not-covered", "release-territory-not-covered"]
    endless = depicting(MIA, uses=frozenset({"social_media"}), territories=frozenset({"DE"}), ends_at=None)
    assert [one.code for one in against_approval(endless, NOON, bytes_verified=True)] == ["release-ends-before-term"]
    fitting = depicting(MIA, uses=frozenset({"social_media"}), territories=frozenset({"DE"}))
    assert against_approval(fitting, NOON, bytes_verified=True) == []
    assert [
        one.code
        for one in against_approval(
            replace(fitting, record=replace(_record(fitting), duties=(DUTY,))), NOON, bytes_verified=True
        )
    ] == ["disclosure-missing"]


def _record(facts: Facts) -> RecordFacts:
    assert facts.record is not None
    return facts.record


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


@pytest.mark.parametrize(("facts", "expected"), AGAINST, ids=[" ".join(codes) or "granted" for _, codes in AGAINST])
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
