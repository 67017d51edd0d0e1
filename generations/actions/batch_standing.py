"""How a batch stands: each cell with its tries, one figure for all that never goes back, and what it has cost."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import QuerySet

from generations.models import Batch, Generation, SpendEntry, State
from generations.models.generation import ACTIVE, TERMINAL
from generations.rules.again import Again, again
from generations.rules.matrix import Matrix, read
from sorahub.accounts.models import User

FETCHING_PERCENT, MOST_RENDERING_PERCENT = 97, 95
CLOSED = (SpendEntry.Kind.RELEASED, SpendEntry.Kind.CORRECTED)


@dataclass(frozen=True)
class CellStanding:
    """A cell with its tries, the first first: what was launched, and every repetition of it."""

    tries: Sequence[Generation]

    @property
    def first(self) -> Generation:
        """What was launched with the batch."""
        return self.tries[0]

    @property
    def last(self) -> Generation:
        """The try that counts: the one with a clip, else the newest."""
        return next((each for each in self.tries if each.clip_id), self.tries[-1])

    @property
    def place(self) -> dict[str, int]:
        """Its place in the matrix; empty for batches that keep none."""
        return dict(self.first.cell)

    @cached_property
    def again(self) -> Again:
        """Whether it may be repeated without a second thought."""
        row = self.last
        kinds = {entry.kind for entry in row.spend.all()}
        back = not row.settled_micro and bool(kinds.intersection(CLOSED))
        return again(row.state, row.error_class, has_clip=row.clip_id is not None, money_back=back)


@dataclass(frozen=True)
class Sum:
    """What all tries cost and what is set aside for them, in one currency, in micro-units."""

    currency: str
    settled: int
    aside: int


@dataclass(frozen=True)
class Standing:
    """The whole batch."""

    matrix: Matrix | None
    cells: Sequence[CellStanding]

    @property
    def progress(self) -> int:
        """Percent of what was launched, rounded down; it never goes back (see ``percent``), and a repetition takes nothing off it."""
        return sum(percent(cell.first) for cell in self.cells) // len(self.cells) if self.cells else 100

    @cached_property
    def counts(self) -> Counter[str]:
        """How many cells are ``done``, ``waiting`` (not sent yet), ``under_way`` and ``without`` (ended without a clip)."""
        return Counter(_kind(cell.last) for cell in self.cells)

    @property
    def repeated(self) -> int:
        """How many repetitions there were."""
        return sum(len(cell.tries) - 1 for cell in self.cells)

    @property
    def safe_again(self) -> list[CellStanding]:
        """The cells that may be repeated without a second thought."""
        return [cell for cell in self.cells if cell.again.safe]

    @property
    def active(self) -> bool:
        """Whether there is still something to wait for."""
        return any(row.state in ACTIVE for cell in self.cells for row in cell.tries)

    @property
    def sums(self) -> list[Sum]:
        """The money, by currency: of every try."""
        settled, aside = Counter[str](), Counter[str]()
        for row in (row for cell in self.cells for row in cell.tries):
            if row.settled_micro is not None:
                settled[row.settled_currency or row.currency] += row.settled_micro
            elif not {entry.kind for entry in row.spend.all()}.intersection(CLOSED):
                aside[row.currency] += row.estimate_micro
        return [Sum(each, settled[each], aside[each]) for each in sorted({*settled, *aside})]


def standing(batch: Batch, user: User) -> Standing:
    """Return how a batch stands, as far as this person sees its generations; three statements for any number of cells."""
    rows = Generation.objects.visible_to(user).filter(batch=batch)
    return Standing(read(batch.matrix), cells_of(rows))


def cells_of(rows: "QuerySet[Generation]") -> list[CellStanding]:
    """Return the generations of one batch as cells, in the order in which they were launched."""
    found = list(rows.for_list().prefetch_related("spend").order_by("id"))  # type: ignore[attr-defined]  # its own manager's
    by_id = {row.pk: row for row in found}
    tries: defaultdict[UUID, list[Generation]] = defaultdict(list)
    for row in found:
        root = row
        while root.retry_of_id in by_id:
            root = by_id[root.retry_of_id]
        tries[root.pk].append(row)
    return [CellStanding(each) for each in tries.values()]


def percent(row: Generation) -> int:
    """Return how far a generation is. It never goes back: an end is the whole, and what the provider told is kept at its highest.

    States from which a generation may return (it was sent, it was rendering) count no more than those to which it returns.
    """
    if row.state in TERMINAL:
        return 100
    if row.state == State.FETCHING:
        return FETCHING_PERCENT
    return min(row.progress, MOST_RENDERING_PERCENT)


def _kind(row: Generation) -> str:
    if row.clip_id is not None:
        return "done"
    if row.state == State.RESERVED:
        return "waiting"
    return "under_way" if row.state in ACTIVE else "without"
