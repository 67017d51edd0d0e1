"""What people should look at: each look finds what holds, says the mend, and lets go when it no longer holds."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generations import catalog
from generations.models import AccountLimit, Alarm, ErrorClass, Generation, ProviderAccount, State
from generations.pipeline import money
from generations.pipeline.alarms import raise_alarm
from generations.pipeline.lookout import look_out
from tests.generations.pipeline.rows import launched, running
from tests.people import Agency, provider_account

HOUR = dt.timedelta(hours=1)


def open_keys(kind: Alarm.Kind) -> set[str]:
    found = Alarm.objects.open().filter(kind=kind)
    assert all(alarm.mend for alarm in found)
    return set(found.values_list("key", flat=True))


def raised_and_cleared(kind: Alarm.Kind, key: str, **change: object) -> None:
    """The look raises exactly this alarm, and lets it go once every generation is changed so."""
    look_out()
    assert open_keys(kind) == {key}
    Generation.objects.update(**change)
    look_out()
    assert open_keys(kind) == set()


@pytest.mark.django_db
def test_an_unknown_word_holds_as_long_as_a_followed_task_shows_it(agency: Agency) -> None:
    one = running(agency, raw_state="marinating", alarm="unknown state 'marinating'")
    raised_and_cleared(Alarm.Kind.UNKNOWN_WORD, f"{one.account_id}:marinating", alarm="")


@pytest.mark.django_db
def test_a_provider_that_used_to_call_and_no_longer_does(agency: Agency) -> None:
    account = provider_account(route="openai")
    now = timezone.now()
    running(agency, account, state=State.FAILED, finished_at=now)
    look_out()
    assert open_keys(Alarm.Kind.WEBHOOK_SILENCE) == set()
    ProviderAccount.objects.update(last_webhook_at=now - 2 * HOUR)
    look_out()
    assert open_keys(Alarm.Kind.WEBHOOK_SILENCE) == {str(account.pk)}
    ProviderAccount.objects.update(last_webhook_at=now)
    look_out()
    assert open_keys(Alarm.Kind.WEBHOOK_SILENCE) == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("route", "secret", "told"), [("openai", True, True), ("openai", False, False), ("sandbox-ark", False, True)]
)
def test_a_provider_that_should_call_and_never_did(agency: Agency, route: str, secret: bool, told: bool) -> None:
    """An endpoint that was wrong from the first day: there is a secret, or an address went along with each order."""
    account, now = provider_account("http://localhost:9/api/v3", route=route), timezone.now()
    if not secret:
        ProviderAccount.objects.update(sealed_webhook_secret="")
    for _ in range(2):
        running(agency, account, state=State.EXPIRED, finished_at=now - 2 * HOUR)
    running(agency, account, state=State.EXPIRED, finished_at=now)
    look_out()
    assert open_keys(Alarm.Kind.WEBHOOK_SILENCE) == set()
    running(agency, account, state=State.EXPIRED, finished_at=now - 2 * HOUR)
    look_out()
    assert open_keys(Alarm.Kind.WEBHOOK_SILENCE) == ({str(account.pk)} if told else set())
    ProviderAccount.objects.update(last_webhook_at=now)
    look_out()
    assert open_keys(Alarm.Kind.WEBHOOK_SILENCE) == set()


@pytest.mark.django_db
def test_costs_far_from_their_estimates(agency: Agency) -> None:
    account, now = provider_account(), timezone.now()
    facts: dict[str, Any] = {
        "state": State.EXPIRED,
        "finished_at": now,
        "settled_currency": "USD",
        "estimate_micro": 1000,
    }
    running(agency, account, settled_micro=1199, **facts)
    dear = running(agency, account, settled_micro=1300, **facts)
    raised_and_cleared(Alarm.Kind.MONEY, f"costs:{dear.account_id}", settled_micro=1000)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.LOST, State.CANCELLED, State.FAILED])
def test_money_set_aside_for_what_nobody_knows_the_price_of(agency: Agency, state: State) -> None:
    lost = running(agency, state=state, finished_at=timezone.now())
    look_out()
    assert open_keys(Alarm.Kind.MONEY) == {f"bound:{agency.aurora.pk}:USD"}
    assert "0.40 USD stay set aside for 1 " in Alarm.objects.get().message
    money.release(lost, "It was never made.")
    look_out()
    assert open_keys(Alarm.Kind.MONEY) == set()


@pytest.mark.django_db
def test_an_account_without_credit(agency: Agency) -> None:
    facts: dict[str, Any] = {"state": State.FAILED, "finished_at": timezone.now(), "error_class": ErrorClass.ACCOUNT}
    broke = running(agency, **facts)
    money.release(broke, "It was refused.")
    raised_and_cleared(Alarm.Kind.MONEY, f"credit:{broke.account_id}", finished_at=timezone.now() - 2 * HOUR)


@pytest.mark.django_db
def test_a_finished_file_that_is_soon_deleted(agency: Agency) -> None:
    now = timezone.now()
    soon, made = now + dt.timedelta(minutes=10), now - dt.timedelta(hours=23)
    one = running(agency, state=State.FETCHING, provider_created_at=made, provider_expires_at=soon)
    young: dict[str, Any] = {"provider_created_at": now, "provider_expires_at": soon}
    running(agency, state=State.FETCHING, **young)
    raised_and_cleared(Alarm.Kind.EXPIRING, f"fetch:{one.pk}", state=State.FAILED)


@pytest.mark.django_db
def test_a_finished_file_that_the_catalogue_says_is_soon_deleted(agency: Agency) -> None:
    """The provider names no date; its document says 24 hours."""
    account, now = provider_account(route="sandbox-ark"), timezone.now()
    facts: dict[str, Any] = {"model": "seedance-2.0", "state": State.FETCHING}
    one = running(agency, account, made_at=now - dt.timedelta(hours=23, minutes=50), **facts)
    running(agency, account, made_at=now - dt.timedelta(hours=20), **facts)
    raised_and_cleared(Alarm.Kind.EXPIRING, f"fetch:{one.pk}", state=State.FAILED)


@pytest.mark.django_db
def test_a_model_that_has_been_full_for_ten_minutes_though_its_account_is_not(agency: Agency) -> None:
    account = provider_account()
    AccountLimit.objects.create(account=account, model="sora-2", max_in_flight=2)
    for _ in range(2):
        running(agency, account, submitted_at=timezone.now() - dt.timedelta(minutes=11))
    raised_and_cleared(Alarm.Kind.ACCOUNT_LIMIT, f"full:{account.pk}:sora-2", state=State.RESERVED)


@pytest.mark.django_db
def test_an_account_that_is_sent_as_much_as_a_minute_allows(agency: Agency) -> None:
    account, now = provider_account(), timezone.now()
    ProviderAccount.objects.update(creates_per_minute=1)
    for minutes in (0, 5):
        running(agency, account, submitted_at=now - dt.timedelta(minutes=minutes, seconds=10))
    look_out()
    assert open_keys(Alarm.Kind.ACCOUNT_LIMIT) == set()
    running(
        agency, account, submitted_at=now - dt.timedelta(minutes=10, seconds=10), state=State.EXPIRED, finished_at=now
    )
    raised_and_cleared(Alarm.Kind.ACCOUNT_LIMIT, f"rate:{account.pk}", submitted_at=now - HOUR)


@pytest.mark.django_db
def test_an_account_that_may_be_asked_too_seldom_for_all_that_it_has_under_way(agency: Agency) -> None:
    account = provider_account()
    ProviderAccount.objects.update(polls_per_minute=1)
    running(agency, account)
    running(agency, account)
    look_out()
    assert open_keys(Alarm.Kind.ACCOUNT_LIMIT) == set()
    running(agency, account)
    raised_and_cleared(Alarm.Kind.ACCOUNT_LIMIT, f"polls:{account.pk}", next_poll_at=None)
    assert "every 180 seconds at best" in Alarm.objects.get(key=f"polls:{account.pk}").message


@pytest.mark.django_db
def test_an_account_that_has_been_full_for_ten_minutes(agency: Agency) -> None:
    account = provider_account()
    ProviderAccount.objects.update(max_in_flight=2)
    sent = timezone.now() - dt.timedelta(minutes=11)
    running(agency, account, submitted_at=sent)
    running(agency, account, submitted_at=sent + dt.timedelta(minutes=5))
    look_out()
    assert open_keys(Alarm.Kind.ACCOUNT_LIMIT) == set()
    raised_and_cleared_after_both_are_old(account, sent)


def raised_and_cleared_after_both_are_old(account: ProviderAccount, sent: dt.datetime) -> None:
    Generation.objects.update(submitted_at=sent)
    raised_and_cleared(Alarm.Kind.ACCOUNT_LIMIT, f"full:{account.pk}", state=State.RESERVED)


@pytest.mark.django_db
def test_a_model_that_is_shut_down_with_orders_waiting_names_others(agency: Agency) -> None:
    row = next(each for each in catalog.rows() if each.retired_on and each.retired_on <= timezone.now().date())
    account = provider_account(route=row.route)
    launched(agency, account, model=row.model, mode=row.mode)
    raised_and_cleared(Alarm.Kind.RETIREMENT, f"{row.route}/{row.model}/{row.mode}", state=State.FAILED)
    assert str(row.retired_on) in Alarm.objects.get(kind=Alarm.Kind.RETIREMENT).message


@pytest.mark.django_db
def test_what_others_raise_is_left_alone_until_the_account_answers(agency: Agency) -> None:
    account = provider_account()
    raise_alarm(Alarm.Kind.KEY, str(account.pk), message="Refused.", mend="Enter it anew.", account=account)
    raise_alarm(Alarm.Kind.MONEY, "cancelled:x", message="Unclear.", mend="Look at the bill.", account=account)
    look_out()
    assert Alarm.objects.open().count() == 2
    ProviderAccount.objects.update(last_answer_at=timezone.now())
    look_out()
    assert list(Alarm.objects.open().values_list("kind", flat=True)) == ["money"]


@pytest.mark.django_db
def test_the_looks_cost_the_same_for_any_number_of_generations(agency: Agency) -> None:
    def cost() -> int:
        look_out()
        with CaptureQueriesContext(connection) as asked:
            look_out()
        return len(asked)

    account, lost = provider_account(), {"state": State.LOST, "finished_at": timezone.now()}
    running(agency, account)
    running(agency, account, **lost)
    few = cost()
    for _ in range(5):
        running(agency, account)
        running(agency, account, **lost)
    assert cost() == few
