"""The money journal: what is set aside before a call, what it cost in the end, what is given back. In double entry.

Call these inside the transaction of their cause. Each happens once for a generation, however often it is asked for;
only ``correct`` may be repeated. Budgets follow: what a generation binds under them changes with its money.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from generations.models import Generation, SpendEntry, SpendLine, State
from generations.pipeline import budgets, tallying
from sorahub.accounts.models import User

Book = SpendLine.Book
Kind = SpendEntry.Kind
CLOSING = (Kind.SETTLED, Kind.RELEASED, Kind.CORRECTED)
UNCLEAR = (State.LOST, State.CANCELLED, State.FAILED)
"""Ends after which nobody may know yet whether it is charged: what was set aside stays so without one of ``CLOSING``."""


@dataclass(frozen=True)
class Move:
    """An amount of one currency put into a book, in micro-units; negative: taken out."""

    book: SpendLine.Book
    amount: int
    currency: str


def reserve(generation: Generation, basis: str, actor: User | None = None) -> None:
    """Set the estimate aside before any call is made. Raises Refused (over-budget, no-price) before anything is written."""
    if not generation.spend.filter(kind=Kind.RESERVED).exists():
        reserve_new([(generation, basis)], actor)


def reserve_new(rows: Sequence[tuple[Generation, str]], actor: User | None = None) -> None:
    """``reserve`` for generations of one project that were made just now, each with its basis: all or none."""
    budgets.bind([generation for generation, _ in rows])
    written = []
    for generation, basis in rows:
        estimate, currency = generation.estimate_micro, generation.currency
        moves = [Move(Book.AVAILABLE, -estimate, currency), Move(Book.RESERVED, estimate, currency)]
        written.append(_entry(generation, Kind.RESERVED, estimate, currency, basis, moves, actor))
    SpendEntry.objects.bulk_create([entry for entry, _ in written])
    SpendLine.objects.bulk_create([line for _, lines in written for line in lines])


def settle(generation: Generation, basis: str, *, amount_micro: int | None = None, currency: str | None = None) -> None:
    """It was made, or is charged for: it costs ``amount_micro`` of ``currency``, or its estimate where nobody says more.

    What a person has said that it costs stands: nothing is added to it.
    """
    if generation.spend.filter(kind__in=[Kind.SETTLED, Kind.CORRECTED]).exists():
        return
    known = amount_micro is not None
    amount = generation.estimate_micro if amount_micro is None else amount_micro
    paid_in = (currency or generation.currency) if known else generation.currency
    moves = [*_closing(generation), Move(Book.SPENT, amount, paid_in), Move(Book.AVAILABLE, -amount, paid_in)]
    _write(generation, Kind.SETTLED, amount, paid_in, basis, moves)
    _cost(generation, amount, paid_in)


def release(generation: Generation, basis: str) -> None:
    """Nothing is charged: the reserved amount is free again. Nothing happens to money that is spent already, or that a
    person has settled.
    """
    moves = _closing(generation)
    if generation.spend.filter(kind__in=CLOSING).exists():
        return
    _write(generation, Kind.RELEASED, -generation.estimate_micro, generation.currency, basis, moves)
    budgets.rebind(generation, 0, generation.currency)


def correct(generation: Generation, total_micro: int, basis: str, actor: User) -> int:
    """A person says what it cost in all, in the currency of its cost; return the difference, in micro-units."""
    currency = generation.settled_currency or generation.currency
    difference = total_micro - (generation.settled_micro or 0)
    moves = [
        *_closing(generation),
        Move(Book.SPENT, difference, currency),
        Move(Book.AVAILABLE, -difference, currency),
    ]
    _write(generation, Kind.CORRECTED, difference, currency, basis, moves, actor)
    _cost(generation, total_micro, currency)
    return difference


def by_hand(generation: Generation) -> bool:
    """Whether a person has said what it costs."""
    return generation.spend.filter(kind=Kind.CORRECTED).exists()


def is_settled(generation: Generation) -> bool:
    """Whether it has been settled by what the provider or the estimate said."""
    return generation.spend.filter(kind=Kind.SETTLED).exists()


def reserved_of(generation: Generation) -> int:
    """What is still set aside for it, in micro-units of its estimate's currency."""
    lines = SpendLine.objects.filter(entry__generation=generation, book=Book.RESERVED)
    return int(lines.aggregate(total=Sum("amount_micro"))["total"] or 0)


def _closing(generation: Generation) -> list[Move]:
    """Give back whatever is still set aside."""
    left = reserved_of(generation)
    return [Move(Book.RESERVED, -left, generation.currency), Move(Book.AVAILABLE, left, generation.currency)]


def _cost(generation: Generation, amount: int, currency: str) -> None:
    facts = {"settled_micro": amount, "settled_currency": currency}
    if generation.finished_at is not None and currency != (generation.settled_currency or generation.currency):
        tallying.reopen(generation.finished_at)
    Generation.objects.filter(pk=generation.pk).update(**facts)
    generation.settled_micro, generation.settled_currency = amount, currency
    budgets.rebind(generation, amount, currency)


def _write(
    generation: Generation,
    kind: SpendEntry.Kind,
    amount: int,
    currency: str,
    basis: str,
    moves: list[Move],
    actor: User | None = None,
) -> None:
    """Write an entry and its lines."""
    entry, lines = _entry(generation, kind, amount, currency, basis, moves, actor)
    entry.save()
    SpendLine.objects.bulk_create(lines)


def _entry(
    generation: Generation,
    kind: SpendEntry.Kind,
    amount: int,
    currency: str,
    basis: str,
    moves: list[Move],
    actor: User | None,
) -> tuple[SpendEntry, list[SpendLine]]:
    """Return an entry and its lines, to be written: one for each book and currency that really changes."""
    totals: dict[tuple[SpendLine.Book, str], int] = {}
    for move in moves:
        totals[move.book, move.currency] = totals.get((move.book, move.currency), 0) + move.amount
    entry = SpendEntry(
        generation=generation, kind=kind, amount_micro=amount, currency=currency, basis=basis[:200], actor=actor
    )
    lines = [
        SpendLine(
            entry=entry,
            book=book,
            amount_micro=total,
            currency=of_currency,
            project=generation.project,
            client_id=generation.project.client_id,
            account=generation.account,
            at=entry.at,
        )
        for (book, of_currency), total in totals.items()
        if total
    ]
    return entry, lines
