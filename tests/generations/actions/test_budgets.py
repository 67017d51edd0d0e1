"""Budgets and the journal: every amount in double entry, no launch past a hard limit, nothing bound for ever."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models import Sum
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from generations.actions.budgets import add_budget, change_budget, end_budget, settle_generation
from generations.actions.launches import launch_generation
from generations.models import (
    Alarm,
    Budget,
    BudgetPeriod,
    ErrorClass,
    Generation,
    Membership,
    ProviderAccount,
    SpendLine,
    State,
)
from generations.pipeline import budgets, money
from generations.pipeline.bookkeeping import faults
from generations.pipeline.endings import Ending, end, fail
from generations.pipeline.lookout import look_out
from reviews.models import Notice
from sorahub.accounts.actions.people import choose_mail
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.jobs.models import Job
from sorahub.jobs.runner import run_one
from sorahub.ledger.models import Event
from sorahub.lib.errors import Conflict, DomainError, Forbidden, InvalidInput, Refused
from tests.generations.factories import ORDER
from tests.generations.pipeline.rows import launched
from tests.people import Agency, provider_account, user

pytestmark = pytest.mark.django_db
EACH = 400_000
"""What one launch of ORDER is estimated at: 4 s at 0.10 USD."""


@pytest.fixture
def account(agency: Agency) -> ProviderAccount:
    return provider_account()


def launch(agency: Agency, account: ProviderAccount) -> Generation:
    return launch_generation(actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2", params=ORDER)


def limit(ada: User, **facts: object) -> Budget:
    return add_budget(**{"actor": ada, "name": "Aurora", **facts})  # type: ignore[arg-type]


def books(**scope: object) -> dict[str, int]:
    lines = SpendLine.objects.filter(**scope).values_list("book").annotate(total=Sum("amount_micro"))
    return {book: total for book, total in lines.order_by("book") if total}


def bound(budget: Budget) -> int:
    return budgets.bound_in(budget)


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Generation, SpendLine, Event, Budget, BudgetPeriod))


def refused(error: type[DomainError], act: Callable[[], object]) -> DomainError:
    before = counts()
    with pytest.raises(error) as caught:
        act()
    assert counts() == before
    return caught.value


def test_what_is_reserved_spent_and_given_back_adds_up_to_nothing(agency: Agency, account: ProviderAccount) -> None:
    first, second, third = (launch(agency, account) for _ in range(3))
    assert books() == {"available": -3 * EACH, "reserved": 3 * EACH}
    money.settle(first, "The provider's own figure.", amount_micro=350_000, currency="USD")
    money.release(second, "Nothing was made.")
    assert books() == {"available": -EACH - 350_000, "reserved": EACH, "spent": 350_000}
    for entry_sum in SpendLine.objects.values("entry", "currency").annotate(total=Sum("amount_micro")):
        assert entry_sum["total"] == 0
    assert (first.settled_micro, third.settled_micro) == (350_000, None)


def test_settling_and_releasing_again_changes_nothing(agency: Agency, account: ProviderAccount) -> None:
    generation = launch(agency, account)
    money.settle(generation, "First.", amount_micro=300_000)
    money.settle(generation, "Again.", amount_micro=900_000)
    money.release(generation, "Too late.")
    assert books() == {"available": -300_000, "spent": 300_000}
    assert list(generation.spend.order_by("at", "id").values_list("kind", flat=True)) == ["reserved", "settled"]


def test_a_cost_in_another_currency_frees_the_estimate_in_its_own_and_goes_on_binding_it_under_a_budget(
    agency: Agency, account: ProviderAccount, ada: User
) -> None:
    """The limit was asked to hold so many dollars' worth: a bill in another currency must not make room for more and more."""
    budget = limit(ada, hard_micro=EACH)
    generation = launch(agency, account)
    money.settle(generation, "Billed in cash.", amount_micro=2_900_000, currency="CNY")
    assert books(currency="USD") == {}
    assert books(currency="CNY") == {"available": -2_900_000, "spent": 2_900_000}
    assert (generation.settled_currency, bound(budget)) == ("CNY", EACH)
    assert refused(Refused, lambda: launch(agency, account)).code == "over-budget"
    later = limit(ada, hard_micro=10 * EACH)
    assert (bound(later), faults()) == (EACH, [])

    Generation.objects.filter(pk=generation.pk).update(state=State.EXPIRED, finished_at=timezone.now())
    look_out()
    assert "estimated at 0.40 USD and billed 2.90 CNY" in Alarm.objects.get(key__startswith="currency:").message

    settle_generation(actor=agency.alice, generation=generation, total_micro=0, reason="They took it back.")
    assert (bound(budget), bound(later), faults()) == (0, 0, [])


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_what_has_no_known_price_passes_no_hard_budget_in_any_currency(
    agency: Agency, account: ProviderAccount, ada: User, currency: str
) -> None:
    """Without a price nobody knows in which currency it will be billed."""
    limit(ada, hard_micro=EACH, currency=currency)
    reasons = budgets.objections(agency.aurora, account, None, None)
    assert [each.code for each in reasons] == ["no-price"]

    def book_unpriced() -> None:
        with transaction.atomic():
            launched(agency, account, estimate_micro=0)

    error = refused(Refused, book_unpriced)
    assert error.code == "no-price"


def test_a_hard_budget_refuses_the_launch_that_would_pass_it(
    agency: Agency, account: ProviderAccount, ada: User
) -> None:
    budget = limit(ada, hard_micro=2 * EACH, project=agency.aurora)
    launch(agency, account)
    launch(agency, account)
    error = refused(Refused, lambda: launch(agency, account))
    assert error.code == "over-budget"
    assert error.message == (
        "The budget Aurora has 0.00 USD left of 0.80 USD; this needs 0.40 USD. Ask an administrator to raise it."
    )
    change_budget(actor=ada, budget=budget, name="Aurora", soft_micro=None, hard_micro=3 * EACH)
    launch(agency, account)
    assert bound(budget) == 3 * EACH


def test_what_failed_uncharged_makes_room_again(agency: Agency, account: ProviderAccount, ada: User) -> None:
    budget = limit(ada, hard_micro=EACH)
    fail(launch(agency, account), ErrorClass.PROVIDER_TRANSIENT, "x", "A fault.")
    assert bound(budget) == 0
    money.settle(launch(agency, account), "Cheaper than thought.", amount_micro=100_000)
    assert bound(budget) == 100_000


def test_a_soft_limit_lets_pass_and_raises_one_alarm(agency: Agency, account: ProviderAccount, ada: User) -> None:
    limit(ada, soft_micro=EACH)
    launch(agency, account)
    assert not Alarm.objects.exists()
    assert budgets.warnings(agency.aurora, account, EACH, "USD") == ["This passes the soft limit of Aurora: 0.40 USD."]
    launch(agency, account)
    launch(agency, account)
    alarm = Alarm.objects.get()
    assert (alarm.kind, alarm.times) == ("money", 2)
    assert "1.20 USD are bound, more than its soft limit of 0.40 USD" in alarm.message


def test_a_limit_that_is_passed_reaches_administrators_and_the_scopes_producers_once_and_nobody_elses(
    agency: Agency, account: ProviderAccount, ada: User, mailoutbox: list[EmailMessage]
) -> None:
    """In the hub and by mail, to those who wish it; another client's people read neither name nor amount."""
    paula, rita = user("paula", Kind.PRODUCER), user("rita", Kind.REVIEWER)
    Membership.objects.bulk_create(Membership(project=agency.borealis, user=each) for each in (paula, rita))
    north = limit(ada, name="Northern", soft_micro=EACH, client=agency.north)
    choose_mail(actor=ada, about={"budgets": False})
    for _ in range(3):
        launch(agency, account)
    alarm = Alarm.objects.get()
    assert (alarm.budget, alarm.times) == (north, 2)
    seeing = [each for each in (ada, agency.alice, agency.bob, paula, rita) if Alarm.objects.visible_to(each).exists()]
    assert seeing == [ada, agency.alice, agency.bob]
    assert {row.user for row in Notice.objects.all()} == {ada, agency.alice}
    assert [str(run_one(job.pk)) for job in Job.objects.filter(kind="notice.mail")] == ["succeeded"]
    (letter,) = mailoutbox
    assert (letter.to, letter.subject) == (["alice@example.com"], "Northern: A budget needs a look")
    assert "1.20 USD are bound" in str(letter.body)
    assert f"/budgets/{north.pk}/" in str(letter.body)
    browser = Browser()
    browser.force_login(agency.alice)
    assert "more than its soft limit of 0.40 USD" in browser.get("/notices/").content.decode()
    went = browser.post(f"/notices/{Notice.objects.get(user=agency.alice).pk}/go/")
    assert went.headers["Location"] == f"/budgets/{north.pk}/"


def test_who_owns_a_budget_is_told_once_that_it_will_be_used_up_early(
    agency: Agency, account: ProviderAccount, ada: User
) -> None:
    """Before its month ends; of one that never begins anew, within two weeks. What comes and goes is told once."""
    with time_machine.travel(dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC), tick=False):
        early = limit(ada, hard_micro=10 * EACH, period="month", project=agency.aurora)
        limit(ada, name="Enough", hard_micro=90 * EACH, period="month")
        limit(ada, name="Far", hard_micro=20 * EACH)
    for day in range(2, 7):
        with time_machine.travel(dt.datetime(2026, 11, day, 12, tzinfo=dt.UTC), tick=False):
            money.settle(launch(agency, account), "Done.")
    with time_machine.travel(dt.datetime(2026, 11, 9, 9, tzinfo=dt.UTC), tick=False):
        for hard in (10, 90, 10):
            change_budget(actor=ada, budget=early, name="Aurora", soft_micro=None, hard_micro=hard * EACH)
            look_out()
    told = Alarm.objects.filter(key__startswith="ahead:").order_by("raised_at", "id")
    assert [(row.budget, row.cleared_at is None) for row in told] == [(early, False), (early, True)]
    assert "its hard limit of 4.00 USD will be used up about 13 November" in told[0].message
    assert {(row.user, row.alarm) for row in Notice.objects.all()} == {(ada, told[0]), (agency.alice, told[0])}


@pytest.mark.parametrize("scope", ["project", "client", "account"])
def test_a_budget_counts_only_what_it_covers(agency: Agency, account: ProviderAccount, ada: User, scope: str) -> None:
    mine = {"project": agency.aurora, "client": agency.aurora.client, "account": account}[scope]
    elsewhere = provider_account() if scope == "account" else None
    budget = limit(ada, hard_micro=EACH, **{scope: mine})
    if elsewhere is not None:
        launch(agency, elsewhere)
    assert bound(budget) == 0
    launch(agency, account)
    assert bound(budget) == EACH


def test_a_monthly_budget_begins_anew_each_month(agency: Agency, account: ProviderAccount, ada: User) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 30, 23, 59, tzinfo=dt.UTC), tick=False):
        budget = limit(ada, hard_micro=EACH, period="month")
        november = launch(agency, account)
        refused(Refused, lambda: launch(agency, account))
    with time_machine.travel(dt.datetime(2026, 12, 1, 0, 1, tzinfo=dt.UTC), tick=False):
        launch(agency, account)
        money.settle(november, "It finished in December.", amount_micro=300_000)
    assert list(budget.periods.order_by("starts_on").values_list("starts_on", "bound_micro")) == [
        (dt.date(2026, 11, 1), 300_000),
        (dt.date(2026, 12, 1), EACH),
    ]


def test_a_new_budget_counts_what_was_bound_before(agency: Agency, account: ProviderAccount, ada: User) -> None:
    done, under_way, free = (launch(agency, account) for _ in range(3))
    money.settle(done, "Done.", amount_micro=500_000)
    money.release(free, "Nothing was made.")
    budget = limit(ada, hard_micro=2_000_000, client=agency.aurora.client)
    assert bound(budget) == 500_000 + EACH
    money.release(under_way, "Nothing was made.")
    assert bound(budget) == 500_000


def test_a_months_first_moment_is_that_of_utc_wherever_the_hub_stands(
    agency: Agency, account: ProviderAccount, ada: User, settings: Settings
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    with time_machine.travel(dt.datetime(2026, 10, 31, 20, tzinfo=dt.UTC), tick=False):
        launch(agency, account)
    with time_machine.travel(dt.datetime(2026, 11, 1, 1, tzinfo=dt.UTC), tick=False):
        assert bound(limit(ada, hard_micro=EACH, period="month")) == 0


def test_an_unknown_price_does_not_slip_past_a_hard_limit(agency: Agency, account: ProviderAccount, ada: User) -> None:
    limit(ada, hard_micro=EACH)
    found = budgets.objections(agency.aurora, account, None, "USD")
    assert [each.code for each in found] == ["no-price"]


def test_a_person_settles_what_was_lost(agency: Agency, account: ProviderAccount, ada: User) -> None:
    budget = limit(ada, hard_micro=10 * EACH)
    generation = launch(agency, account)
    Generation.objects.filter(pk=generation.pk).update(state=State.SUBMIT_UNKNOWN)
    end(generation, State.LOST, Ending(ErrorClass.AMBIGUOUS_SUBMIT, "not-found", "Lost.", charged=None, alarm="Lost."))
    assert (money.reserved_of(generation), bound(budget)) == (EACH, EACH)
    settle_generation(actor=agency.alice, generation=generation, total_micro=0, reason="Not on the November bill.")
    assert (money.reserved_of(generation), bound(budget), generation.alarm) == (0, 0, "")
    settle_generation(actor=agency.alice, generation=generation, total_micro=390_000, reason="It is on the next bill.")
    assert (generation.settled_micro, bound(budget)) == (390_000, 390_000)
    assert books() == {"available": -390_000, "spent": 390_000}
    assert Event.objects.filter(kind="generation.settled").count() == 2


def test_what_is_under_way_or_unseen_is_not_settled_by_hand(
    agency: Agency, account: ProviderAccount, bob: User, carol: User
) -> None:
    generation = launch(agency, account)
    settle = {"generation": generation, "total_micro": 0, "reason": "A bill."}
    assert refused(Conflict, lambda: settle_generation(actor=agency.alice, **settle)).code == "under-way"  # type: ignore[arg-type]
    refused(Forbidden, lambda: settle_generation(actor=bob, **settle))  # type: ignore[arg-type]
    refused(Forbidden, lambda: settle_generation(actor=carol, **settle))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, "hard_micro"),
        ({"hard_micro": 0}, "hard_micro"),
        ({"hard_micro": 10**16}, "hard_micro"),
        ({"hard_micro": 1, "soft_micro": 2}, "soft_micro"),
        ({"hard_micro": 1, "currency": "dollars"}, "currency"),
        ({"hard_micro": 1, "period": "week"}, "period"),
        ({"hard_micro": 1, "name": "  "}, "name"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused_with_the_field(
    ada: User, facts: dict[str, object], field: str
) -> None:
    assert field in refused(InvalidInput, lambda: limit(ada, **facts)).fields


def test_administrators_set_budgets_and_nobody_else(agency: Agency, ada: User) -> None:
    refused(Forbidden, lambda: limit(agency.alice, hard_micro=EACH))
    budget = limit(ada, hard_micro=EACH, project=agency.aurora)
    assert Budget.objects.visible_to(agency.alice).get() == budget
    end_budget(actor=ada, budget=budget)
    assert refused(Conflict, lambda: end_budget(actor=ada, budget=budget)).code == "ended"
    refused(Conflict, lambda: change_budget(actor=ada, budget=budget, name="x", soft_micro=None, hard_micro=1))


def test_who_is_not_of_the_project_does_not_see_its_budget(agency: Agency, ada: User, dora: User, carol: User) -> None:
    limit(ada, hard_micro=EACH, project=agency.aurora)
    assert not Budget.objects.visible_to(carol).exists()
    assert not Budget.objects.visible_to(dora).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_of_fifty_launches_at_once_ten_fit_a_budget_for_ten(agency: Agency, ada: User) -> None:
    account = provider_account()
    budget = limit(ada, hard_micro=10 * EACH, project=agency.aurora)
    start = Barrier(50)

    def attempt(_: int) -> str:
        start.wait(30)
        try:
            launch(agency, account)
        except Refused as error:
            return error.code
        finally:
            connection.close()
        return "launched"

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(attempt, range(50)))
    assert (answers.count("launched"), answers.count("over-budget")) == (10, 40)
    assert (Generation.objects.count(), bound(budget)) == (10, 10 * EACH)
    assert books() == {"available": -10 * EACH, "reserved": 10 * EACH}
