"""The batch form's sets of references: each set is one more value to try; a file has its role in each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from string import ascii_uppercase
from typing import Any

from django import forms

from generations.catalog import Slot
from generations.models import Reference

FEWEST = 3
LETTERS = [*ascii_uppercase, *map("".join, product(ascii_uppercase, repeat=2))]
"""How sets are called; as many are offered as a batch had that is begun from."""
ANY = "any"
"""The first place that the model has for such a file."""
Sets = list[list[tuple[Reference, str]]]


@dataclass(frozen=True)
class Row:
    """A file, and for each set the name of its field with the choice made."""

    reference: Reference
    fields: Sequence[tuple[str, str, str]]
    roles: Sequence[tuple[str, str]]


class SetsWidget(forms.Widget):
    """A table of files and sets; inputs are named ``<name>-<letter>-<id>`` and ``<name>-none``."""

    template_name = "generations/batch_sets.html"
    use_fieldset = True

    def __init__(self, references: Sequence[Reference], slots: Sequence[Slot], sets: int = FEWEST) -> None:
        super().__init__()
        self.letters = LETTERS[: max(sets, FEWEST)]
        self.references = [each for each in references if any(slot.kind == each.kind for slot in slots)]
        self.roles = {
            kind: list(dict.fromkeys(slot.role for slot in slots if slot.kind == kind))
            for kind in {slot.kind for slot in slots}
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[list[tuple[str, str]]]:
        """Return the sets that have a file, the empty one first where it is wished (or nothing is chosen)."""
        sets = [
            [
                (str(each.pk), "" if role == ANY else role)
                for each in self.references
                if (role := data.get(f"{name}-{letter}-{each.pk}"))
            ]
            for letter in self.letters
        ]
        filled = [each for each in sets if each]
        return [[], *filled] if data.get(f"{name}-none") or not filled else filled

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Nothing sent is no reference."""
        return False

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return the rows of the table."""
        context = super().get_context(name, value, attrs)
        sets = [[(str(getattr(one, "pk", one)), role) for one, role in each] for each in value or [[]]]
        filled = [dict(each) for each in sets if each]
        rows = [self._row(name, each, filled) for each in self.references]
        return context | {
            "rows": rows,
            "letters": self.letters,
            "none": [] in sets,
            "filled": bool(filled),
            "name": name,
        }

    def _row(self, name: str, reference: Reference, filled: Sequence[dict[str, str]]) -> Row:
        roles = [
            ("", "–"),
            (ANY, "where it fits"),
            *((role, role.replace("_", " ")) for role in self.roles[reference.kind]),
        ]
        fields = []
        for place, letter in enumerate(self.letters):
            chosen = filled[place].get(str(reference.pk)) if place < len(filled) else None
            fields.append((f"{name}-{letter}-{reference.pk}", letter, ANY if chosen == "" else chosen or ""))
        return Row(reference, fields, roles)


class SetsField(forms.Field):
    """The value is a list of sets, each a list of (reference, role)."""

    widget: SetsWidget

    def __init__(self, references: Sequence[Reference], slots: Sequence[Slot], sets: int = FEWEST) -> None:
        widget = SetsWidget(references, slots, sets)
        self.known = {str(each.pk): (each, widget.roles[each.kind]) for each in widget.references}
        words = "Each set is tried with everything else. A file’s role may differ from set to set."
        super().__init__(label="References", required=False, widget=widget, help_text=words)

    def clean(self, value: Any) -> Sets:
        """Return the rows behind what is chosen. Raises ValidationError for a role that there is not."""
        return [[self._one(pk, role) for pk, role in each] for each in value]

    def sent(self, name: str, value: Sequence[Sequence[tuple[Reference, str]]] | None) -> dict[str, str]:
        """Return the inputs by which a browser sends this value."""
        sets = value or [[]]
        said = {f"{name}-none": "yes"} if any(not each for each in sets) else {}
        for letter, each in zip(self.widget.letters, (each for each in sets if each), strict=False):
            said |= {f"{name}-{letter}-{reference.pk}": role or ANY for reference, role in each}
        return said

    def _one(self, pk: str, role: str) -> tuple[Reference, str]:
        reference, roles = self.known[pk]
        if role and role not in roles:
            raise forms.ValidationError("Choose one of the roles shown.")
        return reference, role
