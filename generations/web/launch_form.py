"""The form that launches a generation: its choices are what the catalogue says that the chosen model can do."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from generations import catalog
from generations.models import Prompt, ProviderAccount, Reference
from sorahub.accounts.models import User

SEPARATOR = "|"
PLAIN = "text_to_video"
MODES = {"text_to_video": "from words", "image_to_video": "from words and a first frame"}


class Offer:
    """A model that can be launched now, by one account."""

    def __init__(self, account: ProviderAccount, capability: catalog.Capability) -> None:
        self.account = account
        self.capability = capability
        self.value = SEPARATOR.join((str(account.pk), capability.model, capability.mode))

    @property
    def label(self) -> str:
        """The choice in words."""
        return f"{self.capability.title}, {MODES.get(self.capability.mode, self.capability.mode)}"


def offers(user: User) -> list[Offer]:
    """Return what this person can launch today: each switched-on account with the models its route offers."""
    rows = sorted(catalog.launchable(timezone.now().date()), key=lambda row: (row.model, row.mode != PLAIN))
    accounts = ProviderAccount.objects.visible_to(user).enabled()
    return [Offer(account, row) for account in accounts for row in rows if row.route == account.route]


def chosen(available: Sequence[Offer], value: str | None) -> Offer | None:
    """Return the offer with this value; the first text-to-video one when there is none such."""
    plain = [offer for offer in available if offer.capability.mode == PLAIN]
    named = [offer for offer in available if offer.value == value]
    return next(iter([*named, *plain, *available]), None)


class LaunchForm(forms.Form):
    """What is asked of the model. Fields it has no use for are left out."""

    model = forms.ChoiceField(label="Model")
    seconds = forms.TypedChoiceField(coerce=int, widget=forms.RadioSelect, label="Length")
    size = forms.ChoiceField(widget=forms.RadioSelect, label="Picture")
    seed = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=2**32 - 1,
        help_text="A whole number. The same seed and words come out alike; leave it empty for a new one.",
    )
    reference = forms.ModelChoiceField(Reference.objects.none(), label="First frame", empty_label=None)
    key = forms.CharField(max_length=100, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, available: Sequence[Offer], offer: Offer, prompt: Prompt, user: User
    ) -> None:
        super().__init__(data, initial={"model": offer.value, "key": uuid4().hex}, auto_id="id_%s")
        self.offer = offer
        self.fields["model"].choices = _grouped(available)  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["model"].widget.attrs |= {
            "hx-post": reverse("generations:generate-preview", args=[prompt.pk]),
            "hx-trigger": "change consume",
        }
        self._shape(offer.capability)
        self._reference(offer.capability, prompt, user)

    def _shape(self, row: catalog.Capability) -> None:
        self.fields["seconds"].choices = [(each, _length(each)) for each in row.lengths]  # type: ignore[attr-defined]
        self.fields["size"].choices = [(str(each), _picture(each)) for each in row.sizes]  # type: ignore[attr-defined]
        self.initial.update(seconds=row.lengths[0], size=str(row.sizes[0]))
        if not row.seed:
            del self.fields["seed"]

    def _reference(self, row: catalog.Capability, prompt: Prompt, user: User) -> None:
        if not row.slots:
            del self.fields["reference"]
            return
        images = Reference.objects.visible_to(user).filter(
            project=prompt.shot.project_id, kind__in={slot.kind for slot in row.slots}
        )
        field = self.fields["reference"]
        field.queryset = images  # type: ignore[attr-defined]  # a ModelChoiceField
        field.required = any(slot.at_least for slot in row.slots)
        if any(slot.must_match_size for slot in row.slots):
            field.help_text = "It must have exactly the size of the picture."

    def first_reference(self) -> Reference | None:
        """Return the reference that stands first in its list."""
        if "reference" not in self.fields:
            return None
        return self.fields["reference"].queryset.first()  # type: ignore[attr-defined,no-any-return]  # a ModelChoiceField

    def fitting(self, data: QueryDict) -> QueryDict:
        """Return the data with the model's first choice wherever they hold what another model offered."""
        row, fitted = self.offer.capability, data.copy()
        if data.get("seconds") not in {str(each) for each in row.lengths}:
            fitted["seconds"] = str(row.lengths[0])
        if data.get("size") not in {str(each) for each in row.sizes}:
            fitted["size"] = str(row.sizes[0])
        if not data.get("reference") and (first := self.first_reference()):
            fitted["reference"] = str(first.pk)
        return fitted

    def renew_key(self) -> None:
        """Give the next try a key of its own: the refused one may have been used."""
        self.data = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        self.data["key"] = uuid4().hex  # type: ignore[index]  # a mutable copy

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
        return [self[name] for name in ("size", "seconds", "seed", "reference") if name in self.fields]

    def order(self) -> dict[str, Any]:
        """Return what the actions take besides prompt and person."""
        given = self.cleaned_data
        params = {"seconds": given["seconds"], "size": given["size"]}
        if given.get("seed") is not None:
            params["seed"] = given["seed"]
        return {
            "account": self.offer.account,
            "model": self.offer.capability.model,
            "mode": self.offer.capability.mode,
            "params": params,
            "references": (given["reference"],) if given.get("reference") else (),
        }


def _grouped(available: Sequence[Offer]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[UUID, tuple[str, list[tuple[str, str]]]] = {}
    for offer in available:
        group = groups.setdefault(offer.account.pk, (offer.account.name, []))
        group[1].append((offer.value, offer.label))
    return list(groups.values())


def _length(seconds: int) -> str:
    return f"{seconds} s" if seconds else "as the model likes"


def _picture(size: catalog.Size) -> str:
    shape = "wide" if size.width > size.height else "tall" if size.height > size.width else "square"
    return f"{size.width} × {size.height}, {shape}"
