"""Ask what was spent and what came of it, as far as a person may see it. Money from the journal, seconds from the clips.

Days that are over are read from their sums (generations/pipeline/tallying.py), the days since from the journal and the generations
themselves; what is approved and selected is asked anew each time. Seven statements, whatever the hub holds.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import BooleanField, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, TruncDate, TruncMonth
from django.utils import timezone

from generations.models import Generation, MadeTally, Project, Shot, SpendLine, SpendTally, State, TallyMark
from generations.pipeline.tallying import ONE_DAY, begin_of, came_to, ended, paid_in
from reviews.models import Stage
from reviews.rules.costing import Cell, Figures, Sheet, next_month, sheets
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

Book = SpendLine.Book


@dataclass(frozen=True)
class Way:
    """How a grouping, or a filter, is reached from a day's sum, a line of the journal, a generation, and a day's count of those."""

    tally: str
    line: str
    generation: str
    made: str


WAYS = {
    "project": Way("project_id", "project_id", "project_id", "project_id"),
    "client": Way("client_id", "client_id", "project__client_id", "project__client_id"),
    "account": Way("account_id", "account_id", "account_id", "account_id"),
    "model": Way("model", "entry__generation__model", "model", "model"),
    "person": Way("person__person_id", "entry__generation__created_by__person_id", "created_by__person_id", "person__person_id"),
}  # fmt: skip
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
        through = TallyMark.last_day()
        cells = [*_money(user, asked, through), *_made(user, asked, through), *_judged(user, asked)]
        return sheets(cells, asked.first, asked.last)


def generations(user: User, asked: Asked) -> "QuerySet[Any]":  # with annotations, which no type knows
    """The generations behind the sums: whatever spent money in the months asked for, or ended in them, each with ``spent`` in
    them. Page them by id.
    """
    rows = paid_in(_narrowed(Generation.objects.visible_to(user), asked, "generation"))
    spent = SpendLine.objects.filter(
        book=Book.SPENT, entry__generation=OuterRef("pk"), at__lt=begin_of(next_month(asked.last))
    )
    over = Q(finished_at__lt=begin_of(next_month(asked.last)))
    if asked.first is not None:
        spent = spent.filter(at__gte=begin_of(asked.first))
        over &= Q(finished_at__gte=begin_of(asked.first))
    if asked.currency:
        spent = spent.filter(currency=asked.currency)
        over &= Q(paid_in=asked.currency)
    total = spent.order_by().values("entry__generation").annotate(all=Sum("amount_micro")).values("all")
    found: QuerySet[Any] = rows.filter(Exists(spent) | over).annotate(spent=Subquery(total))
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
        rows += kept.filter(day__lte=through).order_by().values_list("currency", "day").annotate(Sum("spent_micro"))
    for currency, day, micro in rows:
        found.setdefault(currency, {})[day] = found.get(currency, {}).get(day, 0) + micro
    return found


def _money(user: User, asked: Asked, through: dt.date | None) -> Iterator[Cell]:
    """What was spent and set aside, to the last unit as the journal has it."""
    kept = _narrowed(SpendTally.objects.visible_to(user), asked, "tally")
    live = _narrowed(SpendLine.objects.visible_to(user), asked, "line").exclude(book=Book.AVAILABLE)
    if through is not None:
        live = live.filter(at__gte=begin_of(through + ONE_DAY))
    by = live.annotate(month=TruncMonth("at", tzinfo=dt.UTC))
    spent = Coalesce(Sum("amount_micro", filter=Q(book=Book.SPENT)), 0)
    held = Coalesce(Sum("amount_micro", filter=Q(book=Book.RESERVED)), 0)
    yield from _cells(asked, by.annotate(key=_key(asked, "line")), {"spent": spent, "held": held}, "currency")
    if through is not None:
        months = kept.filter(day__lte=through).annotate(key=_key(asked, "tally"))
        sums = {"spent": Sum("spent_micro"), "held": Sum("reserved_micro")}
        yield from _cells(asked, months, sums, "currency")


def _cells(asked: Asked, rows: "QuerySet[Any]", sums: dict[str, Any], currency: str) -> Iterator[Cell]:
    if asked.currency:
        rows = rows.filter(currency=asked.currency)
    found = rows.order_by().values_list("key", "month", currency).annotate(**sums)
    for key, month, code, spent, held in found:
        yield Cell(str(key), _day(month), code, Figures(spent_micro=spent, reserved_micro=held))


def _made(user: User, asked: Asked, through: dt.date | None) -> Iterator[Cell]:
    """How many succeeded and failed, and the seconds of the clips that were made."""
    live = _ended(user, asked)
    if through is not None:
        live = live.filter(finished_at__gte=begin_of(through + ONE_DAY))
    rows = [*live.values_list("key", "month", "paid_in", "num", "den").annotate(**came_to())]
    if through is not None:
        kept = _narrowed(MadeTally.objects.visible_to(user), asked, "made")
        kept = kept.filter(day__lte=through, month__lte=asked.last)
        kept = kept.filter(month__gte=asked.first) if asked.first is not None else kept
        kept = kept.filter(currency=asked.currency) if asked.currency else kept
        by = kept.annotate(key=_key(asked, "made")).order_by()
        sums = {name: Sum(name) for name in ("succeeded", "failed", "frames")}
        rows += by.values_list("key", "month", "currency", "rate_num", "rate_den").annotate(**sums)
    for (key, month, code), (finished, succeeded, failed) in _by_cell(rows):
        yield Cell(key, month, code, Figures(0, 0, int(succeeded), int(failed), finished=finished))


def _judged(user: User, asked: Asked) -> Iterator[Cell]:
    """The seconds of those clips that are approved now, and of those that are selected."""
    rows = _ended(user, asked).filter(state=State.SUCCEEDED)
    taken = Shot.objects.filter(selected_clip__isnull=False).values("selected_clip")
    for name, chosen in (
        ("approved", rows.filter(_approved(user, asked))),
        ("selected", rows.filter(clip__in=taken)),
    ):
        found = chosen.values_list("key", "month", "paid_in", "num", "den").annotate(frames=Sum("clip__frame_count"))
        for (key, month, code), (seconds,) in _by_cell(found):
            only: dict[str, Any] = {name: seconds}
            yield Cell(key, month, code, Figures(**only))


def _by_cell(rows: Iterable[Any]) -> Iterator[tuple[tuple[str, dt.date, str], list[Fraction]]]:
    """Add up rows of key, month, currency, rate (two), counts, frames: the seconds of all rates, then the counts. In whole ticks of
    all rates together: thousands of fractions take longer to add than to look up.
    """
    told = list(rows)
    ticks = lcm(*{row[3] for row in told})
    found: dict[tuple[str, dt.date, str], list[int]] = {}
    for key, month, code, num, den, *counts, frames in told:
        cell = found.setdefault((str(key), _day(month), code), [0] * (len(counts) + 1))
        cell[0] += frames * den * (ticks // num)
        for place, count in enumerate(counts, 1):
            cell[place] += count
    for where, (length, *counts) in found.items():
        yield where, [Fraction(length, ticks), *map(Fraction, counts)]


def _ended(user: User, asked: Asked) -> "QuerySet[Any]":
    """The generations that ended in the months asked for, each with its ``month`` and ``key``."""
    rows = ended(_narrowed(Generation.objects.visible_to(user), asked, "generation"))
    rows = rows.filter(finished_at__lt=begin_of(next_month(asked.last)))
    if asked.first is not None:
        rows = rows.filter(finished_at__gte=begin_of(asked.first))
    if asked.currency:
        rows = rows.filter(paid_in=asked.currency)
    found: QuerySet[Any] = rows.annotate(month=TruncMonth("finished_at", tzinfo=dt.UTC), key=_key(asked, "generation"))
    return found


def _approved(user: User, asked: Asked) -> RawSQL:
    """The clips that are approved; decisions in other projects than those asked for are left out early, where that leaves out any."""
    if user.kind == Kind.ADMINISTRATOR and not (asked.project or asked.client):
        return RawSQL(APPROVED.format(narrowed=""), (), BooleanField())  # noqa: S611 (our own text)
    stages = Stage.objects.filter(project__in=Project.objects.visible_to(user).order_by())
    if asked.project:
        stages = stages.filter(project=asked.project)
    if asked.client:
        stages = stages.filter(project__client=asked.client)
    sql, given = stages.order_by().values("pk").query.sql_with_params()
    return RawSQL(APPROVED.format(narrowed=f"WHERE d.stage_id IN ({sql})"), given, BooleanField())  # noqa: S611


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


APPROVED = """
    ("generations_clip"."id", "generations_clip"."sha256" || '', "generations_clip"."project_id") IN (
    SELECT heard.clip_id, heard.clip_sha256, heard.project_id FROM (
        SELECT d.clip_id, d.clip_sha256, t.id, t.project_id, t.stages
        FROM reviews_decision d
        JOIN (
            SELECT id, project_id, needed, worst_wins, count(*) OVER (PARTITION BY project_id) AS stages
            FROM reviews_stage WHERE role <> 'legal'
        ) t ON t.id = d.stage_id
        {narrowed}
        GROUP BY d.clip_id, d.clip_sha256, t.id, t.project_id, t.stages, t.needed, t.worst_wins
        HAVING CASE
            WHEN sum(CASE WHEN d.verdict = 'approved' THEN 1 ELSE 0 END) < t.needed THEN FALSE
            WHEN sum(CASE WHEN d.verdict = 'approved' THEN 1 ELSE 0 END) = count(*) AND t.needed = 1 THEN TRUE
            ELSE (
                SELECT sum(CASE WHEN l.verdict = 'approved' THEN 1 ELSE 0 END) >= t.needed
                    AND (NOT t.worst_wins OR sum(CASE WHEN l.verdict = 'approved' THEN 0 ELSE 1 END) = 0)
                FROM reviews_decision l
                WHERE l.clip_id = d.clip_id AND l.stage_id = t.id AND l.clip_sha256 = d.clip_sha256 AND l.verdict <> 'taken_back'
                    AND NOT EXISTS (
                        SELECT 1 FROM reviews_decision n
                        WHERE n.clip_id = l.clip_id AND n.stage_id = l.stage_id AND n.person_id = l.person_id
                            AND n.clip_sha256 = l.clip_sha256 AND (n.decided_at, n.id) > (l.decided_at, l.id)
                    )
            )
        END
    ) heard
    GROUP BY heard.clip_id, heard.clip_sha256, heard.project_id, heard.stages HAVING count(*) = heard.stages
    UNION ALL
    SELECT s.clip_id, s.clip_sha256, c.project_id FROM reviews_signoff s JOIN generations_clip c ON c.id = s.clip_id AND c.sha256 = s.clip_sha256
    WHERE s.meaning = 'approved'
        AND NOT EXISTS (SELECT 1 FROM reviews_stage t WHERE t.project_id = c.project_id AND t.role <> 'legal')
        AND NOT EXISTS (SELECT 1 FROM reviews_signoff r WHERE r.revokes_id = s.id)
        AND NOT EXISTS (SELECT 1 FROM reviews_signoff n WHERE n.clip_id = s.clip_id AND n.clip_sha256 = s.clip_sha256
            AND n.meaning = 'rejected' AND (n.signed_at, n.id) > (s.signed_at, s.id))
        AND NOT EXISTS (SELECT 1 FROM reviews_signoff p WHERE p.suspends_id = s.id
            AND NOT EXISTS (SELECT 1 FROM reviews_signoff z WHERE z.reinstates_id = p.id)))"""
"""Whether the query's clip is one whose bytes every stage before the sign-off has approved, by the last word of each person
(rules/stages.py says the same of one clip); of a project without such a stage, one that is signed. Where all said yes and one is enough,
nobody's last word need be looked for. (The empty string keeps PostgreSQL from looking clips up by hash, which costs it more than by id.)
"""
