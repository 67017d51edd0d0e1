"""The form that launches a generation: its choices are what the catalogue says that the chosen model can do."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.urls import reverse

from generations.actions.characters import offers_characters
from generations.actions.suggestions import Suggestions, suggestions
from generations.models import Character, Generation, GenerationReference, Project, Prompt, Reference
from generations.web import launch_fields
from generations.web.offers import Offer
from generations.web.shot_rows import ShotsField
from generations.web.slot_picker import SlotsField, picked_for
from sorahub.accounts.models import User

REFERENCES_SHOWN = 120
SHOT_INPUTS = (("words", "prompt"), ("seconds", "seconds"))
CHOICES = ("size", "resolution", "ratio", "seconds", "audio")
PLACES = {"account": "model", "size": "resolution"}
"""Where a reason goes whose field the form does not have."""


class LaunchForm(forms.Form):
    """What is asked of the model. Fields it has no use for are left out."""

    model = forms.ChoiceField(label="Model")
    key = forms.CharField(max_length=100, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        available: Sequence[Offer],
        offer: Offer,
        prompt: Prompt,
        user: User,
        source: Generation | None = None,
        like: Generation | None = None,
    ) -> None:
        super().__init__(data, initial={"model": offer.value, "key": uuid4().hex}, auto_id="id_%s")
        self.offer, self.source, self.prompt = offer, source, prompt
        self.fields["model"].choices = _grouped(available)  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["model"].widget.attrs |= {
            "hx-post": reverse("generations:generate-preview", args=[prompt.pk]),
            "hx-trigger": "input consume",
        }
        row = offer.capability
        self.fields |= launch_fields.fields_for(row, prompt.negative)
        if row.multi_shot:
            self.fields["shots"] = ShotsField(row.multi_shot)
            self.initial["shots"] = prompt.shots
            if sum(each["seconds"] for each in prompt.shots) in row.seconds:
                self.initial["seconds"] = sum(each["seconds"] for each in prompt.shots)
        brought = suggestions(prompt, row, offer.account)
        self.left = brought.left
        if row.slots:
            self._references(prompt, user, brought)
        self._characters(prompt, user)
        self.initial["characters"] = [str(each.pk) for each in brought.characters]
        if like:
            self._begin_like(like)

    def _references(self, prompt: Prompt, user: User, brought: Suggestions) -> None:
        found = newest_references(prompt.shot.project, user)
        found = [each for each, _ in brought.references if each not in found] + found
        self.initial["references"] = [(f"{each.kind}-{role}", str(each.pk)) for each, role in brought.references]
        field = self.fields["references"] = SlotsField(self.offer.capability, found)
        if len(found) >= REFERENCES_SHOWN:
            field.help_text = f"{field.help_text} The project’s newest {REFERENCES_SHOWN} files are shown.".strip()

    def _characters(self, prompt: Prompt, user: User) -> None:
        row, account = self.offer.capability, self.offer.account
        if not (row.characters and offers_characters(account)):
            return
        ready = Character.objects.visible_to(user).filter(
            project=prompt.shot.project_id, account=account, state=Character.State.READY
        )
        self.fields["characters"] = forms.ModelMultipleChoiceField(
            ready,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=f"Up to {row.characters}. Each must be named in the prompt.",
        )

    def _begin_like(self, like: Generation) -> None:
        """Begin with the settings of an earlier generation, as far as this model has them."""
        row, params = self.offer.capability, like.params
        given = {
            each.reference_id: each
            for each in GenerationReference.objects.filter(generation=like).select_related("reference")
        }
        roles = {pk: each.role for pk, each in given.items()}
        kinds = {pk: each.reference.kind for pk, each in given.items()}
        wanted: dict[str, Any] = {
            **launch_fields.parts_of(row, str(params.get("size", ""))),
            "seconds": params.get("seconds") if params.get("seconds") in row.lengths else None,
            "audio": params.get("audio") if params.get("audio") in row.audio.choices else None,
            "shots": params.get("shots") if row.multi_shot else None,
            "references": picked_for(row, roles, kinds),
        }
        self.initial = {**self.initial, **{name: value for name, value in wanted.items() if value}}

    def fitting(self, data: QueryDict) -> QueryDict:
        """Return the data with the model's first choice wherever they hold what another model offered."""
        fitted = data.copy()
        for name in CHOICES:
            field = self.fields.get(name)
            if field is None:
                continue
            try:
                field.clean(data.get(name))
            except forms.ValidationError:
                fitted[name] = str(self.get_initial_for_field(field, name))
        self._bring(fitted)
        return fitted

    def _bring(self, data: QueryDict) -> None:
        """Begin with what the prompt and its sheets bring, where the fields of another model held nothing of the kind."""
        for name in ("references", "shots"):
            if name in self.fields and not any(key.startswith(f"{name}-") and value for key, value in data.items()):
                for key, value in _inputs(name, self.initial.get(name) or ()):
                    data.appendlist(key, value)

    def renew_key(self) -> None:
        """Give the next try a key of its own: the refused one may have been used."""
        self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        self.data["key"] = uuid4().hex  # type: ignore[index]  # a mutable copy

    def place_of(self, name: str) -> str:
        """Return the field beside which a reason about ``name`` is shown; "" for above them all."""
        other = PLACES.get(name, "")
        return name if name in self.fields else other if other in self.fields else ""

    def complaints(self) -> list[str]:
        """What is wrong with the fields as filled in, each with its field's name."""
        return [
            f"{self[name].label}: {' '.join(map(str, words))}"
            for name, words in self.errors.items()
            if name in self.fields
        ]

    @property
    def shape_fields(self) -> list[forms.BoundField]:
        """The fields that depend on the model."""
        return [self[name] for name in self.fields if name not in ("model", "key")]

    @property
    def remarks(self) -> list[str]:
        """What a person should know about what cannot be chosen."""
        return [*launch_fields.remarks(self.offer.capability, self.prompt.negative), *self.left]

    def order(self) -> dict[str, Any]:
        """Return what the actions take besides prompt and person: what is filled in, or what the form begins with."""
        given = self.cleaned_data if self.is_bound else self._untouched()
        return {
            "account": self.offer.account,
            "model": self.offer.capability.model,
            "mode": self.offer.capability.mode,
            "params": self._params(given),
            "references": tuple(given.get("references") or ()),
            "source": self.source,
            "characters": tuple(given.get("characters") or ()),
        }

    def _untouched(self) -> dict[str, Any]:
        return {name: field.clean(self.get_initial_for_field(field, name)) for name, field in self.fields.items()}

    def _params(self, given: dict[str, Any]) -> dict[str, Any]:
        params = {
            name: given[name] for name in ("seconds", "size", "audio", "seed", "negative", "shots") if name in given
        }
        if "seconds" in params:
            params["seconds"] = params["seconds"] or 0
        if "resolution" in given:
            row = self.offer.capability
            params["size"] = launch_fields.size_of(row, given["resolution"], given.get("ratio", ""))
        return {name: value for name, value in params.items() if value is not None}


def newest_references(project: Project, user: User) -> list[Reference]:
    """Return the newest references at hand, the oldest of them first, so that a new one does not change their order."""
    rows = Reference.objects.visible_to(user).at_hand().filter(project=project).order_by("-id")
    return list(rows.prefetch_related("labels")[:REFERENCES_SHOWN])[::-1]


def _inputs(name: str, initial: Sequence[Any]) -> list[tuple[str, str]]:
    """The inputs that hold an initial value of the references' or the shots' field."""
    if name == "references":
        return [(f"references-{key}", pk) for key, pk in initial]
    rows = [(f"shots-{at}-{part}", each[key]) for at, each in enumerate(initial) for part, key in SHOT_INPUTS]
    return [(key, str(value)) for key, value in rows]


def _grouped(available: Sequence[Offer]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[UUID, tuple[str, list[tuple[str, str]]]] = {}
    for offer in available:
        group = groups.setdefault(offer.account.pk, (offer.account.name, []))
        group[1].append((offer.value, offer.label))
    return list(groups.values())
