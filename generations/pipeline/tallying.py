"""Sum the journal's closed days once. The journal stays the truth: the sums are derived, can be thrown away, and are proved.

A day (UTC) is closed an hour after its end, so that what was being committed at midnight is in. The last days are summed
anew each time, should a line have come in later still; ``differences`` compares every sum with the journal.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from generations.models import SpendLine, SpendTally, TallyMark
from sorahub.lib.amounts import money_words

GRACE = dt.timedelta(hours=1)
AGAIN_DAYS = 3
WINDOW = dt.timedelta(days=31)
"""At most so many days in one transaction: the first time it may be years."""
ONE_DAY = dt.timedelta(days=1)
KEYS = {
    "project": "project_id",
    "client": "client_id",
    "account": "account_id",
    "model": "entry__generation__model",
    "person": "entry__generation__created_by_id",
    "currency": "currency",
}
"""What a sum is by, and where a line of the journal says it."""


def tally(now: dt.datetime | None = None) -> dict[str, int]:
    """Sum what is closed and was not yet; return how many days and rows. Safe to repeat, and beside itself."""
    last = last_closed(now)
    start = _start(last)
    days = rows = 0
    while start is not None and start <= last:
        end = min(start + WINDOW - ONE_DAY, last)
        rows += _sum_up(start, end)
        days += (end - start).days + 1
        start = end + ONE_DAY
    return {"days": days, "rows": rows}


def forget() -> None:
    """Throw the sums away: until the next ``tally`` the journal itself is added up."""
    with transaction.atomic():
        TallyMark.objects.all().delete()
        SpendTally.objects.all().delete()


def last_closed(now: dt.datetime | None = None) -> dt.date:
    """The last day that is over."""
    return ((now or timezone.now()) - GRACE).astimezone(dt.UTC).date() - ONE_DAY


def begin_of(day: dt.date) -> dt.datetime:
    """The instant in which a day begins."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def moved(lines: "QuerySet[SpendLine]") -> "QuerySet[SpendLine, Any]":
    """What lines moved, by day and by each key: rows of ``day``, the keys, ``reserved``, ``spent``; those that moved nothing left
    out.
    """
    named = lines.filter(book__in=[SpendLine.Book.RESERVED, SpendLine.Book.SPENT]).order_by()
    by = named.annotate(day=TruncDate("at", tzinfo=dt.UTC)).values_list("day", *KEYS.values())
    sums = by.annotate(reserved=_of(SpendLine.Book.RESERVED), spent=_of(SpendLine.Book.SPENT))
    return sums.exclude(reserved=0, spent=0)


def differences() -> Iterator[str]:
    """Where a sum is not the journal's, in words; nothing in a sound hub."""
    through = TallyMark.last_day()
    if through is None:
        return
    told = {tuple(row[:-2]): row[-2:] for row in moved(SpendLine.objects.filter(at__lt=begin_of(through + ONE_DAY)))}
    kept = {
        tuple(row[:-2]): row[-2:]
        for row in SpendTally.objects.values_list(
            "day", "project_id", "client_id", "account_id", "model", "person_id", "currency", "reserved_micro", "spent_micro"
        )
    }  # fmt: skip
    for key in sorted(told.keys() | kept.keys(), key=str):
        ours, journal = kept.get(key, (0, 0)), told.get(key, (0, 0))
        if tuple(ours) != tuple(journal):
            currency = str(key[-1])
            pair = [
                f"{money_words(spent, currency)} spent, {money_words(held, currency)} set aside"
                for held, spent in (ours, journal)
            ]
            yield f"{key[0]}, project {key[1]}, {key[4]}: the sum says {pair[0]}; the journal {pair[1]}"


def _of(book: SpendLine.Book) -> Coalesce:
    return Coalesce(Sum("amount_micro", filter=Q(book=book)), 0)


def _start(last: dt.date) -> dt.date | None:
    """The first day to sum: some days before the mark, or the journal's first."""
    through = TallyMark.last_day()
    if through is not None:
        return min(through, last) - ONE_DAY * (AGAIN_DAYS - 1)
    first = SpendLine.objects.order_by("at").values_list("at", flat=True).first()
    return first.astimezone(dt.UTC).date() if first else None


def _sum_up(start: dt.date, end: dt.date) -> int:
    """Replace the sums of these days by what the journal says of them, and move the mark."""
    with transaction.atomic():
        TallyMark.objects.get_or_create(defaults={"through": start - ONE_DAY})
        mark = TallyMark.objects.select_for_update().get()
        lines = SpendLine.objects.filter(at__gte=begin_of(start), at__lt=begin_of(end + ONE_DAY))
        SpendTally.objects.filter(day__gte=start, day__lte=end).delete()
        made = [_row(*row) for row in moved(lines)]
        SpendTally.objects.bulk_create(made, batch_size=2000)
        if end > mark.through:
            mark.through = end
        mark.save()
    return len(made)


def _row(day: dt.date, *values: Any) -> SpendTally:
    *keys, reserved, spent = values
    names = ("project_id", "client_id", "account_id", "model", "person_id", "currency")
    return SpendTally(day=day, reserved_micro=reserved, spent_micro=spent, **dict(zip(names, keys, strict=True)))
