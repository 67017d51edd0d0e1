"""What a record version says to its checklist and to the duties of disclosure, with the words of both: for pages and certificates."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from reviews.models import Clause, DisclosureRule, Finding, LicenceRecordVersion


@dataclass(frozen=True)
class Answer:
    """A question of the checklist and what was answered; ``finding`` is empty where it was left open."""

    question: str
    required: bool
    finding: str = ""
    words: str = ""
    clauses: tuple[Clause, ...] = ()

    @property
    def label(self) -> str:
        """The finding in words."""
        return str(Finding(self.finding).label) if self.finding in Finding.values else "Not answered"


@dataclass(frozen=True)
class Plan:
    """A duty and how viewers are told, or why it does not apply. ``rule`` is the version that was answered, if it is known."""

    title: str
    words: str
    exempt: bool
    rule: DisclosureRule | None = None


def answers_of(version: LicenceRecordVersion) -> list[Answer]:
    """Return the answers in the order of the questions. Expects the checklist joined; one query for the cited clauses."""
    checklist = version.checklist
    if checklist is None:
        return []
    said = {one["key"]: one for one in version.answers}
    wanted = {pk for one in version.answers for pk in one["clauses"]}
    rows = Clause.objects.filter(pk__in=wanted).select_related("terms_version__source") if wanted else []
    clauses = {str(row.pk): row for row in rows}
    return [_answer(question, said.get(question["key"], {}), clauses) for question in checklist.questions]


def _answer(question: dict[str, Any], said: dict[str, Any], clauses: dict[str, Clause]) -> Answer:
    return Answer(
        question=question["question"],
        required=question["required"],
        finding=said.get("finding", ""),
        words=said.get("words", ""),
        clauses=tuple(clauses[pk] for pk in said.get("clauses", ()) if pk in clauses),
    )


def plans_of(version: LicenceRecordVersion) -> list[Plan]:
    """Return what the version says to each duty. One query."""
    wanted = Q(pk=None)
    for one in version.disclosures:
        wanted |= Q(key=one["rule"], version=one["version"])
    known = (
        {(rule.key, rule.version): rule for rule in DisclosureRule.objects.filter(wanted)}
        if version.disclosures
        else {}
    )
    return [_plan(one, known.get((one["rule"], one["version"]))) for one in version.disclosures]


def _plan(said: dict[str, Any], rule: DisclosureRule | None) -> Plan:
    words = said["reason"] if said["exempt"] else said["plan"]
    return Plan(title=rule.title if rule else said["rule"], words=words, exempt=said["exempt"], rule=rule)
