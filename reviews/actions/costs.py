"""Ask what was spent and what came of it, as far as a person may see it. Money from the journal, seconds from the clips.

Days that are over are read from their sums (generations/pipeline/tallying.py), the days since from the journal itself. Four
statements, whatever the hub holds.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, TruncDate, TruncMonth
from django.utils import timezone

from generations.models import Generation, SpendLine, SpendTally, State, TallyMark
from generations.pipeline.tallying import ONE_DAY, begin_of
from reviews.rules.costing import Cell, Figures, Sheet, next_month, sheets
from sorahub.accounts.models import User

Book = SpendLine.Book
FAILED = (State.FAILED, State.EXPIRED, State.LOST)


@dataclass(frozen=True)
class Way:
    """How a grouping, or a filter, is reached from a day's sum, from a line of the journal, and from a generation."""

    tally: str
    line: str
    generation: str


WAYS = {
    "project": Way("project_id", "project_id", "project_id"),
    "client": Way("client_id", "client_id", "project__client_id"),
    "account": Way("account_id", "account_id", "account_id"),
    "model": Way("model", "entry__generation__model", "model"),
    "person": Way("person__person_id", "entry__generation__created_by__person_id", "created_by__person_id"),
}
GROUPINGS = (*WAYS, "month")


@dataclass(frozen=True)
class Asked:
    """What is asked: how it is grouped, for which months (first days, both included; ``first`` None: from the beginning),
    narrowed to what. A person is a human being, whatever accounts they have.
    """

    by: str
    last: dt.date
    first: dt.date | None = None
    project: UUID | None = None
    client: UUID | None = None
    account: UUID | None = None
    model: str = ""
    person: UUID | None = None
    currency: str = ""

    @property
    def narrowing(self) -> dict[str, Any]:
        """What it is narrowed to, by name."""
        return {name: value for name in WAYS if (value := getattr(self, name))}


def this_month() -> dt.date:
    """The first day of the month that runs now (UTC)."""
    return timezone.now().astimezone(dt.UTC).date().replace(day=1)


def costs(user: User, asked: Asked) -> list[Sheet]:
    """Return a sheet for each currency; of projects that the person does not see, nothing is in any sum."""
    with _plainly():
        return sheets([*_money(user, asked), *_made(user, asked)], asked.first, asked.last)


def generations(user: User, asked: Asked) -> "QuerySet[Any]":  # with annotations, which no type knows
    """The generations behind the sums: whatever spent money in the months asked for, or ended in them, each with ``spent`` in
    them. Page them by id.
    """
    rows = _paid_in(_narrowed(Generation.objects.visible_to(user), asked, "generation"))
    spent = SpendLine.objects.filter(
        book=Book.SPENT, entry__generation=OuterRef("pk"), at__lt=begin_of(next_month(asked.last))
    )
    ended = Q(finished_at__lt=begin_of(next_month(asked.last)))
    if asked.first is not None:
        spent = spent.filter(at__gte=begin_of(asked.first))
        ended &= Q(finished_at__gte=begin_of(asked.first))
    if asked.currency:
        spent = spent.filter(currency=asked.currency)
        ended &= Q(paid_in=asked.currency)
    total = spent.order_by().values("entry__generation").annotate(all=Sum("amount_micro")).values("all")
    found: QuerySet[Any] = rows.filter(Exists(spent) | ended).annotate(spent=Subquery(total))
    return found


def lines(user: User, asked: Asked) -> "QuerySet[SpendLine]":
    """The journal's lines of the months asked for, oldest first."""
    rows = _narrowed(SpendLine.objects.visible_to(user), asked, "line").filter(at__lt=begin_of(next_month(asked.last)))
    if asked.first is not None:
        rows = rows.filter(at__gte=begin_of(asked.first))
    return (rows.filter(currency=asked.currency) if asked.currency else rows).order_by("id")


def daily(user: User, asked: Asked, since: dt.date) -> dict[str, dict[dt.date, int]]:
    """What was spent on each day (UTC) from this one on, by currency: what a forecast is learned from. The months asked for do
    not matter.
    """
    through = TallyMark.last_day()
    found: dict[str, dict[dt.date, int]] = {}
    kept = _narrowed(SpendTally.objects.visible_to(user), asked, "tally").filter(day__gte=since)
    live = _narrowed(SpendLine.objects.visible_to(user), asked, "line").filter(book=Book.SPENT)
    begin = since if through is None else max(since, through + ONE_DAY)
    late = live.filter(at__gte=begin_of(begin)).annotate(day=TruncDate("at", tzinfo=dt.UTC)).order_by()
    rows = [*late.values_list("currency", "day").annotate(Sum("amount_micro"))]
    if through is not None:
        rows += kept.order_by().values_list("currency", "day").annotate(Sum("spent_micro"))
    for currency, day, micro in rows:
        found.setdefault(currency, {})[day] = found.get(currency, {}).get(day, 0) + micro
    return found


def _money(user: User, asked: Asked) -> Iterator[Cell]:
    """What was spent and set aside, to the last unit as the journal has it."""
    through = TallyMark.last_day()
    kept = _narrowed(SpendTally.objects.visible_to(user), asked, "tally")
    live = _narrowed(SpendLine.objects.visible_to(user), asked, "line").exclude(book=Book.AVAILABLE)
    if through is not None:
        live = live.filter(at__gte=begin_of(through + ONE_DAY))
    by = live.annotate(month=TruncMonth("at", tzinfo=dt.UTC))
    spent = Coalesce(Sum("amount_micro", filter=Q(book=Book.SPENT)), 0)
    held = Coalesce(Sum("amount_micro", filter=Q(book=Book.RESERVED)), 0)
    yield from _cells(asked, by.annotate(key=_key(asked, "line")), {"spent": spent, "held": held}, "currency")
    if through is not None:
        months = kept.annotate(month=TruncMonth("day"), key=_key(asked, "tally"))
        sums = {"spent": Sum("spent_micro"), "held": Sum("reserved_micro")}
        yield from _cells(asked, months, sums, "currency")


def _cells(asked: Asked, rows: "QuerySet[Any]", sums: dict[str, Any], currency: str) -> Iterator[Cell]:
    if asked.currency:
        rows = rows.filter(currency=asked.currency)
    found = rows.order_by().values_list("key", "month", currency).annotate(**sums)
    for key, month, code, spent, held in found:
        yield Cell(str(key), _day(month), code, Figures(spent_micro=spent, reserved_micro=held))


def _made(user: User, asked: Asked) -> Iterator[Cell]:
    """What came of it: how many succeeded, and the seconds of their clips."""
    rows = _paid_in(_narrowed(Generation.objects.visible_to(user), asked, "generation"))
    rows = rows.filter(finished_at__lt=begin_of(next_month(asked.last)))
    if asked.first is not None:
        rows = rows.filter(finished_at__gte=begin_of(asked.first))
    if asked.currency:
        rows = rows.filter(paid_in=asked.currency)
    by = rows.annotate(month=TruncMonth("finished_at", tzinfo=dt.UTC), key=_key(asked, "generation"))
    frames, done = "clip__frame_count", Q(state=State.SUCCEEDED)
    found = by.order_by().values_list("key", "month", "paid_in", "clip__rate_num", "clip__rate_den").annotate(
        succeeded=Count("pk", filter=done),
        failed=Count("pk", filter=Q(state__in=FAILED)),
        finished=Sum(frames, filter=done),
        approved=Sum(frames, filter=done & Q(clip__in=RawSQL(APPROVED, ()))),  # noqa: S611 (our own text)
        selected=Sum(frames, filter=done & Q(clip__in=RawSQL(SELECTED, ()))),  # noqa: S611
    )  # fmt: skip
    for key, month, code, num, den, succeeded, failed, *seconds in found:
        lengths = [Fraction((many or 0) * (den or 1), num or 1) for many in seconds]
        yield Cell(str(key), _day(month), code, Figures(0, 0, succeeded, failed, *lengths))


def _paid_in(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Say in which currency each costs: that of its cost, or of its estimate as long as it has none."""
    otherwise = Case(When(settled_currency="", then=F("currency")), default=F("settled_currency"))
    found: QuerySet[Any] = rows.annotate(paid_in=otherwise)
    return found


def _narrowed(rows: "QuerySet[Any]", asked: Asked, of: str) -> "QuerySet[Any]":
    return rows.filter(**{getattr(WAYS[name], of): value for name, value in asked.narrowing.items()})


def _key(asked: Asked, of: str) -> Any:
    """What a row is grouped by; by month alone, nothing else."""
    way = WAYS.get(asked.by)
    return F(getattr(way, of)) if way else Value("", output_field=CharField())


def _day(month: dt.date | dt.datetime) -> dt.date:
    return month.date() if isinstance(month, dt.datetime) else month


@contextmanager
def _plainly() -> Iterator[None]:
    """One look for all statements; compiling them would take PostgreSQL longer than running them."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '32MB'")
        yield


SELECTED = "SELECT selected_clip_id FROM generations_shot WHERE selected_clip_id IS NOT NULL"

APPROVED = """
    SELECT passed.clip_id FROM (
        SELECT heard.clip_id, heard.project_id, count(*) AS stages FROM (
            SELECT said.clip_id, said.project_id, said.stage_id, count(*) AS people,
                sum(CASE WHEN said.verdict = 'approved' THEN 1 ELSE 0 END) AS approvals
            FROM (
                SELECT g.clip_id, g.project_id, g.stage_id, CASE WHEN g.first = g.last THEN g.first ELSE (
                    SELECT l.verdict FROM reviews_decision l
                    WHERE l.clip_id = g.clip_id AND l.stage_id = g.stage_id AND l.person_id = g.person_id
                        AND l.clip_sha256 = g.sha256 ORDER BY l.decided_at DESC, l.id DESC LIMIT 1
                ) END AS verdict
                FROM (
                    SELECT d.clip_id, t.project_id, d.stage_id, d.person_id, min(d.verdict) AS first, max(d.verdict) AS last,
                        min(d.clip_sha256) AS sha256
                    FROM reviews_decision d
                    JOIN reviews_stage t ON t.id = d.stage_id AND t.role <> 'legal'
                    JOIN generations_clip c ON c.id = d.clip_id AND c.project_id = t.project_id
                        AND COALESCE(c.sha256 = d.clip_sha256, FALSE)
                    GROUP BY d.clip_id, t.project_id, d.stage_id, d.person_id
                ) g
            ) said WHERE said.verdict <> 'taken_back' GROUP BY said.clip_id, said.project_id, said.stage_id
        ) heard JOIN reviews_stage t ON t.id = heard.stage_id
        WHERE heard.approvals >= t.needed AND (heard.approvals = heard.people OR NOT t.worst_wins)
        GROUP BY heard.clip_id, heard.project_id
    ) passed JOIN (
        SELECT project_id, count(*) AS stages FROM reviews_stage WHERE role <> 'legal' GROUP BY project_id
    ) wanted ON wanted.project_id = passed.project_id AND wanted.stages = passed.stages
    UNION ALL
    SELECT s.clip_id FROM reviews_signoff s JOIN generations_clip c ON c.id = s.clip_id AND c.sha256 = s.clip_sha256
    WHERE s.meaning = 'approved'
        AND NOT EXISTS (SELECT 1 FROM reviews_stage t WHERE t.project_id = c.project_id AND t.role <> 'legal')
        AND NOT EXISTS (SELECT 1 FROM reviews_signoff r WHERE r.revokes_id = s.id)
        AND NOT EXISTS (SELECT 1 FROM reviews_signoff n WHERE n.clip_id = s.clip_id AND n.clip_sha256 = s.clip_sha256
            AND n.meaning = 'rejected' AND (n.signed_at, n.id) > (s.signed_at, s.id))
        AND NOT EXISTS (SELECT 1 FROM reviews_signoff p WHERE p.suspends_id = s.id
            AND NOT EXISTS (SELECT 1 FROM reviews_signoff z WHERE z.reinstates_id = p.id))"""
"""The clips whose bytes every stage before the sign-off has approved, by the last word of each person (rules/stages.py says the
same of one clip); of a project without such a stage, those that are signed.
"""
