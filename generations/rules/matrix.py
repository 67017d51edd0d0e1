"""A batch's definition: a few axes, and a cell for every choice of one value on each. Pure; stored as JSON with the batch."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from sorahub.lib.canonical import Json, dumps

AXES = ("prompt", "model", "size", "seconds", "references", "seed")
SCHEMA = 1
LEAVE_OUT, NEAREST = "leave_out", "nearest"
FITS = (LEAVE_OUT, NEAREST)
Place = Mapping[str, int]
"""Of each axis, which value: its place on the axis, from 0."""


@dataclass(frozen=True)
class Matrix:
    """``axes``: the values of each axis, at least one; ``common``: what all cells share; ``fit``: what becomes of a cell that
    its model cannot do: it is left out, or takes the nearest that the model can.
    """

    axes: Mapping[str, Sequence[Json]]
    common: Mapping[str, Json]
    fit: str = LEAVE_OUT

    @property
    def count(self) -> int:
        """How many cells there are."""
        return prod(len(self.axes[axis]) for axis in AXES)

    @property
    def varying(self) -> list[str]:
        """The axes with more than one value."""
        return [axis for axis in AXES if len(self.axes[axis]) > 1]

    def places(self) -> Iterator[dict[str, int]]:
        """Give every cell, the last axis changing fastest."""
        for numbers in itertools.product(*(range(len(self.axes[axis])) for axis in AXES)):
            yield dict(zip(AXES, numbers, strict=True))

    def value(self, place: Place, axis: str) -> Json:
        """Return the value of a cell on an axis; None for a cell that does not say."""
        at = place.get(axis)
        values = self.axes.get(axis, ())
        return values[at] if at is not None and at < len(values) else None

    def as_json(self) -> dict[str, Json]:
        """Return what is stored."""
        axes: dict[str, Json] = {axis: list(self.axes[axis]) for axis in AXES}
        return {"schema": SCHEMA, "axes": axes, "common": dict(self.common), "fit": self.fit}


@dataclass(frozen=True)
class Change:
    """What a definition has otherwise than another: on an axis (or "common" or "fit"), what came and what went."""

    axis: str
    come: tuple[Json, ...]
    gone: tuple[Json, ...]


def read(stored: Mapping[str, Json]) -> Matrix | None:
    """Return the definition behind what is stored; None for a batch that keeps none."""
    axes, common = stored.get("axes"), stored.get("common")
    if not isinstance(axes, dict) or not isinstance(common, dict):
        return None
    values = {axis: each if isinstance(each := axes.get(axis), list) and each else [None] for axis in AXES}
    return Matrix(values, common, str(stored.get("fit", LEAVE_OUT)))


def changes(before: Matrix, after: Matrix) -> list[Change]:
    """Return in what ``after`` differs, axis by axis."""
    found = [_change(axis, before.axes[axis], after.axes[axis]) for axis in AXES]
    pairs = [({name: value} for name, value in each.common.items()) for each in (before, after)]
    found += [_change("common", *(list(each) for each in pairs)), _change("fit", [before.fit], [after.fit])]
    return [each for each in found if each.come or each.gone]


def _change(axis: str, before: Sequence[Json], after: Sequence[Json]) -> Change:
    """The values by their contents; of equal ones (seeds that are left open) so many as were added or taken away."""
    come = {(dumps(each), number): each for number, each in _numbered(after)}
    gone = {(dumps(each), number): each for number, each in _numbered(before)}
    both = come.keys() & gone.keys()
    return Change(
        axis,
        tuple(each for key, each in come.items() if key not in both),
        tuple(each for key, each in gone.items() if key not in both),
    )


def _numbered(values: Sequence[Json]) -> Iterator[tuple[int, Json]]:
    """Each value with how many equal ones came before it."""
    seen: Counter[bytes] = Counter()
    for each in values:
        yield seen[dumps(each)], each
        seen[dumps(each)] += 1
