"""Prove the journal: every entry in balance, nothing set aside for what has ended, budgets equal to what binds them.

``manage.py verify_journal`` runs it; each fault names its row. Reads only; a handful of statements whatever the size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from generations.models import BudgetCharge, BudgetPeriod, Generation, SpendEntry, SpendLine
from generations.models.generation import TERMINAL
from generations.pipeline import tallying
from generations.pipeline.money import CLOSING, UNCLEAR
from sorahub.lib.amounts import money_words

MOST = 1000
"""Faults of one sort that are told; beyond them, the sort is broken."""


@dataclass(frozen=True)
class Fault:
    """Something in the journal that cannot be: which row, and why."""

    subject: str
    words: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.words}"


def faults() -> list[Fault]:
    """Return what is wrong; nothing, in a sound hub."""
    return [
        *_unbalanced(), *_without_lines(), *_left_over(), *_wrong_costs(), *_wrong_budgets(), *_wrong_tallies(),
    ]  # fmt: skip


def _unbalanced() -> Iterator[Fault]:
    """An entry whose lines do not add up to nothing, in some currency."""
    sums = SpendLine.objects.values("entry", "currency").annotate(total=Sum("amount_micro")).exclude(total=0)
    for row in sums.order_by()[:MOST]:
        yield Fault(f"entry {row['entry']}", f"its lines are out by {money_words(row['total'], row['currency'])}")


def _without_lines() -> Iterator[Fault]:
    """An entry that says an amount and moves nothing: only one whose two sides cancel may."""
    bare = SpendEntry.objects.filter(kind=SpendEntry.Kind.RESERVED, lines=None).exclude(amount_micro=0)
    for entry in bare[:MOST]:
        yield Fault(f"entry {entry.pk}", "it has no lines")


def _left_over() -> Iterator[Fault]:
    """Money set aside for a generation whose money was closed, or whose end says what it cost. Of one that was lost, failed or
    was cancelled nobody may know that yet: a person settles it by the bill.
    """
    closed = Exists(SpendEntry.objects.filter(generation=OuterRef("pk"), kind__in=CLOSING))
    known = closed | Q(settled_micro__isnull=False) | ~Q(state__in=UNCLEAR)
    ended = Generation.objects.filter(known, state__in=TERMINAL).values("pk")
    lines = SpendLine.objects.filter(book=SpendLine.Book.RESERVED, entry__generation__in=ended)
    sums = lines.values("entry__generation", "currency").annotate(total=Sum("amount_micro")).exclude(total=0)
    for row in sums.order_by()[:MOST]:
        left = money_words(row["total"], row["currency"])
        yield Fault(f"generation {row['entry__generation']}", f"it has ended, but {left} are still set aside")


def _wrong_costs() -> Iterator[Fault]:
    """A generation whose cost is not what the journal says was spent on it."""
    spent = SpendLine.objects.filter(book=SpendLine.Book.SPENT, entry__generation=OuterRef("pk"))
    total = spent.order_by().values("entry__generation").annotate(total=Sum("amount_micro")).values("total")
    rows = Generation.objects.annotate(told=Coalesce(F("settled_micro"), 0), spent=Coalesce(Subquery(total), 0))
    for pk, told, found in rows.exclude(told=F("spent")).order_by().values_list("pk", "told", "spent")[:MOST]:
        yield Fault(f"generation {pk}", f"it says {told}, the journal says {found} millionths were spent")


def _wrong_budgets() -> Iterator[Fault]:
    """A budget that counts something else than the generations under it bind."""
    charges = BudgetCharge.objects.filter(period=OuterRef("pk")).order_by().values("period")
    total = Subquery(charges.annotate(total=Sum("amount_micro")).values("total"))
    rows = BudgetPeriod.objects.select_related("budget").annotate(bound=Coalesce(total, 0))
    for row in rows.exclude(bound=F("bound_micro")).order_by()[:MOST]:
        yield Fault(f"budget {row.budget} from {row.starts_on}", f"it counts {row.bound_micro}, bound are {row.bound}")


def _wrong_tallies() -> Iterator[Fault]:
    """A day's sum, as the pages of costs add them up, that is not what the journal says."""
    for words in islice(tallying.differences(), MOST):
        yield Fault("tally", words)
