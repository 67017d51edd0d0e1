"""What was spent and what came of it: sums by group and month, and what a second cost. Integers and fractions, never floats.

**Finished** seconds are those of the clips that generations made: frames by rate, in the month (UTC) in which the generation
ended. **Approved** seconds are those among them whose bytes every stage before the sign-off has approved, as things stand now
(in a project with no such stage: whose sign-off stands). **Selected** seconds are those whose clip is its shot's selected take.
Money is what the journal booked as spent in the month; a cost by the second is all that was spent, failures included, by the
seconds of the same group, months and currency. Nothing is converted.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Key = str

EARLIEST, LATEST = dt.date(2020, 1, 1), dt.date(2100, 12, 1)
"""The months that can be asked for: nothing was made before them, and each of them takes its place on the page."""


@dataclass
class Figures:
    """Sums of one group in one currency. Money in micro-units; seconds exact.

    ``reserved_micro`` is what is set aside at the end of the period: a balance, not a movement.
    """

    spent_micro: int = 0
    reserved_micro: int = 0
    succeeded: int = 0
    failed: int = 0
    finished: Fraction = Fraction(0)
    approved: Fraction = Fraction(0)
    selected: Fraction = Fraction(0)

    def add(self, other: "Figures") -> None:
        """Take another's sums in. Adding a fraction takes time, even of nothing: most cells have money or seconds, not both."""
        self.spent_micro += other.spent_micro
        self.reserved_micro += other.reserved_micro
        self.succeeded += other.succeeded
        self.failed += other.failed
        if other.finished:
            self.finished += other.finished
        if other.approved:
            self.approved += other.approved
        if other.selected:
            self.selected += other.selected

    @property
    def ended(self) -> int:
        """Generations that came to an end of their own: cancelled ones say nothing about success."""
        return self.succeeded + self.failed

    @property
    def success_percent(self) -> int | None:
        """How many of a hundred succeeded; None where none has ended. Rounded down: 100 means all."""
        return self.succeeded * 100 // self.ended if self.ended else None

    @property
    def micro_by_finished(self) -> int | None:
        """What a finished second cost, to the nearest millionth; None without one."""
        return _by(self.spent_micro, self.finished)

    @property
    def micro_by_approved(self) -> int | None:
        """What an approved second cost; None without one."""
        return _by(self.spent_micro, self.approved)

    @property
    def micro_by_selected(self) -> int | None:
        """What a second of a selected take cost; None without one."""
        return _by(self.spent_micro, self.selected)

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened here."""
        return self == Figures()


@dataclass(frozen=True)
class Cell:
    """What one statement found of a group in a month and a currency."""

    key: Key
    month: dt.date
    currency: str
    figures: Figures


@dataclass
class Sheet:
    """Figures of one currency: in all, by group, by month (every month of the period, in order)."""

    currency: str
    total: Figures = field(default_factory=Figures)
    groups: dict[Key, Figures] = field(default_factory=dict)
    months: dict[dt.date, Figures] = field(default_factory=dict)


def sheets(cells: Iterable[Cell], first: dt.date | None, last: dt.date) -> list[Sheet]:
    """Add cells up, a sheet for each currency, in order of code.

    ``first`` and ``last`` are months (their first days), both included; ``first`` None: from the beginning. Cells before
    ``first`` count in what is set aside only: it is a balance.
    """
    found: dict[str, Sheet] = {}
    for cell in sorted(cells, key=lambda each: each.month):
        if cell.month > last:
            continue
        sheet = found.setdefault(cell.currency, Sheet(cell.currency))
        inside = first is None or cell.month >= first
        figures = cell.figures if inside else Figures(reserved_micro=cell.figures.reserved_micro)
        sheet.total.add(figures)
        sheet.groups.setdefault(cell.key, Figures()).add(figures)
        if inside:
            sheet.months.setdefault(cell.month, Figures()).add(figures)
    for sheet in found.values():
        sheet.groups = {key: one for key, one in sheet.groups.items() if not one.is_empty}
        _fill(sheet, first, last)
    return [found[code] for code in sorted(found) if not found[code].total.is_empty]


def beyond(month: dt.date) -> str:
    """Why costs cannot be asked for up to this month; "" if they can."""
    return "" if EARLIEST <= month <= LATEST else f"Give a month from {EARLIEST:%Y-%m} to {LATEST:%Y-%m}."


def next_month(month: dt.date) -> dt.date:
    """The first day of the month after this one's."""
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def months_back(month: dt.date, many: int) -> dt.date:
    """The first day of the month so many months before."""
    index = month.year * 12 + month.month - 1 - many
    return dt.date(index // 12, index % 12 + 1, 1)


def _fill(sheet: Sheet, first: dt.date | None, last: dt.date) -> None:
    """Give every month of the period its place, and turn movements of what is set aside into balances."""
    within: Mapping[dt.date, Figures] = sheet.months
    if not within:
        return
    month, whole = first or min(within), {}
    before = sheet.total.reserved_micro - sum(one.reserved_micro for one in within.values())
    while month <= last:
        one = within.get(month, Figures())
        before += one.reserved_micro
        one.reserved_micro = before
        whole[month] = one
        month = next_month(month)
    sheet.months = whole


def _by(micro: int, seconds: Fraction) -> int | None:
    return round(micro / seconds) if seconds else None
