"""Forms of checklists: what it is for, and its questions in rows that are added, moved and taken out without JavaScript."""

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict

from reviews.models import ChecklistTemplate, Finding
from reviews.rules import checklists as rules
from sorahub.accounts.models import Client, User

PREFIX = "questions"
ROW = "row"  # the name of the buttons that change rows: add, up-3, remove-3


class ChecklistForm(forms.Form):
    """What a checklist is called and when it is asked."""

    title = forms.CharField(max_length=200, error_messages={"required": "Give it a title."})
    client = forms.ModelChoiceField(
        Client.objects.none(),
        required=False,
        empty_label="Every client",
        help_text="A client’s own checklist is asked before those for every client. It cannot be changed later.",
    )
    distributor = forms.CharField(
        max_length=200,
        required=False,
        help_text="Such as a broadcaster or platform with questions of its own. Empty: any.",
    )
    market = forms.CharField(
        max_length=10, required=False, help_text="A two-letter country code such as DE. Empty: every market."
    )

    def __init__(self, *args: Any, actor: User, checklist: ChecklistTemplate | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if checklist is None:
            choice = cast("forms.ModelChoiceField[Any]", self.fields["client"])
            choice.queryset = Client.objects.visible_to(actor)
        else:
            del self.fields["client"]


class QuestionForm(forms.Form):
    """One question, and with which answers a clip can be cleared."""

    key = forms.CharField(required=False, widget=forms.HiddenInput)
    question = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=rules.LONGEST_QUESTION,
        error_messages={"required": "Write the question."},
        help_text="One that can be answered with yes or no.",
    )
    help = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=rules.LONGEST_HELP, label="What to look at"
    )
    required = forms.BooleanField(required=False, initial=True, label="Must be answered before a clip can be cleared")
    clears_with = forms.MultipleChoiceField(
        choices=Finding.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Finding.YES],
        label="Clears with",
        error_messages={"required": "Choose with which answers a clip can be cleared."},
    )


Questions = formset_factory(QuestionForm, extra=0, min_num=1, max_num=rules.MOST_QUESTIONS, validate_max=True)
AnyQuestions: TypeAlias = "BaseFormSet[QuestionForm]"


def questions_form(data: QueryDict | None, checklist: ChecklistTemplate | None) -> AnyQuestions:
    """Return the rows: as they were sent, else as the checklist has them, else one empty row."""
    rows = list(checklist.questions) if checklist else [{"required": True, "clears_with": [Finding.YES]}]
    initial = None if data is not None else rows
    return Questions(data, initial=initial, prefix=PREFIX, form_kwargs={"empty_permitted": False})


def asked_for_rows(data: QueryDict) -> bool:
    """Say whether a button was pressed that only changes rows."""
    return bool(data.get(ROW))


def rearranged(data: QueryDict) -> QueryDict:
    """Return what was sent with a row added, taken out or moved up, as the pressed button says; nothing is lost of the others."""
    verb, _, place = data.get(ROW, "").partition("-")
    rows = [_row(data, number) for number in range(_total(data))]
    at = int(place) if place.isdecimal() else -1
    if verb == "add":
        rows.append({"required": ["on"], "clears_with": [Finding.YES]})
    elif verb == "remove" and 0 <= at < len(rows):
        del rows[at]
    elif verb == "up" and 0 < at < len(rows):
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    return _sent(data, rows[: rules.MOST_QUESTIONS])


def _total(data: QueryDict) -> int:
    said = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    return min(int(said), rules.MOST_QUESTIONS) if said.isdecimal() else 0


def _row(data: QueryDict, number: int) -> dict[str, list[str]]:
    return {name: data.getlist(f"{PREFIX}-{number}-{name}") for name in QuestionForm.base_fields}


def _sent(data: QueryDict, rows: list[dict[str, list[str]]]) -> QueryDict:
    sent = QueryDict(mutable=True)
    for name, values in data.lists():
        if name != ROW and not name.startswith(f"{PREFIX}-"):
            sent.setlist(name, values)
    sent[f"{PREFIX}-TOTAL_FORMS"], sent[f"{PREFIX}-INITIAL_FORMS"] = str(len(rows)), "0"
    for number, row in enumerate(rows):
        for name, values in row.items():
            sent.setlist(f"{PREFIX}-{number}-{name}", [str(value) for value in values])
    return sent


def place_errors(questions: AnyQuestions, fields: Mapping[str, str]) -> set[str]:
    """Put what the action said of single questions beside their fields; return the names of those fields."""
    placed = set()
    for name, words in fields.items():
        head, _, rest = name.partition(".")
        place, _, field = rest.partition(".")
        if head == PREFIX and place.isdecimal() and int(place) < len(questions.forms):
            one = questions.forms[int(place)]
            one.add_error(field if field in one.fields and field != "key" else None, words)
            placed.add(name)
    return placed
