"""Which checklist and which duties belong to a draft: by what its form says now, else by what the newest version said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.dateparse import parse_date

from generations.models import Clip
from reviews.models import ChecklistTemplate, Clause, DisclosureRule, Finding, GoverningSet, LicenceRecordVersion
from reviews.rules import checklists, countries, duties
from reviews.rules import territories as places
from reviews.rules.clearance_facts import Asked, DepictionFacts
from reviews.rules.versions import newest
from reviews.web.answer_forms import AnswersForm, PlansForm, names
from reviews.web.draft_forms import DepictionRows, LicenceForm
from sorahub.accounts.models import User

REFRESH = "refresh"  # the button that shows the questions and duties of the scope as it is now, and writes nothing


@dataclass(frozen=True)
class Parts:
    """The checklist and the duties of a draft. ``asked`` is None until uses, territories and a first day are known."""

    offered: Sequence[ChecklistTemplate]
    answers: AnswersForm | None
    plans: PlansForm
    asked: Asked | None
    moved: bool

    def is_valid(self) -> bool:
        """Say whether what was written can be kept, and was written to what the scope calls for."""
        return all([self.answers is None or self.answers.is_valid(), self.plans.is_valid(), not self.moved])

    def calm(self) -> None:
        """Take the errors out: who only asks for the duties of a scope has not finished writing."""
        for one in (self.answers, self.plans):
            if one is not None:
                one.errors.clear()

    def problems(self) -> list[tuple[str, str, str]]:
        """Return what is wrong, each with the id and the label of its field."""
        forms = [one for one in (self.answers, self.plans) if one is not None]
        fields = [field for form in forms for field in form if field.errors]
        return [(str(field.id_for_label), str(field.label), str(error)) for field in fields for error in field.errors]

    def arguments(self) -> dict[str, Any]:
        """Return what draft_licence takes of them."""
        answers = self.answers
        return {
            "checklist": answers.checklist if answers else None,
            "answers": answers.answers() if answers else [],
            "disclosures": self.plans.disclosures(),
        }


def of(
    user: User,
    clip: Clip,
    present: LicenceRecordVersion | None,
    form: LicenceForm,
    rows: DepictionRows,
    data: QueryDict | None,
) -> Parts:
    """Return the parts of a draft whose form and rows are these, judged (bound) or not (what they begin with)."""
    said = form.cleaned_data if form.is_bound else form.initial
    return parts(user, clip, data=data, said=said, present=present, depictions=_shown(said, rows))


def _shown(said: Mapping[str, Any], rows: DepictionRows) -> Sequence[DepictionFacts] | None:
    """What the draft says can be recognised; None where it says nothing of it yet."""
    if said.get("none_depicted"):
        return ()
    if rows.is_bound:
        found = [(one.kind, one.name, one.real) for one in rows.inputs()] if rows.is_valid() else []
    else:
        found = [(one.get("kind", ""), one.get("name", ""), one.get("real", "")) for one in rows.initial or ()]
    return [DepictionFacts(kind=kind, name=name, real=real or Finding.UNKNOWN) for kind, name, real in found] or None


def parts(
    user: User,
    clip: Clip,
    *,
    data: QueryDict | None,
    said: Mapping[str, Any],
    present: LicenceRecordVersion | None,
    depictions: Sequence[DepictionFacts] | None = None,
) -> Parts:
    """Return the parts of a draft. ``said`` is what its form says so far (cleaned, else its beginning).

    Without ``depictions`` duties are shown whatever the clip may depict.
    """
    territories = _codes(said.get("territories"))
    templates = list(ChecklistTemplate.objects.visible_to(user).newest())
    offered = checklists.offered(templates, clip.project.client_id, territories)
    chosen = _chosen(offered, data, present) or checklists.proposed(templates, clip.project.client_id, territories)
    asked = _asked(said, territories)
    known = newest(DisclosureRule.objects.visible_to(user))
    rules = _rules(known, asked, depictions, data)
    plans = PlansForm(data, rules=rules, said=present.disclosures if present else ())
    moved = data is not None and data.get("plans-shown", "") != names(rules)
    moved |= data is not None and data.get("checklist", "") != (str(chosen.pk) if chosen else "")
    return Parts(offered, _answers(chosen, data, said, present), plans, asked, moved)


def _chosen(
    offered: Sequence[ChecklistTemplate], data: QueryDict | None, present: LicenceRecordVersion | None
) -> ChecklistTemplate | None:
    """The checklist that was chosen on the page, else the one that was answered last: its newest version."""
    before = present.checklist if present else None
    if data is None:
        return next((one for one in offered if before is not None and one.key == before.key), None)
    key = data.get("checklist-key")
    return next((one for one in offered if one.key == key), None)


def _answers(
    chosen: ChecklistTemplate | None,
    data: QueryDict | None,
    said: Mapping[str, Any],
    present: LicenceRecordVersion | None,
) -> AnswersForm | None:
    if chosen is None:
        return None
    clauses = list(_clauses(said.get("governing_set")))
    return AnswersForm(data, checklist=chosen, clauses=clauses, said=present.answers if present else ())


def _clauses(governing: GoverningSet | UUID | None) -> Iterable[tuple[str, str]]:
    """The marked passages of the versions in the governing set, by topic."""
    pk = governing.pk if isinstance(governing, GoverningSet) else governing
    if not pk:
        return
    rows = Clause.objects.filter(terms_version__memberships__governing_set=pk).select_related("terms_version__source")
    for row in rows.defer("terms_version__raw", "terms_version__text").order_by("topic", "terms_version", "start"):
        quote = row.quote if len(row.quote) <= 120 else f"{row.quote[:119]}…"
        yield str(row.pk), f"{row.get_topic_display()} · {row.terms_version}: “{quote}”"


def _rules(
    known: Sequence[DisclosureRule],
    asked: Asked | None,
    depictions: Sequence[DepictionFacts] | None,
    data: QueryDict | None,
) -> list[DisclosureRule]:
    """The duties that the scope calls for; while it is not known those on the page, so that nothing typed is lost."""
    standing = duties.in_force(known)
    if asked is not None:
        return duties.called_for(standing, asked, depictions)
    shown = {each.partition(":")[0] for each in data.get("plans-shown", "").split(",")} if data is not None else set()
    return [rule for rule in standing if rule.key in shown]


def _asked(said: Mapping[str, Any], territories: Sequence[str]) -> Asked | None:
    uses, first, last = said.get("uses"), _day(said.get("first_day")), _day(said.get("last_day"))
    if not uses or not territories or first is None or places.problem(territories):
        return None
    return Asked(frozenset(uses), frozenset(territories), first, last)


def _codes(said: object) -> list[str]:
    return places.normalised(said if isinstance(said, list) else countries.codes_in(str(said or "")))


def _day(said: object) -> date | None:
    """A day as a form has it: read, or still as it was typed."""
    try:
        return parse_date(said) if isinstance(said, str) else said if isinstance(said, date) else None
    except ValueError:  # such as 30 February
        return None
