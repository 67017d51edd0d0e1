"""Admission: who may go to a provider's account next. Places, creates per minute, pauses and shares decide it.

Places are limited for the account and for each model; projects share them (see sharing). All of it is counted under the
account's lock where a place is taken, so that two workers never take the last one both. Ten thousand waiting cost a few
statements: the database ranks them per project and model, and only the first of each come here.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, Min, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from generations import catalog
from generations.models import AccountLimit, Generation, Project, ProviderAccount, State
from generations.pipeline.sharing import PATIENCE, Room, Share, Waiting, next_in_line
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import hasten

AT_PROVIDER = (State.SUBMITTING, State.SUBMIT_UNKNOWN, State.QUEUED, State.RUNNING)
DISABLED, PAUSED, RESTING = "account-disabled", "account-paused", "account-resting"
FULL, RATE, SHARED, MOVED = "account-full", "account-rate", "account-shared", "account-moved"
PATIENT = ("", DISABLED, PAUSED, RESTING, FULL, RATE, SHARED, MOVED)
"""Why a job may wait and still stand in line; one that has met another trouble holds nobody up."""
MINUTE = dt.timedelta(minutes=1)
LEAST_SECONDS = 30.0
SECONDS_PER_PLACE = 0.05
LONGEST_SECONDS = 900.0
SHORT_SECONDS = 5.0
PLENTY = 50
"""With more places free than this nobody needs to be compared; no more are looked at, or woken, at a time."""
WAKES = 2
SUBMIT = "generation.submit"


@dataclass(frozen=True)
class Wait:
    """Why a generation cannot go yet, in words, and when to ask again."""

    code: str
    message: str
    seconds: float


ELSEWHERE = Wait(MOVED, "The account was given another address just now; it is sent there.", 1.0)


@dataclass(frozen=True)
class Answer:
    """``wait``: None when the generation may go now. ``others``: who may go now, itself perhaps among them."""

    wait: Wait | None
    others: Sequence[UUID] = ()


@dataclass(frozen=True)
class Limits:
    """How many may be under way and be sent in a minute; None: no such limit."""

    places: int | None
    per_minute: int | None


def standstill(account: ProviderAccount, now: dt.datetime) -> Wait | None:
    """Why nothing at all is sent to the account at the moment; None when something may be."""
    if not account.enabled:
        return Wait(DISABLED, f"The account {account} is switched off.", LEAST_SECONDS)
    if account.paused_at:
        why = f": {account.pause_reason.rstrip('.')}" if account.pause_reason else ""
        return Wait(
            PAUSED, f"The account {account} is paused{why}. It is sent when somebody resumes it.", LEAST_SECONDS
        )
    if account.resume_at and account.resume_at > now:
        return Wait(RESTING, "The provider asked us to wait.", (account.resume_at - now).total_seconds())
    return None


def ask(generation: Generation) -> Answer:
    """Say whether the generation may go now, and who else. Locks the account: call it where the place is taken.

    Not while its account is no longer as the caller read it: the order would go where nobody asks for it afterwards.
    Whoever is named in the answer is to be woken (``wake``), so that nobody sleeps beside a free place.
    """
    now = timezone.now()
    account = ProviderAccount.objects.select_for_update(no_key=True).get(pk=generation.account_id)
    moved = account.wire != generation.account.wire
    wait = standstill(account, now) or (ELSEWHERE if moved else _no_room(account, generation, now))
    if wait:
        return Answer(wait)
    room = _room(account, now)
    if room.places > PLENTY:
        return Answer(None, _sleepers(account))
    going = _next(account, room, now, also=generation)
    if generation.pk in going:
        return Answer(None, going)
    return Answer(Wait(SHARED, "Others are next: projects share the account's places.", SHORT_SECONDS), going)


def patience(generation: Generation, least: float) -> float:
    """Return how long to wait, in seconds: ``least``, and longer for those who stand further back in a long line."""
    ahead = Generation.objects.filter(account=generation.account_id, state=State.RESERVED, pk__lt=generation.pk)
    return least + min(ahead.count() * SECONDS_PER_PLACE, LONGEST_SECONDS)


def wake_next(account: ProviderAccount) -> None:
    """A place may have become free: have the jobs of those who are next try at once. Inside the caller's transaction."""
    now, fresh = timezone.now(), ProviderAccount.objects.get(pk=account.pk)
    full = _under_way(fresh).count() >= fresh.max_in_flight
    if full or standstill(fresh, now) or not _reserved(fresh).exists():
        return
    room = _room(fresh, now)
    if room.places > 0:
        wake(_sleepers(fresh) if room.places > PLENTY else _next(fresh, room, now))


def wake(generations: Iterable[UUID]) -> None:
    """Have these tried now; those that are being tried, or are due, are left alone. Locks jobs, always in one order."""
    later = Job.objects.filter(kind=SUBMIT, state=JobState.QUEUED, run_at__gt=timezone.now())
    for job in later.filter(subject_id__in=[*generations]).order_by("pk"):
        hasten(job)


def limits_of(account: ProviderAccount, model: str) -> Limits:
    """Return the narrower of the provider's limits in the catalogue and those set for the account and this model."""
    return narrower(AccountLimit.objects.filter(account=account, model=model).first(), account.route, model)


def narrower(own: AccountLimit | None, route: str, model: str) -> Limits:
    """``limits_of`` for what is set (None: nothing) for an account of this route."""
    rows = [row for row in catalog.rows() if (row.route, row.model) == (route, model)]
    return Limits(
        _least([own.max_in_flight if own else None, *(row.concurrency for row in rows)]),
        _least([own.creates_per_minute if own else None, *(row.requests_per_minute for row in rows)]),
    )


def _no_room(account: ProviderAccount, generation: Generation, now: dt.datetime) -> Wait | None:
    """The cheap question first: most who ask in a long line find everything taken."""
    narrow, under_way = limits_of(account, generation.model), _under_way(account)
    full = narrow.places is not None and under_way.filter(model=generation.model).count() >= narrow.places
    if full or under_way.count() >= account.max_in_flight:
        what = f"this model at {account}" if full else f"the account {account}"
        return Wait(FULL, f"All places of {what} are taken.", LEAST_SECONDS)
    sent = _sent(account, now - MINUTE)
    for limit, rows in ((account.creates_per_minute, sent), (narrow.per_minute, sent.filter(model=generation.model))):
        if limit is not None and rows.count() >= limit:
            return Wait(RATE, f"The account {account} is sent at most {limit} a minute.", _until_one_leaves(rows, now))
    return None


def _until_one_leaves(rows: "QuerySet[Generation]", now: dt.datetime) -> float:
    first = rows.aggregate(first=Min("submitted_at"))["first"] or now
    return max((first + MINUTE - now).total_seconds(), 0.0) + 0.1


def _room(account: ProviderAccount, now: dt.datetime) -> Room:
    under_way, sent = _count(_under_way(account), "model"), _count(_sent(account, now - MINUTE), "model")
    models = set(_reserved(account).order_by().values_list("model", flat=True).distinct())
    narrow = {model: _left(limits_of(account, model), under_way[model], sent[model]) for model in models}
    own = _left(Limits(account.max_in_flight, account.creates_per_minute), under_way.total(), sent.total())
    return Room(own or 0, {model: left for model, left in narrow.items() if left is not None})


def _left(limits: Limits, under_way: int, sent: int) -> int | None:
    places = None if limits.places is None else limits.places - under_way
    starts = None if limits.per_minute is None else limits.per_minute - sent
    return _least([places, starts])


def _next(account: ProviderAccount, room: Room, now: dt.datetime, *, also: Generation | None = None) -> list[UUID]:
    """Return who may go now, ``PLENTY`` at most. ``also``: one whose own job is running, so that it stands in no line."""
    few = Room(min(room.places, PLENTY), room.models)
    waiting = [*_first_of_each(account, few), *([_waiting(also)] if also else [])]
    return next_in_line(waiting, _shares(account, {each.project for each in waiting}, now), few, now)


def _first_of_each(account: ProviderAccount, room: Room) -> list[Waiting]:
    """The first in line of each project and model, no more than there is room for."""
    closed = [model for model, left in room.models.items() if left <= 0]
    place = Window(RowNumber(), partition_by=[F("project"), F("model")], order_by=[F("priority").desc(), F("pk").asc()])
    rows = _in_line(account).exclude(model__in=closed).annotate(place=place).filter(place__lte=room.places)
    return [_waiting(row) for row in rows.order_by()]


def _waiting(row: Generation) -> Waiting:
    return Waiting(row.pk, row.project_id, row.model, row.priority, row.created_at)


def _shares(account: ProviderAccount, projects: Iterable[UUID], now: dt.datetime) -> dict[UUID, Share]:
    weights = Project.objects.filter(pk__in=[*projects]).values_list("pk", "weight")
    under_way, lately = _count(_under_way(account), "project"), _count(_sent(account, now - PATIENCE), "project")
    return {pk: Share(weight, under_way[pk], lately[pk]) for pk, weight in weights}


def _sleepers(account: ProviderAccount) -> list[UUID]:
    """A few who sleep although there is room for many: each that goes wakes more than one."""
    sleeping = Job.objects.filter(
        kind=SUBMIT,
        state=JobState.QUEUED,
        run_at__gt=timezone.now(),
        error_code__in=PATIENT,
        subject_id__in=_reserved(account).values("pk"),
    )
    return [pk for pk in sleeping.order_by("run_at").values_list("subject_id", flat=True)[:WAKES] if pk]


def _reserved(account: ProviderAccount) -> "QuerySet[Generation]":
    return Generation.objects.filter(account=account, state=State.RESERVED)


def _in_line(account: ProviderAccount) -> "QuerySet[Generation]":
    """Those who wait for a place and for nothing else."""
    jobs = Job.objects.filter(subject_id=OuterRef("pk"), kind=SUBMIT, state=JobState.QUEUED)
    return _reserved(account).filter(Exists(jobs.filter(error_code__in=PATIENT)))


def _under_way(account: ProviderAccount) -> "QuerySet[Generation]":
    return Generation.objects.filter(account=account, state__in=AT_PROVIDER)


def _sent(account: ProviderAccount, since: dt.datetime) -> "QuerySet[Generation]":
    return Generation.objects.filter(account=account, submitted_at__gt=since)


def _count(rows: "QuerySet[Generation]", field: str) -> Counter[Any]:
    return Counter(dict(rows.order_by().values_list(field).annotate(Count("pk"))))


def _least(values: Iterable[int | None]) -> int | None:
    return min((each for each in values if each is not None), default=None)
