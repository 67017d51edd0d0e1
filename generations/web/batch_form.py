"""The form that launches a batch: its choices are what the chosen models offer together."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.conf import settings
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When, Window
from django.db.models.functions import RowNumber
from django.http import QueryDict

from generations.actions.batch_plans import BatchAsk, Making, drawn_seeds
from generations.models import Project, Prompt, SheetPart, Shot
from generations.rules.matrix import LEAVE_OUT, NEAREST
from generations.web.batch_sets import SetsField
from generations.web.launch_fields import SOUND
from generations.web.launch_form import newest_references
from generations.web.offers import Offer
from sorahub.accounts.models import User
from sorahub.lib.ids import read_id

PROMPTS_SHOWN = 100
EARLIER_SHOWN = 5
"""Versions before the newest that are offered of each shot, folded."""
WORDS_SHOWN = 70
OPEN, DRAWN, GIVEN = "open", "drawn", "given"
SEEDING = [
    (OPEN, "Leave the seeds open: so many takes of each"),
    (DRAWN, "So many different seeds, drawn now"),
    (GIVEN, "These seeds"),
]
FITS = [(LEAVE_OUT, "Leave it out"), (NEAREST, "Take the nearest that the model can do")]
SHAPE = ("sizes", "seconds", "audio", "references")
"""The fields that depend on the chosen models."""
_NUMBERS = re.compile(r"[\s,;]+")


class Choices(forms.CheckboxSelectMultiple):
    """Boxes to tick, in groups with a heading each."""

    template_name = "generations/batch_choices.html"
    use_fieldset = True


class PromptChoices(Choices):
    """Prompts to tick, with the earlier versions of each shot folded under it."""

    template_name = "generations/batch_prompts.html"


class BatchForm(forms.Form):
    """What a batch is to try."""

    name = forms.CharField(max_length=200, help_text="How you will find it again, such as: Harbour, light.")
    prompts = forms.ModelMultipleChoiceField(Prompt.objects.none(), widget=PromptChoices)
    models = forms.MultipleChoiceField(label="Models", widget=Choices)
    seeding = forms.ChoiceField(label="Seeds", choices=SEEDING, widget=forms.RadioSelect, initial=OPEN)
    seeds = forms.CharField(
        label="The seeds",
        required=False,
        max_length=4000,
        help_text="Whole numbers, with commas or spaces between them.",
    )
    fit = forms.ChoiceField(
        label="What a model cannot do",
        choices=FITS,
        widget=forms.RadioSelect(attrs={"data-choice": ""}),
        initial=LEAVE_OUT,
    )
    key = forms.CharField(max_length=90, widget=forms.HiddenInput)
    field_order = ("name", "prompts", "models", "seeding", "takes")

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        user: User,
        project: Project,
        available: Sequence[Offer],
        initial: Mapping[str, Any],
        begun: BatchAsk | None = None,
    ) -> None:
        super().__init__(data, initial={"key": uuid4().hex, **initial}, auto_id="id_%s")
        self.about = {"user": user, "project": project, "available": available, "initial": self.initial, "begun": begun}
        self.available = {offer.value: offer for offer in available}
        self.begun = begun
        most = settings.BATCH_MOST_CELLS
        self.fields["takes"] = forms.IntegerField(label="How many", min_value=1, max_value=most, initial=4)
        self.order_fields(self.field_order)
        self._prompts(user, project)
        self._sheets(project)
        self.fields["models"].choices = _grouped(available)  # type: ignore[attr-defined]  # a ChoiceField
        self.chosen = [self.available[each] for each in self._ticked("models") if each in self.available]
        self._shape(user, project)

    def _ticked(self, name: str) -> list[str]:
        """The values of a field as they are sent, or as it begins."""
        if self.is_bound:
            return list(self.data.getlist(name))  # type: ignore[attr-defined]  # a QueryDict
        return [str(each) for each in self.initial.get(name) or ()]

    def _prompts(self, user: User, project: Project) -> None:
        """The newest words of each shot, and whichever are ticked: those are always shown. Under each shot its earlier ones."""
        seen = Prompt.objects.visible_to(user).filter(shot__project=project)
        newer = Prompt.objects.filter(shot=OuterRef("shot"), version__gt=OuterRef("version"))
        ticked = [each for each in self._ticked("prompts") if read_id(each)]
        rows = seen.filter(~Q(Exists(newer)) | Q(pk__in=ticked)).select_related("shot__project")
        field: Any = self.fields["prompts"]
        order = ("shot__position", "shot_id", "-version")
        field.queryset = rows.order_by(*order)
        first = [Case(When(pk__in=ticked, then=0), default=1)] if ticked else []
        most = max(PROMPTS_SHOWN, len(ticked))
        found = list(rows.order_by(*first, *order)[: most + 1])
        shown = found[:most]
        if len(found) > len(shown):
            field.help_text = f"{len(shown)} of {rows.count()} prompts are shown, with all that are ticked."
        shown.sort(key=lambda row: (row.shot.position, row.shot_id, -row.version))
        field.choices = _folded(shown, _earlier(seen, shown))

    def _sheets(self, project: Project) -> None:
        """Offer what sheets bring where any words of the project have used one that brings something."""
        if SheetPart.objects.filter(version__uses__prompt__shot__project=project).exists():
            self.fields["sheets"] = forms.BooleanField(
                label="What each prompt’s sheets bring",
                required=False,
                initial=True,
                help_text="Their files where a model has a place for them, their characters where the account has them.",
            )

    def _shape(self, user: User, project: Project) -> None:
        """What the chosen models offer together; nothing before one is chosen."""
        rows = [offer.capability for offer in self.chosen]
        sizes = Counter(str(size) for row in rows for size in row.sizes)
        lengths = Counter(seconds for row in rows for seconds in row.lengths)
        if sizes and not all(row.uses_source for row in rows):
            told = [(size, f"{size.replace('x', ' × ')}{_how_many(sizes[size], rows)}") for size in sizes]
            self.fields["sizes"] = _several("Pictures", told)
        if lengths:
            ordered = sorted(lengths, key=lambda each: (each == 0, each))
            told = [(str(each), f"{_length(each)}{_how_many(lengths[each], rows)}") for each in ordered]
            self.fields["seconds"] = _several("Lengths", told)
        sounds = dict.fromkeys(each for row in rows if len(row.audio.choices) > 1 for each in row.audio.choices)
        if sounds:
            usual = [("", "As each model does"), *((each, SOUND[each]) for each in sounds)]
            self.fields["audio"] = forms.ChoiceField(
                label="Sound", required=False, choices=usual, widget=forms.RadioSelect(attrs={"data-choice": ""})
            )
        slots = [slot for row in rows for slot in row.slots]
        had = list(self.begun.references) if self.begun else []
        own = list(dict.fromkeys(each[0] if isinstance(each, tuple) else each for one in had for each in one))
        if slots and (found := [*own, *(each for each in newest_references(project, user) if each not in own)]):
            self.fields["references"] = SetsField(found, slots, sum(bool(one) for one in had))

    def untouched(self) -> "BatchForm":
        """Return the form as if it were sent as it begins."""
        data = QueryDict(mutable=True)
        for name, field in self.fields.items():
            value = self.get_initial_for_field(field, name)
            if isinstance(field, SetsField):
                data.update(field.sent(name, value))
            elif isinstance(value, list | tuple):
                data.setlist(name, [str(each) for each in value])
            elif value is not None:
                data[name] = str(value)
        return BatchForm(data, **self.about)  # type: ignore[arg-type]  # what it was made from

    def fitting(self) -> None:
        """Tick what every chosen model can do, where nothing that is ticked is offered any longer."""
        if not self.is_bound:
            return
        fitted = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        for name in ("sizes", "seconds"):
            if name not in self.fields:
                continue
            offered = [value for value, _ in self.fields[name].choices]  # type: ignore[attr-defined]
            kept = [each for each in fitted.getlist(name) if each in offered]
            fitted.setlist(name, kept or [self.usual(name)])
        self.data = fitted

    def usual(self, name: str) -> str:
        """The first choice that most of the chosen models offer."""
        counted: Counter[str] = Counter()
        for offer in self.chosen:
            row = offer.capability
            counted.update(str(each) for each in (row.sizes if name == "sizes" else row.lengths))
        return max(counted, key=lambda each: counted[each], default="")

    def clean_seeds(self) -> list[int]:
        """Return the seeds as numbers."""
        said = [each for each in _NUMBERS.split(self.cleaned_data["seeds"].strip()) if each]
        if wrong := [each for each in said if not (each.isascii() and each.isdecimal() and int(each) < 2**32)]:
            raise forms.ValidationError(f"A seed is a whole number from 0 to 4294967295, not {wrong[0][:40]}.")
        return list(dict.fromkeys(int(each) for each in said))

    def clean(self) -> dict[str, Any]:
        """Ask for seeds where they are to be given."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("seeding") == GIVEN and "seeds" not in self.errors and not said.get("seeds"):
            self.add_error("seeds", "Give at least one seed.")
        return said

    def renew_key(self) -> None:
        """Give the next try a key of its own: the refused one may have been used."""
        self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        self.data["key"] = self.cleaned_data["key"] = uuid4().hex  # type: ignore[index]  # a mutable copy

    def complaints(self) -> list[str]:
        """What is wrong with the fields as filled in, each with its field's name."""
        return [
            f"{self[name].label}: {' '.join(map(str, words))}"
            for name, words in self.errors.items()
            if name in self.fields
        ]

    @property
    def shape_fields(self) -> list[forms.BoundField]:
        """The fields that depend on the chosen models."""
        return [self[name] for name in SHAPE if name in self.fields]

    def ask(self) -> BatchAsk:
        """Return what the filled-in form asks for."""
        given, begun = self.cleaned_data, self.begun
        params = {name: each for name, each in (begun.params if begun else {}).items() if name != "audio"}
        return BatchAsk(
            prompts=list(given["prompts"]),
            makings=[Making(each.account, each.capability.model, each.capability.mode) for each in self.chosen],
            seeds=self._seeds(given),
            sizes=list(given.get("sizes") or ()) or [None],
            seconds=[int(each) for each in given.get("seconds") or ()] or [None],
            references=given.get("references") or [()],
            params={**params, **({"audio": given["audio"]} if given.get("audio") else {})},
            source=begun.source if begun else None,
            characters=begun.characters if begun else (),
            fit=given["fit"],
            sheets=bool(given.get("sheets")),
        )

    def _seeds(self, given: Mapping[str, Any]) -> list[int | None]:
        if given["seeding"] == GIVEN:
            return list(given["seeds"])
        if given["seeding"] == DRAWN:
            return list(drawn_seeds(given["takes"], given["key"]))
        return [None] * int(given["takes"])


def begin_with(ask: BatchAsk) -> dict[str, Any]:
    """Return the initial values of the form for what was asked before."""
    numbers = [each for each in ask.seeds if each is not None]
    return {
        "prompts": [prompt.pk for prompt in ask.prompts],
        "models": ["|".join((str(each.account.pk), each.model, each.mode)) for each in ask.makings],
        "sizes": [each for each in ask.sizes if each],
        "seconds": [str(each) for each in ask.seconds if each is not None],
        "seeding": GIVEN if numbers else OPEN,
        "seeds": ", ".join(map(str, numbers)),
        "takes": len(ask.seeds),
        "references": ask.references,
        "audio": ask.params.get("audio", ""),
        "fit": ask.fit,
        "sheets": ask.sheets,
    }


def _several(label: str, choices: Sequence[tuple[str, str]]) -> forms.MultipleChoiceField:
    widget = forms.CheckboxSelectMultiple(attrs={"data-choice": ""})
    return forms.MultipleChoiceField(label=label, choices=choices, widget=widget)


def _how_many(number: int, rows: Sequence[Any]) -> str:
    return "" if number == len(rows) else f" · {number} of {len(rows)} models"


def _length(seconds: int) -> str:
    return f"{seconds} s" if seconds else "as the model likes"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= WORDS_SHOWN else f"{plain[: WORDS_SHOWN - 1]}…"


def _earlier(seen: "QuerySet[Prompt]", shown: Sequence[Prompt]) -> list[Prompt]:
    """The versions just before the newest of the shown shots; one statement for any number of shots."""
    rank = Window(RowNumber(), partition_by=F("shot_id"), order_by=F("version").desc())
    aged = seen.filter(shot__in={row.shot_id for row in shown}).annotate(age=rank)
    rows = aged.filter(age__gt=1, age__lte=EARLIER_SHOWN + 1).defer("negative", "shots").order_by("-version")
    there = {row.pk for row in shown}  # taken out here: in the statement it would be done before they are counted
    return [row for row in rows if row.pk not in there]


def _folded(shown: Sequence[Prompt], earlier: Sequence[Prompt]) -> list[Any]:
    """What is shown, and behind the last of each shot its earlier versions as a group."""
    choices: list[Any] = []
    for _, each in groupby(shown, key=lambda row: row.shot_id):
        own = list(each)
        shot = own[0].shot
        choices += [_choice(row, shot) for row in own]
        if before := [_choice(row, shot) for row in earlier if row.shot_id == shot.pk]:
            choices.append((f"Earlier versions of {shot.code}", before))
    return choices


def _choice(prompt: Prompt, shot: Shot) -> tuple[UUID, str]:
    return prompt.pk, f"{shot.code} v{prompt.version}: {_short(prompt.text)}"


def _grouped(available: Sequence[Offer]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[Any, tuple[str, list[tuple[str, str]]]] = {}
    for offer in available:
        groups.setdefault(offer.account.pk, (offer.account.name, []))[1].append((offer.value, offer.label))
    return list(groups.values())
