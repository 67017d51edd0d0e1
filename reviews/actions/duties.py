"""What a licence record leaves open: questions of its checklist, and duties of disclosure; for one record and for many alike.

A handful of rows for the whole installation: read once, asked of as many records as need be.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from generations.models import Clip
from reviews.models import ChecklistTemplate, Clause, DisclosureRule, LicenceRecordVersion
from reviews.rules import checklists, duties
from reviews.rules import territories as places
from reviews.rules.clearance import RecordFacts
from sorahub.accounts.models import User
from sorahub.lib.compiled import Compiled
from sorahub.lib.errors import InvalidInput
from sorahub.lib.ids import read_id

SINCE_SCHEMA = 2
MISSING = "the checklist “{title}” is not filled in."


@dataclass(frozen=True)
class Asked:
    """What the installation asks of records: every version of every duty, and the newest version of each checklist."""

    rules: tuple[DisclosureRule, ...]
    checklists: tuple[ChecklistTemplate, ...]


def asked() -> Asked:
    """Read what is asked. Two queries."""
    return asked_of(None, all_rules().ask())


@cache
def all_rules() -> Compiled[DisclosureRule]:
    """Every version of every duty."""
    return Compiled(DisclosureRule.objects.all())


def asked_of(version: LicenceRecordVersion | None, owed: Iterable[DisclosureRule]) -> Asked:
    """Return what is asked of one version (None: of any): whoever filled in a checklist is not asked for another."""
    filled_in = version is not None and version.checklist_id is not None
    return Asked(tuple(owed), () if filled_in else tuple(ChecklistTemplate.objects.newest()))


def told(record: RecordFacts, version: LicenceRecordVersion, what: Asked | None = None) -> RecordFacts:
    """Return the facts with what the version leaves open; records older than checklists are asked nothing.

    Expects the checklist and the clip's project joined; without ``what`` it is read when it is needed.
    """
    if version.schema < SINCE_SCHEMA:
        return record
    what = what or asked_of(version, all_rules().ask())
    open_, against = _answers(version, what.checklists)
    met = duties.facts(what.rules, version.disclosures)
    return replace(record, duties=met, answers_open=open_, answers_against=against)


def require_offered(
    actor: User,
    clip: Clip,
    checklist: ChecklistTemplate | None,
    territories: Iterable[str],
    answers: Iterable[Mapping[str, Any]],
) -> None:
    """Raise InvalidInput unless the checklist is offered for such a record now, and its answers cite clauses that exist."""
    if checklist is not None:
        newer = ChecklistTemplate.objects.filter(key=checklist.key, version__gt=checklist.version)
        if newer.exists():
            raise _not_so("checklist", "There is a newer version of this checklist: answer that one.")
        if not checklists.offered([checklist], clip.project.client_id, places.normalised(territories)):
            raise _not_so("checklist", "This checklist is retired, or made for another client or market.")
    cited = {str(each) for answer in answers for each in _listed(answer.get("clauses"))}
    keys = {key for each in cited if (key := read_id(each)) is not None}
    found = Clause.objects.visible_to(actor).filter(pk__in=keys).count() if keys else 0
    if found != len(cited):
        raise _not_so("answers", "An answer cites a clause that does not exist.")


def _listed(clauses: object) -> list[object]:
    return clauses if isinstance(clauses, list) else []


def _not_so(field: str, words: str) -> InvalidInput:
    return InvalidInput(words, fields={field: words})


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
