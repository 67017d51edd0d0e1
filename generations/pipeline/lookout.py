"""Look out: once a minute, over all rows, for what a person should mend. Each look comes to the whole truth of its kind, by a
fixed number of queries, however many generations there are.
"""

import datetime as dt
from collections.abc import Callable, Iterator

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.utils import timezone

from generations import catalog
from generations.models import Alarm, ErrorClass, Generation, ProviderAccount, SpendEntry, State
from generations.models.generation import POLLED
from generations.pipeline.admission import AT_PROVIDER
from generations.pipeline.alarms import Trouble, hold
from generations.pipeline.bringing import ASKING
from generations.pipeline.remote import shut_routes
from sorahub.lib.amounts import money_words

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MONTH = dt.timedelta(days=30)
SOON = dt.timedelta(minutes=15)
LATELY = dt.timedelta(minutes=5)
LONG_FULL = dt.timedelta(minutes=10)
MOMENTS = {"now": dt.timedelta(0), "five": LATELY, "ten": LONG_FULL}
NEARLY_FULL = 0.9
FAR_OFF = 0.2
"""By how much of the estimate a cost may differ before somebody should look."""
MOST = 200
CLOSING = (SpendEntry.Kind.SETTLED, SpendEntry.Kind.RELEASED, SpendEntry.Kind.CORRECTED)
UNCLEAR = (State.LOST, State.CANCELLED)
"""Ends after which nobody may know yet whether it is charged."""
Kind = Alarm.Kind
Look = Callable[[dt.datetime], Iterator[Trouble]]


def look_out() -> dict[str, int]:
    """Open, renew and clear the alarms that rows alone can show; return how many of each look hold."""
    now, found = timezone.now(), {}
    for kind, prefix, look in LOOKS:
        troubles = list(look(now))
        hold(kind, troubles, prefix=prefix)
        found[look.__name__] = len(troubles)
    _clear_answered(now)
    return found


def unknown_words(now: dt.datetime) -> Iterator[Trouble]:
    """Words that no adapter knows, as long as a followed task still shows them."""
    rows = Generation.objects.filter(state__in=POLLED).exclude(alarm="").filter(poll_failures=0)
    for row in rows.order_by().values("account_id", "account__name", "raw_state").annotate(times=Count("pk"))[:MOST]:
        yield Trouble(
            f"{row['account_id']}:{row['raw_state']}",
            f"{row['account__name']} uses a word we do not know: {row['raw_state']!r} ({row['times']} generations).",
            "Nothing is lost: it is asked for on. Look at the provider what it means, and have the adapter learn it.",
            row["account_id"],
        )


def silent_webhooks(now: dt.datetime) -> Iterator[Trouble]:
    """Accounts whose provider used to call, finished something within the hour, and said nothing."""
    calling = {row.route for row in catalog.rows() if row.webhook is not catalog.Webhook.NONE}
    ended = Generation.objects.filter(account=OuterRef("pk"), finished_at__gt=now - HOUR, remote_id__isnull=False)
    quiet = ProviderAccount.objects.filter(Exists(ended), route__in=calling, last_webhook_at__lt=now - HOUR)
    for account in quiet[:MOST]:
        yield Trouble(
            str(account.pk),
            f"{account} has not called since {account.last_webhook_at:%Y-%m-%d %H:%M} UTC, though tasks have ended.",
            "Clips still come, later: the hub asks. Check the endpoint and its secret in the provider's console.",
            account.pk,
        )


def odd_costs(now: dt.datetime) -> Iterator[Trouble]:
    """Costs of the last day that are far from their estimates, by account."""
    difference = (F("settled_micro") - F("estimate_micro")) * 1.0
    rows = Generation.objects.filter(finished_at__gt=now - DAY, settled_micro__isnull=False, estimate_micro__gt=0)
    rows = rows.filter(settled_currency=F("currency")).annotate(off=difference / F("estimate_micro"))
    rows = rows.filter(Q(off__gt=FAR_OFF) | Q(off__lt=-FAR_OFF)).order_by()
    for row in rows.values("account_id", "account__name").annotate(times=Count("pk"))[:MOST]:
        yield Trouble(
            f"costs:{row['account_id']}",
            f"{row['times']} generations of the last day at {row['account__name']} cost over a fifth more or less than estimated.",
            "Compare the account's bill with the catalogue's prices, and bring the prices up to date.",
            row["account_id"],
        )


def bound_money(now: dt.datetime) -> Iterator[Trouble]:
    """Money that stays set aside for what was lost, or cancelled while it was rendered, by project and currency."""
    closed = SpendEntry.objects.filter(generation=OuterRef("pk"), kind__in=CLOSING)
    rows = Generation.objects.filter(~Exists(closed), state__in=UNCLEAR, estimate_micro__gt=0).order_by()
    sums = rows.values("project_id", "project__name", "currency").annotate(
        times=Count("pk"), micro=Sum("estimate_micro")
    )
    for row in sums[:MOST]:
        yield Trouble(
            f"bound:{row['project_id']}:{row['currency']}",
            f"{money_words(row['micro'], row['currency'])} stay set aside for {row['times']} lost or cancelled "
            f"generation{'s' * (row['times'] > 1)} of {row['project__name']}.",
            "Look at the provider's bill, and enter on each generation's page what it cost.",
            project=row["project_id"],
        )


def broke_accounts(now: dt.datetime) -> Iterator[Trouble]:
    """Accounts that the provider refused within the hour for want of credit or activation."""
    recent = Q(finished_at__gt=now - HOUR) | Q(state=State.RESERVED)
    rows = Generation.objects.filter(recent, error_class=ErrorClass.ACCOUNT).order_by()
    for row in rows.values("account_id", "account__name").annotate(times=Count("pk"))[:MOST]:
        yield Trouble(
            f"credit:{row['account_id']}",
            f"{row['account__name']} refused {row['times']} generation{'s' * (row['times'] > 1)}: no credit, arrears or not activated.",
            "Top up or activate the account at the provider, test it here, and launch again what failed.",
            row["account_id"],
        )


def expiring(now: dt.datetime) -> Iterator[Trouble]:
    """Finished files that are not here yet and that the provider will soon delete: within a quarter of an hour, or within a
    quarter of their life where that is shorter.
    """
    rows = Generation.objects.filter(state=State.FETCHING, provider_expires_at__lt=now + SOON)
    for row in rows.order_by("provider_expires_at")[:MOST]:
        expires, made = row.provider_expires_at or now, row.provider_created_at
        if made and expires - now > (expires - made) / 4:
            continue
        minutes = max(0, int((expires - now).total_seconds() // 60))
        yield Trouble(
            f"fetch:{row.pk}",
            f"A finished clip of {row.model} is not here yet, and the provider deletes it in {minutes} minutes.",
            "Look why fetching waits (its timeline says it): a full disk, a paused worker, a refused key.",
            row.account_id,
            row.pk,
            row.project_id,
        )


def full_accounts(now: dt.datetime) -> Iterator[Trouble]:
    """Accounts with nine of ten places taken now, five and ten minutes ago."""
    ended = Q(finished_at=None) | Q(finished_at__gt=now - LONG_FULL)
    rows = Generation.objects.filter(ended, submitted_at__isnull=False).order_by().values_list("account_id")
    counts = {name: Count("pk", filter=_there(now - ago)) for name, ago in MOMENTS.items()}
    least = {account: min(taken) for account, *taken in rows.annotate(**counts)}
    for account in ProviderAccount.objects.filter(pk__in=least):
        if least[account.pk] and least[account.pk] >= NEARLY_FULL * account.max_in_flight:
            yield Trouble(
                f"full:{account.pk}",
                f"{account} has had nine of its ten places taken for ten minutes.",
                "Raise the account's places if the provider allows more, use another account, or let the line shorten.",
                account.pk,
            )


def resting_accounts(now: dt.datetime) -> Iterator[Trouble]:
    """Accounts whose provider asked us to send no more for a while."""
    for account in ProviderAccount.objects.filter(resume_at__gt=now)[:MOST]:
        yield Trouble(
            f"sending:{account.pk}",
            f"{account} asked us to wait before more is sent, until {account.resume_at:%H:%M:%S} UTC.",
            "Lower the account's places or its new generations per minute to what the provider allows.",
            account.pk,
        )


def retiring(now: dt.datetime) -> Iterator[Trouble]:
    """Models that their provider shuts down within a month and that were used in the last one; or shut down with orders waiting."""
    today = now.date()
    ending = {(row.route, row.model, row.mode): row for row in catalog.rows() if _ends(row, today)}
    used = Generation.objects.filter(Q(created_at__gt=now - MONTH) | Q(state=State.RESERVED)).order_by()
    groups = used.values_list("account__route", "model", "mode").annotate(
        waiting=Count("pk", filter=Q(state=State.RESERVED)), times=Count("pk")
    )
    for route, model, mode, waiting, times in groups:
        row = ending.get((route, model, mode))
        if row and row.retired_on and (row.retired_on > today or waiting):
            others = ", ".join(
                sorted({each.title for each in catalog.alternatives(row, today, without=shut_routes())})[:4]
            )
            yield Trouble(
                f"{route}/{model}/{mode}",
                f"{row.title} is shut down on {row.retired_on}; {times} generations of the last month used it, {waiting} wait.",
                f"Launch with another model: {others}." if others else "Launch with another model or by another route.",
            )


LOOKS: tuple[tuple[Alarm.Kind, str, Look], ...] = (
    (Kind.UNKNOWN_WORD, "", unknown_words),
    (Kind.WEBHOOK_SILENCE, "", silent_webhooks),
    (Kind.MONEY, "costs:", odd_costs),
    (Kind.MONEY, "bound:", bound_money),
    (Kind.MONEY, "credit:", broke_accounts),
    (Kind.EXPIRING, "fetch:", expiring),
    (Kind.ACCOUNT_LIMIT, "full:", full_accounts),
    (Kind.ACCOUNT_LIMIT, "sending:", resting_accounts),
    (Kind.RETIREMENT, "", retiring),
)


def _ends(row: catalog.Capability, today: dt.date) -> bool:
    return row.retired_on is not None and row.retired_on <= today + MONTH


def _there(at: dt.datetime) -> Q:
    """Who was at the provider at a moment."""
    return Q(submitted_at__lte=at) & (Q(state__in=AT_PROVIDER) | Q(finished_at__gt=at))


def _clear_answered(now: dt.datetime) -> None:
    """Close what other steps raise by event and nothing would ever close: the account answers again, the money is closed."""
    answers = Q(account__last_answer_at__gt=F("seen_at")) | Q(
        account__tested_at__gt=F("seen_at"), account__test_passed=True
    )
    open_now = Alarm.objects.open()
    open_now.filter(answers, kind__in=(Kind.KEY, Kind.UNREACHABLE)).update(cleared_at=now)
    open_now.filter(kind=Kind.ACCOUNT_LIMIT, key__startswith=ASKING, seen_at__lt=now - LATELY).update(cleared_at=now)
    closed = SpendEntry.objects.filter(generation=OuterRef("generation"), kind__in=CLOSING)
    open_now.filter(Exists(closed), kind=Kind.LATE).update(cleared_at=now)
