"""Two parts of a draft: the answers to a checklist, and a plan for each duty of disclosure that the scope calls for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict

from reviews.models import ChecklistTemplate, DisclosureRule, Finding
from reviews.rules.checklists import Question
from sorahub.lib.canonical import Json

FINDINGS = [("", "Not answered yet"), *Finding.choices]
LONGEST_WORDS = 5000
PLAN = ("plan", "exempt", "reason")
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class AskedQuestion:
    """A question with the fields of its answer; ``clauses`` is None where no clause is marked yet."""

    question: Question
    finding: BoundField
    words: BoundField
    clauses: BoundField | None

    @property
    def cited(self) -> int:
        """How many clauses the answer cites."""
        return len(self.clauses.value() or ()) if self.clauses else 0


class AnswersForm(forms.Form):
    """An answer to each question of one checklist, resting on clauses of the terms that govern."""

    def __init__(
        self,
        data: Any = None,
        *,
        checklist: ChecklistTemplate,
        clauses: Choices,
        said: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        before = {one["key"]: one for one in said}
        keys = [question["key"] for question in checklist.questions]
        whole = _completed(data, "answers", keys, before, ("finding", "words", "clauses"))
        super().__init__(whole, prefix="answers", initial=dict(_initial(before)))
        self.checklist = checklist
        for question in checklist.questions:
            for name, field in _fields(question, clauses, before.get(question["key"], {})):
                self.fields[name] = field

    def rows(self) -> list[AskedQuestion]:
        """Return the questions in their order, each with its fields."""
        return [self._row(question) for question in self.checklist.questions]

    def _row(self, question: Question) -> AskedQuestion:
        key = question["key"]
        clauses = self[f"{key}-clauses"] if f"{key}-clauses" in self.fields else None
        return AskedQuestion(question, self[f"{key}-finding"], self[f"{key}-words"], clauses)

    def clean(self) -> dict[str, Any]:
        """Want an answer wherever something was written."""
        said = super().clean() or {}
        for question in self.checklist.questions:
            key = question["key"]
            if not said.get(f"{key}-finding") and (said.get(f"{key}-words") or said.get(f"{key}-clauses")):
                self.add_error(f"{key}-finding", "Choose an answer: yes, no or unknown.")
        return said

    def answers(self) -> list[dict[str, Json]]:
        """Return what draft_licence takes; what is not answered yet is left out."""
        keys = [question["key"] for question in self.checklist.questions]
        return [self._answer(key) for key in keys if self.cleaned_data[f"{key}-finding"]]

    def _answer(self, key: str) -> dict[str, Json]:
        said = self.cleaned_data
        return {
            "key": key,
            "finding": said[f"{key}-finding"],
            "words": said[f"{key}-words"],
            "clauses": list(said.get(f"{key}-clauses", ())),
        }


def _initial(before: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for key, one in before.items():
        yield from ((f"{key}-{name}", one.get(name)) for name in ("finding", "words", "clauses"))


def _fields(question: Question, clauses: Choices, before: Mapping[str, Any]) -> Iterator[tuple[str, forms.Field]]:
    key, words = question["key"], question["question"]
    yield (
        f"{key}-finding",
        forms.ChoiceField(choices=FINDINGS, required=False, label=words, help_text=question["help"]),
    )
    area = forms.Textarea(attrs={"rows": 2, "aria-label": f"In words: {words}"})
    yield f"{key}-words", forms.CharField(required=False, max_length=LONGEST_WORDS, widget=area, label="In words")
    offered = [*clauses, *((each, "A clause of earlier terms") for each in _elsewhere(clauses, before))]
    if offered:
        yield (
            f"{key}-clauses",
            forms.MultipleChoiceField(
                choices=offered, required=False, widget=forms.CheckboxSelectMultiple, label=f"Rests on: {words}"
            ),
        )


def _elsewhere(clauses: Choices, before: Mapping[str, Any]) -> list[str]:
    """Clauses that the newest version cites and that are not among those on offer: they are not lost on the way."""
    known = {pk for pk, _ in clauses}
    return [str(each) for each in before.get("clauses", ()) if str(each) not in known]


@dataclass(frozen=True)
class AskedDuty:
    """A duty with the fields of what the record says to it."""

    rule: DisclosureRule
    plan: BoundField
    exempt: BoundField
    reason: BoundField


class PlansForm(forms.Form):
    """For each duty that the scope calls for, how viewers are told, or why it does not apply.

    ``shown`` names the duties under the person's eyes: where it differs from what the scope calls for by now, the form is
    shown again before anything is written.
    """

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, rules: Sequence[DisclosureRule], said: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        before = {one["rule"]: one for one in said}
        whole = _completed(data, "plans", [rule.key for rule in rules], before, PLAN)
        if whole is not None:
            whole["plans-shown"] = names(rules)
        super().__init__(whole, prefix="plans", initial={"shown": names(rules), **_plans(rules, before)})
        self.rules = rules
        for rule in rules:
            for name, field in _plan_fields(rule):
                self.fields[name] = field

    def rows(self) -> list[AskedDuty]:
        """Return the duties, each with its fields."""
        return [AskedDuty(rule, *(self[f"{rule.key}-{name}"] for name in PLAN)) for rule in self.rules]

    def carried(self) -> list[tuple[str, str]]:
        """Return what was written to duties that the scope does not call for any more: it comes back if they do."""
        own = {self.add_prefix(name) for name in self.fields}
        return [
            (name, value)
            for name, values in (self.data.lists() if isinstance(self.data, QueryDict) else ())
            if name.startswith("plans-") and name not in own
            for value in values
        ]

    def clean(self) -> dict[str, Any]:
        """Want a reason for what is said not to apply, and no reason beside a plan that is none."""
        said = super().clean() or {}
        for key in (rule.key for rule in self.rules):
            if said.get(f"{key}-exempt") and not said.get(f"{key}-reason"):
                self.add_error(f"{key}-reason", "Say why it does not apply.")
            elif said.get(f"{key}-reason") and not said.get(f"{key}-exempt"):
                self.add_error(f"{key}-exempt", "Tick this too, or take the reason out.")
        return said

    def disclosures(self) -> list[dict[str, Json]]:
        """Return what draft_licence takes; a duty to which nothing is said is left out, and stays open."""
        return [row for rule in self.rules if (row := self._row(rule))["exempt"] or row["plan"]]

    def _row(self, rule: DisclosureRule) -> dict[str, Json]:
        said = self.cleaned_data
        return {
            "rule": rule.key,
            "version": rule.version,
            "plan": said[f"{rule.key}-plan"],
            "exempt": said[f"{rule.key}-exempt"],
            "reason": said[f"{rule.key}-reason"],
        }


def _completed(
    data: QueryDict | None,
    prefix: str,
    keys: Sequence[str],
    before: Mapping[str, Mapping[str, Any]],
    fields: Sequence[str],
) -> QueryDict | None:
    """Return what was sent, completed for rows that were not on the page by what the newest version says to them."""
    if data is None:
        return None
    whole = data.copy()
    for key in (key for key in keys if key in before and f"{prefix}-{key}-{fields[0]}" not in data):
        for field in fields:
            value = before[key].get(field)
            if value:
                whole.setlist(f"{prefix}-{key}-{field}", value if isinstance(value, list) else [str(value)])
    return whole


def names(rules: Iterable[DisclosureRule]) -> str:
    """Return the duties with their versions, as the form carries them."""
    return ",".join(f"{rule.key}:{rule.version}" for rule in rules)


def _plans(rules: Sequence[DisclosureRule], before: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    told = [(rule.key, before[rule.key]) for rule in rules if rule.key in before]
    return {f"{key}-{name}": one.get(name) for key, one in told for name in PLAN}


def _plan_fields(rule: DisclosureRule) -> Iterator[tuple[str, forms.Field]]:
    def area(words: str) -> forms.Textarea:
        return forms.Textarea(attrs={"rows": 2, "aria-label": f"{words}: {rule.title}"})

    yield (
        f"{rule.key}-plan",
        forms.CharField(
            required=False,
            max_length=LONGEST_WORDS,
            widget=area("How viewers are told"),
            label="How viewers are told",
            help_text="The words, where they stand, when and how long.",
        ),
    )
    yield f"{rule.key}-exempt", forms.BooleanField(required=False, label="It does not apply")
    yield (
        f"{rule.key}-reason",
        forms.CharField(required=False, max_length=LONGEST_WORDS, widget=area("Because"), label="Because"),
    )
