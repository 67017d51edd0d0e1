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
from generations.pipeline.alarms import Trouble, hold
from generations.pipeline.billing import FIGURE
from generations.pipeline.bringing import ASKING
from generations.pipeline.budget_outlook import AHEAD, early_ends
from generations.pipeline.crowding import full_accounts, rushed_accounts, seldom_asked
from generations.pipeline.doors import within_reach
from generations.pipeline.keeping import kept_until, made_at
from generations.pipeline.money import CLOSING, UNCLEAR
from generations.pipeline.remote import shut_routes
from sorahub.lib.amounts import money_words

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MONTH = dt.timedelta(days=30)
SOON = dt.timedelta(minutes=15)
LATELY = dt.timedelta(minutes=5)
SEVERAL = 3
AT_A_TIME = 500
FAR_OFF = 0.2
"""By how much of the estimate a cost may differ before somebody should look."""
MOST = 200
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
    """Accounts whose provider used to call, finished something within the hour, and said nothing; and those whose provider
    should call and never did, though several tasks ended over an hour ago.
    """
    ended = Generation.objects.filter(account=OuterRef("pk"), finished_at__gt=now - HOUR, remote_id__isnull=False)
    quiet = ProviderAccount.objects.filter(Exists(ended), route__in=_calling(), last_webhook_at__lt=now - HOUR)
    for account in quiet[:MOST]:
        since = f"since {account.last_webhook_at:%Y-%m-%d %H:%M} UTC"
        yield _silence(account, f"{account} has not called {since}, though tasks have ended.")
    span = Q(generations__finished_at__range=(now - DAY, now - HOUR), generations__remote_id__isnull=False)
    never = ProviderAccount.objects.filter(route__in=_calling(), last_webhook_at=None)
    for account in never.annotate(ended=Count("generations", filter=span)).filter(ended__gte=SEVERAL)[:MOST]:
        if _is_to_call(account):
            yield _silence(account, f"{account} has never called, though tasks have ended.")


def _silence(account: ProviderAccount, message: str) -> Trouble:
    mend = "Clips still come, later: the hub asks. Check the endpoint and its secret in the provider's console."
    return Trouble(str(account.pk), message, mend, account.pk)


def _calling(*kinds: catalog.Webhook) -> set[str]:
    """Routes whose providers call; of these kinds where some are given."""
    none = catalog.Webhook.NONE
    return {row.route for row in catalog.rows() if row.webhook is not none and (not kinds or row.webhook in kinds)}


def _is_to_call(account: ProviderAccount) -> bool:
    """Whether it was told where to: by a secret that somebody entered, or by the address that goes along with each order."""
    asked = account.route in _calling(catalog.Webhook.UNSIGNED, catalog.Webhook.OPTIONAL)
    return bool(account.sealed_webhook_secret) or (asked and within_reach(account))


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


def foreign_bills(now: dt.datetime) -> Iterator[Trouble]:
    """Costs of the last day in another currency than their estimates, by account: nothing is converted, so somebody must look."""
    rows = Generation.objects.filter(finished_at__gt=now - DAY, settled_micro__gt=0).exclude(settled_currency="")
    rows = rows.exclude(settled_currency=F("currency")).order_by()
    groups = rows.values("account_id", "account__name", "currency", "settled_currency").annotate(
        times=Count("pk"), estimated=Sum("estimate_micro"), paid=Sum("settled_micro")
    )
    for row in groups[:MOST]:
        estimated = money_words(row["estimated"], row["currency"])
        yield Trouble(
            f"currency:{row['account_id']}:{row['currency']}:{row['settled_currency']}",
            f"{row['times']} generation{'s' * (row['times'] > 1)} of the last day at {row['account__name']} "
            f"{'were' if row['times'] > 1 else 'was'} estimated at {estimated} and billed "
            f"{money_words(row['paid'], row['settled_currency'])}. Budgets in {row['currency']} go on counting the estimate.",
            f"Give the account's models prices in {row['settled_currency']} in the hub's own catalogue, and set budgets in it.",
            row["account_id"],
        )


def bound_money(now: dt.datetime) -> Iterator[Trouble]:
    """Money that stays set aside for what has ended without anybody knowing whether it is charged, by project and currency."""
    closed = SpendEntry.objects.filter(generation=OuterRef("pk"), kind__in=CLOSING)
    rows = Generation.objects.filter(~Exists(closed), state__in=UNCLEAR, estimate_micro__gt=0).order_by()
    sums = rows.values("project_id", "project__name", "currency").annotate(
        times=Count("pk"), micro=Sum("estimate_micro")
    )
    for row in sums[:MOST]:
        yield Trouble(
            f"bound:{row['project_id']}:{row['currency']}",
            f"{money_words(row['micro'], row['currency'])} stay set aside for {row['times']} lost, failed or cancelled "
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
    """Finished files that are not here yet and that the provider will soon delete, by its own date or the catalogue's time: within
    a quarter of an hour, or within a quarter of their life where that is shorter.
    """
    undated = Q(provider_expires_at=None)
    rows = Generation.objects.filter(undated | Q(provider_expires_at__lt=now + SOON), state=State.FETCHING)
    rows = rows.select_related("account").prefetch_related("capability_record")
    due = [(expires, row) for row in rows.iterator(AT_A_TIME) if (expires := kept_until(row)) < now + SOON]
    for expires, row in sorted(due, key=lambda pair: pair[0])[:MOST]:
        begun = row.provider_created_at if row.provider_expires_at else made_at(row)
        if begun and expires - now > (expires - begun) / 4:
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
    (Kind.MONEY, "currency:", foreign_bills),
    (Kind.MONEY, "bound:", bound_money),
    (Kind.MONEY, "credit:", broke_accounts),
    (Kind.MONEY, AHEAD, early_ends),
    (Kind.EXPIRING, "fetch:", expiring),
    (Kind.ACCOUNT_LIMIT, "full:", full_accounts),
    (Kind.ACCOUNT_LIMIT, "rate:", rushed_accounts),
    (Kind.ACCOUNT_LIMIT, "polls:", seldom_asked),
    (Kind.ACCOUNT_LIMIT, "sending:", resting_accounts),
    (Kind.RETIREMENT, "", retiring),
)


def _ends(row: catalog.Capability, today: dt.date) -> bool:
    return row.retired_on is not None and row.retired_on <= today + MONTH


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
    by_hand = closed.filter(kind=SpendEntry.Kind.CORRECTED)
    open_now.filter(Exists(by_hand), kind=Kind.MONEY, key__startswith=FIGURE).update(cleared_at=now)
