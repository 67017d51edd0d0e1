"""What a licence record leaves open: questions of its checklist, and duties of disclosure; for one record and for many alike.

A handful of rows for the whole installation: read once, asked of as many records as need be.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from reviews.models import ChecklistTemplate, DisclosureRule, LicenceRecordVersion
from reviews.rules import checklists, duties
from reviews.rules.clearance import RecordFacts

SINCE_SCHEMA = 2
MISSING = "the checklist “{title}” is not filled in."


@dataclass(frozen=True)
class Asked:
    """What the installation asks of records: every version of every duty, and the newest version of each checklist."""

    rules: tuple[DisclosureRule, ...]
    checklists: tuple[ChecklistTemplate, ...]


def asked() -> Asked:
    """Read what is asked. Two queries."""
    return Asked(tuple(DisclosureRule.objects.all()), tuple(ChecklistTemplate.objects.newest()))


def told(record: RecordFacts, version: LicenceRecordVersion, what: Asked | None = None) -> RecordFacts:
    """Return the facts with what the version leaves open; records older than checklists are asked nothing.

    Expects the checklist and the clip's project joined; without ``what`` it is read when it is needed.
    """
    if version.schema < SINCE_SCHEMA:
        return record
    what = what or asked()
    open_, against = _answers(version, what.checklists)
    met = duties.facts(what.rules, version.disclosures)
    return replace(record, duties=met, answers_open=open_, answers_against=against)


def _answers(
    version: LicenceRecordVersion, templates: Collection[ChecklistTemplate]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    checklist = version.checklist
    if checklist is None:
        return _missing(templates, version.record.clip.project.client_id, version.territories), ()
    return (
        checklists.left_open(checklist.questions, version.answers),
        checklists.speak_against(checklist.questions, version.answers),
    )


def _missing(templates: Collection[ChecklistTemplate], client: UUID, territories: Collection[str]) -> tuple[str, ...]:
    wanted = checklists.proposed(templates, client, territories)
    return () if wanted is None else (MISSING.format(title=wanted.title),)
