"""The launch form's places for reference files: for each kind and role the project's fitting files, to be picked in order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms

from generations.actions.orders import facts_of
from generations.actions.references import LARGEST_IN_PIECES
from generations.catalog import Capability, Slot, roles
from generations.catalog.files import unfit
from generations.models import Reference

MIB, MB = 1024**2, 1_000_000
KINDS = {"image": "image", "video": "video", "audio": "sound"}
Picked = tuple[str, str]
"""A place's key and a reference's id."""


@dataclass(frozen=True)
class Place:
    """A slot with the files that fit it, those that are meant for it first, and the others with the reason."""

    slot: Slot
    references: tuple[Reference, ...] = ()
    unfit: tuple[tuple[Reference, str], ...] = ()

    @property
    def key(self) -> str:
        """Its part of the inputs' names."""
        return f"{self.slot.kind}-{self.slot.role}"

    @property
    def title(self) -> str:
        """Its role in words."""
        return roles.title(self.slot.kind, self.slot.role)

    @property
    def single(self) -> bool:
        """Whether one file at most goes here."""
        return self.slot.at_most == 1

    @property
    def words(self) -> str:
        """How many, and what each must be."""
        slot = self.slot
        number = (
            "One"
            if self.single
            else f"{slot.at_least or 'up'} to {slot.at_most}"
            if slot.at_least != slot.at_most
            else str(slot.at_most)
        )
        said = [
            number,
            "needed" if slot.at_least else "",
            _formats(slot),
            _size(slot),
            *_measures(slot),
        ]
        told = " · ".join(each for each in said if each)
        return f"{told[0].upper()}{told[1:]}"


class SlotPicker(forms.Widget):
    """Pictures to tick, place by place; inputs are named ``<name>-<kind>-<role>``."""

    template_name = "generations/generate_slots.html"
    use_fieldset = True

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__()
        self.places = places

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Picked]:
        """Return what is picked, place by place."""
        asked = data.getlist if hasattr(data, "getlist") else lambda key: [data[key]] if key in data else []
        return [(place.key, each) for place in self.places for each in asked(f"{name}-{place.key}") if each]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Nothing sent is nothing picked."""
        return False

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return each place with its files and whether each is picked."""
        context = super().get_context(name, value, attrs)
        picked = [(key, str(pk)) for key, pk in value or []]
        places = [_shown(place, f"{name}-{place.key}", picked) for place in self.places]
        return context | {"places": places}


class SlotsField(forms.Field):
    """References in their roles; the value is a list of (reference, role) in the order in which they are sent."""

    def __init__(self, row: Capability, references: Sequence[Reference]) -> None:
        self.places = [place_for(slot, references) for slot in row.slots]
        needed = any(each.at_least for each in row.slots)
        super().__init__(label="References", required=needed, widget=SlotPicker(self.places), help_text=_summary(row))

    def clean(self, value: Any) -> list[tuple[Reference, str]]:
        """Return the rows behind what is picked. Raises ValidationError for one that is not among the choices."""
        places = {place.key: place for place in self.places}
        return [(_found(places[key], pk), places[key].slot.role) for key, pk in value or []]


def picked_for(row: Capability, given: Mapping[UUID, str], kinds: Mapping[UUID, str]) -> list[Picked]:
    """Return the initial value for references with their roles, as far as the row has such places."""
    keys = {f"{slot.kind}-{slot.role}" for slot in row.slots}
    wanted = [(f"{kinds[pk]}-{role}", str(pk)) for pk, role in given.items()]
    return [each for each in wanted if each[0] in keys]


def place_for(slot: Slot, references: Sequence[Reference]) -> Place:
    """Sort files for a place: what is meant for it, what fits, and what does not, with the reason; ``labels`` are prefetched."""
    serves, meant, fitting, others = roles.served(slot.kind, slot.role), [], [], []
    for each in references:
        if reasons := unfit(slot, facts_of(each, slot.role)):
            others.append((each, reasons[0]))
        elif any(label.kind == "role" and label.word in serves for label in each.labels.all()):
            meant.append(each)
        else:
            fitting.append(each)
    return Place(slot, (*meant, *fitting), tuple(others))


def _shown(place: Place, name: str, picked: Sequence[Picked]) -> dict[str, Any]:
    """What is picked comes first, in its order; a picked file that does not fit stays, so that the reason can be read beside it."""
    order = {pk: number for number, (key, pk) in enumerate(picked) if key == place.key}
    unfit_ones = [each for each, _ in place.unfit if str(each.pk) in order]
    known = sorted((*place.references, *unfit_ones), key=lambda each: order.get(str(each.pk), len(order)))
    options = [(each, str(each.pk) in order) for each in known]
    return {
        "place": place,
        "name": name,
        "options": options,
        "none": not order,
        "serves": set(roles.served(place.slot.kind, place.slot.role)),
        "unfit": [(each, words) for each, words in place.unfit if str(each.pk) not in order],
    }


def _found(place: Place, pk: str) -> Reference:
    for each in (*place.references, *(each for each, _ in place.unfit)):
        if str(each.pk) == pk:
            return each
    raise forms.ValidationError(f"{place.title}: choose one of the files shown.")


def _summary(row: Capability) -> str:
    """ "Up to 9 images, 3 videos, 3 sounds; 12 in all." where there is more than one place."""
    if len(row.slots) < 2 and row.max_references is None:
        return ""
    most: Counter[str] = Counter()
    for slot in row.slots:
        most[slot.kind] += slot.at_most
    counted = ", ".join(f"{number} {KINDS[kind]}{'s' if number > 1 else ''}" for kind, number in most.items())
    in_all = f"; {row.max_references} in all" if row.max_references is not None else ""
    return f"Up to {counted}{in_all}."


def _formats(slot: Slot) -> str:
    names = [each.partition("/")[2].upper() for each in slot.formats]
    return ", ".join({"QUICKTIME": "MOV", "MPEG": "MP3"}.get(name, name) for name in names)


def _size(slot: Slot) -> str:
    """What fits: the provider's limit, or this hub's own where a reference may not be as large as that."""
    ours = LARGEST_IN_PIECES[slot.kind]
    if slot.max_bytes <= ours:
        return f"at most {_bytes(slot.max_bytes)}"
    return f"at most {_bytes(ours)}, which this hub takes (the provider would take {_bytes(slot.max_bytes)})"


def _measures(slot: Slot) -> list[str]:
    low, high = slot.min_seconds, slot.max_seconds
    said = [f"{low or 0:g} to {high:g} s"] if high else [f"at least {low:g} s"] if low else []
    if slot.max_total_seconds:
        said.append(f"{slot.max_total_seconds:g} s together")
    if slot.must_match_size:
        said.append("exactly the size of the picture")
    if slot.min_side:
        said.append(f"sides of {slot.min_side} pixels or more")
    if slot.by_address:
        said.append("the provider fetches it from this hub")
    return said


def _bytes(limit: int) -> str:
    return f"{limit // MIB} MiB" if limit % MIB == 0 else f"{limit / MB:g} MB"
