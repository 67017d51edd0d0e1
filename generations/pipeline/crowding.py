"""Crowding: accounts near their limits, for look-out: places, new generations per minute, and how often they may be asked."""

import datetime as dt
from collections.abc import Callable, Iterator
from uuid import UUID

from django.db.models import Count, Q

from generations import providers
from generations.models import AccountLimit, Generation, ProviderAccount
from generations.pipeline.admission import AT_PROVIDER, MINUTE, Limits, narrower
from generations.pipeline.alarms import Trouble
from generations.pipeline.looking import in_flight
from generations.pipeline.pacing import floor_seconds

LONG = dt.timedelta(minutes=10)
MOMENTS = {"now": dt.timedelta(0), "five": dt.timedelta(minutes=5), "ten": LONG}
NEARLY = 0.9
SELDOM_SECONDS = 120.0
"""A task that is asked for less often than this is noticed late."""


def full_accounts(now: dt.datetime) -> Iterator[Trouble]:
    """Accounts, and models at them, with nine of ten places taken now, five and ten minutes ago."""
    for account, model in _crowded(now, _there, lambda limits: limits.places):
        yield Trouble(
            f"full:{account.pk}:{model}" if model else f"full:{account.pk}",
            f"{_named(account, model)} has had nine of its ten places taken for ten minutes.",
            "Raise the places if the provider allows more, use another account, or let the line shorten.",
            account.pk,
        )


def rushed_accounts(now: dt.datetime) -> Iterator[Trouble]:
    """Accounts, and models at them, that were sent nine of ten that a minute allows: now, five and ten minutes ago."""
    for account, model in _crowded(now, _just_sent, lambda limits: limits.per_minute):
        yield Trouble(
            f"rate:{account.pk}:{model}" if model else f"rate:{account.pk}",
            f"{_named(account, model)} has been sent nearly as much as a minute allows, for ten minutes.",
            "Raise the new generations per minute if the provider allows more, use another account, or let the line shorten.",
            account.pk,
        )


def seldom_asked(now: dt.datetime) -> Iterator[Trouble]:
    """Accounts with so much under way that what they may be asked in a minute leaves each task over two minutes unasked."""
    tasks = in_flight()
    for account in ProviderAccount.objects.filter(pk__in=tasks):
        seconds = floor_seconds(tasks[account.pk], providers.batch_size(account.dialect), account.polls_per_minute)
        if seconds > SELDOM_SECONDS:
            yield Trouble(
                f"polls:{account.pk}",
                f"{account} has {tasks[account.pk]} tasks under way and may be asked {account.polls_per_minute} times a minute: "
                f"each is asked for every {seconds:.0f} seconds at best.",
                "Raise how often the account may be asked if the provider allows more, or lower its places.",
                account.pk,
            )


def _crowded(
    now: dt.datetime, counted: Callable[[dt.datetime], Q], limit: Callable[[Limits], int | None]
) -> Iterator[tuple[ProviderAccount, str]]:
    """Who was near a limit at each of the three moments: an account (with ""), or a model at it."""
    taken = _taken(now, counted)
    owners = {account for account, _ in taken}
    own = {(each.account_id, each.model): each for each in AccountLimit.objects.filter(account__in=owners)}
    for account in ProviderAccount.objects.filter(pk__in=owners):
        models = {model: counts for (owner, model), counts in sorted(taken.items()) if owner == account.pk}
        in_all = min(map(sum, zip(*models.values(), strict=True)))
        if _near(in_all, limit(Limits(account.max_in_flight, account.creates_per_minute))):
            yield account, ""
        for model, counts in models.items():
            if _near(min(counts), limit(narrower(own.get((account.pk, model)), account.route, model))):
                yield account, model


def _taken(now: dt.datetime, counted: Callable[[dt.datetime], Q]) -> dict[tuple[UUID, str], list[int]]:
    """How many each model of each account had at the three moments; one query."""
    ended = Q(finished_at=None) | Q(finished_at__gt=now - LONG) | Q(submitted_at__gt=now - LONG - MINUTE)
    rows = Generation.objects.filter(ended, submitted_at__isnull=False).order_by().values_list("account_id", "model")
    counts = {name: Count("pk", filter=counted(now - ago)) for name, ago in MOMENTS.items()}
    return {(account, model): list(found) for account, model, *found in rows.annotate(**counts)}


def _there(at: dt.datetime) -> Q:
    """Who was at the provider at a moment."""
    return Q(submitted_at__lte=at) & (Q(state__in=AT_PROVIDER) | Q(finished_at__gt=at))


def _just_sent(at: dt.datetime) -> Q:
    """Who was sent in the minute before a moment."""
    return Q(submitted_at__gt=at - MINUTE, submitted_at__lte=at)


def _near(least: int, limit: int | None) -> bool:
    return bool(least) and limit is not None and least >= NEARLY * limit


def _named(account: ProviderAccount, model: str) -> str:
    return f"{model} at {account}" if model else str(account)
