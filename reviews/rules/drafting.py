"""What is wrong with a draft of a licence record version: every problem at once, each under its field."""

import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils import timezone

from reviews.models import Alteration, Depiction, Finding, LicenceRecordVersion, Purpose, Release, Use
from reviews.rules import territories as places

LONGEST_NAME = 200
LONGEST_CATEGORY = 100
MOST_DEPICTIONS = 100
FINDINGS = ("ownership", "commercial_use", "indemnity")
_ANSWER = {"key": str, "finding": str, "words": str, "clauses": list}
_DISCLOSURE = {"rule": str, "version": int, "plan": str, "exempt": bool, "reason": str}

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class DepictionInput:
    """Somebody or something that the drafter says can be recognised; ``real`` is a Finding."""

    kind: str
    name: str
    real: str = Finding.UNKNOWN
    words: str = ""
    release: Release | None = None


def problems(draft: LicenceRecordVersion, depictions: Sequence[DepictionInput]) -> dict[str, str]:
    """Return what is wrong, by field; empty when the draft may be written."""
    return {**_about_scope(draft), **_about_term(draft), **_about_findings(draft), **_about_rows(draft, depictions)}


def wrong_with(depiction: DepictionInput) -> dict[str, str]:
    """Return what is wrong with one row, by field."""
    found: dict[str, str] = {}
    if depiction.kind not in Depiction.Kind.values:
        found["kind"] = f"One of: {', '.join(Depiction.Kind.values)}."
    if not depiction.name.strip():
        found["name"] = "Say who or what it is."
    if len(depiction.name.strip()) > LONGEST_NAME:
        found["name"] = f"At most {LONGEST_NAME} characters."
    if depiction.real not in Finding.values:
        found["real"] = f"One of: {', '.join(Finding.values)}."
    return found


def _about_scope(draft: LicenceRecordVersion) -> dict[str, str]:
    found: dict[str, str] = {}
    if not draft.uses or not set(draft.uses) <= set(Use.values):
        found["uses"] = f"At least one of: {', '.join(Use.values)}."
    if not draft.purposes or not set(draft.purposes) <= set(Purpose.values):
        found["purposes"] = f"At least one of: {', '.join(Purpose.values)}."
    territory_problem = places.problem(draft.territories)
    if territory_problem:
        found["territories"] = territory_problem
    if draft.alterations not in Alteration.values:
        found["alterations"] = f"One of: {', '.join(Alteration.values)}."
    if len(draft.product) > LONGEST_NAME:
        found["product"] = f"At most {LONGEST_NAME} characters."
    if len(draft.category) > LONGEST_CATEGORY:
        found["category"] = f"At most {LONGEST_CATEGORY} characters."
    return found


def _about_term(draft: LicenceRecordVersion) -> dict[str, str]:
    found: dict[str, str] = {}
    if timezone.is_naive(draft.starts_at) or (draft.ends_at is not None and timezone.is_naive(draft.ends_at)):
        return {"starts_at": "Give the start and the end with a time zone."}
    if draft.ends_at is not None and draft.ends_at <= draft.starts_at:
        found["ends_at"] = "The end comes after the start."
    if draft.time_zone not in _zones():
        found["time_zone"] = "Use a name such as Europe/Berlin."
    return found


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones: found by reading folders, which takes as long as all else that is asked of a draft."""
    return frozenset(zoneinfo.available_timezones())


def _about_findings(draft: LicenceRecordVersion) -> dict[str, str]:
    return {
        field: f"One of: {', '.join(Finding.values)}."
        for field in FINDINGS
        if getattr(draft, field) not in Finding.values
    }


def _about_rows(draft: LicenceRecordVersion, depictions: Sequence[DepictionInput]) -> dict[str, str]:
    found: dict[str, str] = {}
    if depictions and draft.none_depicted:
        found["none_depicted"] = "Either name what can be recognised, or declare that there is nothing."
    if len(depictions) > MOST_DEPICTIONS:
        found["depictions"] = f"At most {MOST_DEPICTIONS}."
    wrong = [words for number, row in enumerate(depictions, 1) for words in _row_words(number, row)]
    if wrong:
        found["depictions"] = " ".join(wrong)
    asked = {each["key"] for each in draft.checklist.questions} if draft.checklist else set()
    answers = list(_about_answers(draft.answers, asked))
    if answers:
        found["answers"] = " ".join(answers)
    disclosures = list(_about_disclosures(draft.disclosures))
    if disclosures:
        found["disclosures"] = " ".join(disclosures)
    return found


def _row_words(number: int, row: DepictionInput) -> Iterator[str]:
    name = row.name.strip()[:40] or f"Row {number}"
    yield from (f"{name}: {words}" for words in wrong_with(row).values())


def _about_answers(answers: Rows, asked: set[str]) -> Iterator[str]:
    """Say what is no answer: of another shape, to no question of the checklist, or to one that was answered."""
    for number, answer in enumerate(answers, 1):
        if not _shaped(answer, _ANSWER):
            yield f"Answer {number} has key, finding, words and clauses, and nothing else."
        elif answer["finding"] not in Finding.values:
            yield f"{answer['key']}: one of {', '.join(Finding.values)}."
        elif answer["key"] not in asked:
            yield f"{answer['key']}: the checklist does not ask that."
    keys = [answer.get("key") for answer in answers]
    yield from (f"{key}: answered twice." for key in sorted({str(key) for key in keys if keys.count(key) > 1}))


def _about_disclosures(disclosures: Rows) -> Iterator[str]:
    """Say what is no plan: of another shape, empty, or for a duty that has one."""
    for number, row in enumerate(disclosures, 1):
        if not _shaped(row, _DISCLOSURE):
            yield f"Disclosure {number} has rule, version, plan, exempt and reason, and nothing else."
        elif row["exempt"] and not row["reason"].strip():
            yield f"{row['rule']}: say why it does not apply."
        elif not row["exempt"] and not row["plan"].strip():
            yield f"{row['rule']}: say how viewers are told."
    keys = [row.get("rule") for row in disclosures]
    yield from (f"{key}: planned twice." for key in sorted({str(key) for key in keys if keys.count(key) > 1}))


def _shaped(row: Mapping[str, Any], shape: Mapping[str, type]) -> bool:
    return row.keys() == shape.keys() and all(type(row[name]) is kind for name, kind in shape.items())
