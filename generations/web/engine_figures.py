"""The queue in numbers: what each account carries, what waits and why. Aggregates only: no generation is read for them.

How full an account is, is a fact about the account, which all of the agency's own people see; whose work fills it is not
told here.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q
from django.utils import timezone

from generations import catalog
from generations.models import AccountLimit, Generation, ProviderAccount, State
from generations.models.generation import ACTIVE, POLLED
from generations.pipeline.admission import AT_PROVIDER, MINUTE, Limits, standstill
from generations.pipeline.track import HEARTBEAT
from sorahub.jobs.models import Heartbeat, Job, JobState

SIGNS_SHOWN = 6
ALIVE = dt.timedelta(minutes=2)
LATE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class ModelLoad:
    """One model at one account. ``limits`` are the narrower of the provider's and our own."""

    model: str
    in_flight: int
    waiting: int
    limits: Limits


@dataclass(frozen=True)
class AccountLoad:
    """What one account carries now. ``why``: what keeps the waiting ones, in words; empty when nothing waits.

    ``due`` counts the tasks that are to be asked about within a minute; ``followed``: a tracker looks after it.
    """

    account: ProviderAccount
    in_flight: int
    fetching: int
    waiting: int
    oldest: dt.datetime | None
    sent: int
    due: int
    models: Sequence[ModelLoad]
    why: Sequence[str]
    followed: bool


@dataclass(frozen=True)
class Sign:
    """A process's sign of life."""

    name: str
    at: dt.datetime
    fresh: bool


@dataclass(frozen=True)
class Work:
    """The processes and their jobs. ``late``: due for longer than a minute."""

    tracker: Sign | None
    workers: Sequence[Sign]
    queued: int
    late: int
    running: int
    dead: int

    @property
    def tracking(self) -> bool:
        """Whether a tracker is at work."""
        return self.tracker is not None and self.tracker.fresh

    @property
    def working(self) -> bool:
        """Whether a worker is at work."""
        return any(sign.fresh for sign in self.workers)


@dataclass(frozen=True)
class _Group:
    """The active generations of one account, model and state."""

    model: str
    state: str
    number: int
    oldest: dt.datetime


def loads(accounts: Sequence[ProviderAccount]) -> list[AccountLoad]:
    """Return what each of these accounts carries; four statements, however many accounts and generations there are."""
    now = timezone.now()
    rows = Generation.objects.filter(account__in=[account.pk for account in accounts]).order_by()
    groups = _grouped(rows.filter(state__in=ACTIVE))
    sent = _counted(rows.filter(submitted_at__gt=now - MINUTE), "account", "model")
    due = _counted(rows.filter(state__in=POLLED, next_poll_at__lte=now + MINUTE), "account")
    limits = _limits(accounts)
    return [_load(account, groups.get(account.pk, []), sent, due, limits, now) for account in accounts]


def work() -> Work:
    """Return how the processes are and what jobs wait for them; three statements."""
    now = timezone.now()
    tracker = Heartbeat.objects.filter(name=HEARTBEAT).first()
    others = Heartbeat.objects.exclude(name=HEARTBEAT).order_by("-beat_at")[:SIGNS_SHOWN]
    open_jobs = Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING, JobState.DEAD))
    jobs = open_jobs.aggregate(
        queued=Count("pk", filter=Q(state=JobState.QUEUED)),
        late=Count("pk", filter=Q(state=JobState.QUEUED, run_at__lt=now - LATE)),
        running=Count("pk", filter=Q(state=JobState.RUNNING)),
        dead=Count("pk", filter=Q(state=JobState.DEAD)),
    )
    return Work(_sign(tracker, now) if tracker else None, [_sign(beat, now) for beat in others], **jobs)


def _load(
    account: ProviderAccount,
    groups: Sequence[_Group],
    sent: Mapping[Any, int],
    due: Mapping[Any, int],
    limits: Mapping[tuple[UUID, str], Limits],
    now: dt.datetime,
) -> AccountLoad:
    models = [_model(account, name, groups, limits) for name in sorted({group.model for group in groups})]
    waiting = [group for group in groups if group.state == State.RESERVED]
    ours = {model: number for (pk, model), number in sent.items() if pk == account.pk}
    return AccountLoad(
        account=account,
        in_flight=sum(model.in_flight for model in models),
        fetching=sum(group.number for group in groups if group.state == State.FETCHING),
        waiting=sum(group.number for group in waiting),
        oldest=min((group.oldest for group in waiting), default=None),
        sent=sum(ours.values()),
        due=due.get((account.pk,), 0),
        models=models,
        why=[*_why(account, models, ours, now)] if waiting else [],
        followed=account.poll_lease_until is not None and account.poll_lease_until > now,
    )


def _model(
    account: ProviderAccount, name: str, groups: Sequence[_Group], limits: Mapping[tuple[UUID, str], Limits]
) -> ModelLoad:
    own = [group for group in groups if group.model == name]
    return ModelLoad(
        model=name,
        in_flight=sum(group.number for group in own if group.state in AT_PROVIDER),
        waiting=sum(group.number for group in own if group.state == State.RESERVED),
        limits=limits.get((account.pk, name)) or of_catalogue(account.route, name),
    )


def _why(
    account: ProviderAccount, models: Sequence[ModelLoad], sent: Mapping[str, int], now: dt.datetime
) -> Iterable[str]:
    """What admission would answer those who wait, for the account and for each model."""
    if still := standstill(account, now):
        yield still.message
        return
    found = [*_taken(account, models), *_too_fast(account, models, sent)]
    yield from found or ["Nothing holds them up: they are on their way."]


def _taken(account: ProviderAccount, models: Sequence[ModelLoad]) -> Iterable[str]:
    if sum(model.in_flight for model in models) >= account.max_in_flight:
        yield f"All {account.max_in_flight} places of the account are taken."
    for model in models:
        if model.waiting and model.limits.places is not None and model.in_flight >= model.limits.places:
            yield f"All {model.limits.places} places of {model.model} are taken."


def _too_fast(account: ProviderAccount, models: Sequence[ModelLoad], sent: Mapping[str, int]) -> Iterable[str]:
    most = account.creates_per_minute
    if most is not None and sum(sent.values()) >= most:
        yield f"The account is sent at most {most} a minute."
    for model in models:
        limit = model.limits.per_minute
        if model.waiting and limit is not None and sent.get(model.model, 0) >= limit:
            yield f"{model.model} is sent at most {limit} times a minute."


def _limits(accounts: Sequence[ProviderAccount]) -> dict[tuple[UUID, str], Limits]:
    """The limits of the models for which the account has some of its own; the catalogue's narrow them."""
    routes = {account.pk: account.route for account in accounts}
    found = {}
    for row in AccountLimit.objects.filter(account__in=routes):
        found[row.account_id, row.model] = narrower(row, of_catalogue(routes[row.account_id], row.model))
    return found


def narrower(own: AccountLimit | None, known: Limits) -> Limits:
    """Return the narrower of our own limits for a model and the catalogue's."""
    if own is None:
        return known
    return Limits(_least(own.max_in_flight, known.places), _least(own.creates_per_minute, known.per_minute))


def of_catalogue(route: str, model: str) -> Limits:
    """Return the provider's own limits for a model, as far as the catalogue knows them."""
    rows = [row for row in catalog.rows() if (row.route, row.model) == (route, model)]
    return Limits(_least(*(row.concurrency for row in rows)), _least(*(row.requests_per_minute for row in rows)))


def _least(*values: int | None) -> int | None:
    return min((each for each in values if each is not None), default=None)


def _grouped(rows: Any) -> dict[UUID, list[_Group]]:
    found: dict[UUID, list[_Group]] = {}
    counted = rows.values_list("account", "model", "state").annotate(number=Count("*"), oldest=Min("created_at"))
    for account, *facts in counted:
        found.setdefault(account, []).append(_Group(*facts))
    return found


def _counted(rows: Any, *by: str) -> dict[Any, int]:
    return {tuple(key): number for *key, number in rows.values_list(*by).annotate(number=Count("*"))}


def _sign(beat: Heartbeat, now: dt.datetime) -> Sign:
    return Sign(beat.name, beat.beat_at, now - beat.beat_at < ALIVE)
