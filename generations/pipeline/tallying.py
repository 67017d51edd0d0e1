"""Sum closed days once: the journal's lines, and what the generations that ended came to. Journal, generations and clips stay the
truth: the sums are derived, can be thrown away, and are proved.

A day (UTC) is closed an hour after its end, so that what was being committed at midnight is in. The last days are summed
anew each time, should a line have come in later still. What has ended stays as it ended, but for one thing: money that is settled
later may be in another currency; ``reopen`` takes the mark back then, in the same transaction. ``differences`` compares every sum with
what it was made from.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Case, Count, F, Min, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from generations.models import Generation, MadeTally, SpendLine, SpendTally, State, TallyMark
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
MADE_KEYS = {
    "project": "project_id",
    "account": "account_id",
    "model": "model",
    "person": "created_by_id",
    "currency": "paid_in",
    "num": "num",
    "den": "den",
}
"""What a count is by, and where a generation says it."""
FAILED = (State.FAILED, State.EXPIRED, State.LOST)


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
        MadeTally.objects.all().delete()


def reopen(ended_at: dt.datetime) -> None:
    """Let the sums hold no longer from the day of this instant on, until they are made anew. Call it where something of a generation
    that ended then changes; it waits for a ``tally`` that runs, so that none overlooks it.
    """
    day = ended_at.astimezone(dt.UTC).date()
    for mark in TallyMark.objects.select_for_update():
        mark.through = min(mark.through, day - ONE_DAY)
        mark.save()


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


def ended(generations: "QuerySet[Any]") -> "QuerySet[Any]":
    """Leave those that ended, cancelled ones aside (they say nothing about success); say of each in which currency it costs
    (``paid_in``: of its cost, or of its estimate as long as it has none) and at which frame rate it made a clip (``num``, ``den``;
    1/1 where it made none).
    """
    made = Q(state=State.SUCCEEDED)
    rows = paid_in(generations).filter(finished_at__isnull=False).exclude(state=State.CANCELLED)
    found: QuerySet[Any] = rows.order_by().annotate(
        num=Case(When(made, then=F("clip__rate_num")), default=1),
        den=Case(When(made, then=F("clip__rate_den")), default=1),
    )
    return found


def paid_in(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Say in which currency each costs (``paid_in``): that of its cost, or of its estimate as long as it has none."""
    otherwise = Case(When(settled_currency="", then=F("currency")), default=F("settled_currency"))
    found: QuerySet[Any] = rows.annotate(paid_in=otherwise)
    return found


def came_to() -> dict[str, Any]:
    """The aggregates over ``ended``: how many succeeded and failed, and the frames of those that succeeded."""
    made = Q(state=State.SUCCEEDED)
    return {
        "succeeded": Count("pk", filter=made),
        "failed": Count("pk", filter=Q(state__in=FAILED)),
        "frames": Coalesce(Sum("clip__frame_count", filter=made), 0),
    }


def differences() -> Iterator[str]:
    """Where a sum is not what the journal, or the generations and clips say, in words; nothing in a sound hub."""
    through = TallyMark.last_day()
    if through is not None:
        yield from _money_differences(through)
        yield from _made_differences(through)


def _made_differences(through: dt.date) -> Iterator[str]:
    told = {
        (row[0], _month(row[0]), *row[1:-3]): row[-3:]
        for row in _made(Generation.objects.filter(finished_at__lt=begin_of(through + ONE_DAY)))
    }
    rows = MadeTally.objects.filter(day__lte=through).values_list(
        "day", "month", "project_id", "account_id", "model", "person_id", "currency", "rate_num", "rate_den", "succeeded", "failed", "frames"
    )  # fmt: skip
    kept = {tuple(row[:-3]): row[-3:] for row in rows}
    for key in sorted(told.keys() | kept.keys(), key=str):
        ours, theirs = kept.get(key, (0, 0, 0)), told.get(key, (0, 0, 0))
        if tuple(ours) != tuple(theirs):
            pair = ["{} succeeded, {} failed, {} frames".format(*each) for each in (ours, theirs)]
            yield f"{key[0]}, project {key[2]}, {key[4]}: the count says {pair[0]}; the generations {pair[1]}"


def _made(generations: "QuerySet[Any]") -> "QuerySet[Any, Any]":
    """What they came to, by the day on which they ended and by each key."""
    by = (
        ended(generations).annotate(day=TruncDate("finished_at", tzinfo=dt.UTC)).values_list("day", *MADE_KEYS.values())
    )
    found: QuerySet[Any, Any] = by.annotate(**came_to())
    return found


def _money_differences(through: dt.date) -> Iterator[str]:
    lines = moved(SpendLine.objects.filter(at__lt=begin_of(through + ONE_DAY)))
    told = {(row[0], _month(row[0]), *row[1:-2]): row[-2:] for row in lines}
    kept = {
        tuple(row[:-2]): row[-2:]
        for row in SpendTally.objects.filter(day__lte=through).values_list(
            "day", "month", "project_id", "client_id", "account_id", "model", "person_id", "currency", "reserved_micro", "spent_micro"
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
            yield f"{key[0]}, project {key[2]}, {key[5]}: the sum says {pair[0]}; the journal {pair[1]}"


def _of(book: SpendLine.Book) -> Coalesce:
    return Coalesce(Sum("amount_micro", filter=Q(book=book)), 0)


def _start(last: dt.date) -> dt.date | None:
    """The first day to sum: some days before the mark, or the first on which anything was booked or ended."""
    through = TallyMark.last_day()
    if through is not None:
        return min(through, last) - ONE_DAY * (AGAIN_DAYS - 1)
    booked = SpendLine.objects.order_by("at").values_list("at", flat=True).first()
    made = Generation.objects.aggregate(first=Min("finished_at"))["first"]
    found = [at.astimezone(dt.UTC).date() for at in (booked, made) if at]
    return min(found, default=None)


def _sum_up(start: dt.date, end: dt.date) -> int:
    """Replace the sums of these days by what journal, generations and clips say of them, and move the mark."""
    with transaction.atomic():
        TallyMark.objects.get_or_create(defaults={"through": start - ONE_DAY})
        mark = TallyMark.objects.select_for_update().get()
        start = min(start, mark.through + ONE_DAY)  # days may have been opened again meanwhile
        lines = SpendLine.objects.filter(at__gte=begin_of(start), at__lt=begin_of(end + ONE_DAY))
        SpendTally.objects.filter(day__gte=start, day__lte=end).delete()
        made = [_row(*row) for row in moved(lines)]
        SpendTally.objects.bulk_create(made, batch_size=2000)
        ended_then = Generation.objects.filter(
            finished_at__gte=begin_of(start), finished_at__lt=begin_of(end + ONE_DAY)
        )
        MadeTally.objects.filter(day__gte=start, day__lte=end).delete()
        counted = [_made_row(*row) for row in _made(ended_then)]
        MadeTally.objects.bulk_create(counted, batch_size=2000)
        if end > mark.through:
            mark.through = end
        mark.save()
    return len(made) + len(counted)


def _row(day: dt.date, *values: Any) -> SpendTally:
    *keys, reserved, spent = values
    names = ("project_id", "client_id", "account_id", "model", "person_id", "currency")
    return SpendTally(
        day=day, month=_month(day), reserved_micro=reserved, spent_micro=spent, **dict(zip(names, keys, strict=True))
    )


def _made_row(day: dt.date, *values: Any) -> MadeTally:
    *keys, succeeded, failed, frames = values
    names = ("project_id", "account_id", "model", "person_id", "currency", "rate_num", "rate_den")
    return MadeTally(
        day=day,
        month=_month(day),
        succeeded=succeeded,
        failed=failed,
        frames=frames,
        **dict(zip(names, keys, strict=True)),
    )


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)
