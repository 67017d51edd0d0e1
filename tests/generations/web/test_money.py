"""Budgets and the journal as people see them: right sums, marks in their places, a CSV that adds up, nothing of other projects."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from generations.actions.budgets import add_budget
from generations.actions.launches import launch_generation
from generations.models import Budget, Generation, ProviderAccount, SpendLine
from generations.pipeline import money
from generations.web.budgets import standing
from sorahub.lib.run_rate import working_days
from tests.generations.web.conftest import Login, body
from tests.people import Agency

pytestmark = pytest.mark.django_db


def launched(agency: Agency, account: ProviderAccount) -> Generation:
    """A generation of alice's: 4 s of Sora 2, 0.40 USD."""
    order = {"seconds": 4, "size": "1280x720"}
    return launch_generation(actor=agency.alice, prompt=agency.prompt, account=account, model="sora-2", params=order)


@pytest.fixture
def budget(agency: Agency) -> Budget:
    """One USD for Aurora, with a soft limit at half of it."""
    return add_budget(actor=agency.ada, name="Spring", hard_micro=1_000_000, soft_micro=500_000, project=agency.aurora)


def test_a_budget_shows_what_is_bound_and_by_what(
    agency: Agency, login: Login, account: ProviderAccount, budget: Budget
) -> None:
    made = [launched(agency, account), launched(agency, account)]
    page = login(agency.alice).get(f"/budgets/{budget.pk}/")
    found = page.context["standing"]
    assert (found.bound_micro, found.width, found.soft_mark, found.hard_mark) == (800_000, 800, 500, 1000)
    assert (found.words, found.left) == ("0.80 USD bound; soft limit 0.50 USD, hard limit 1.00 USD", "0.20 USD")
    assert (found.tone, found.label) == ("warn", "Past the soft limit")
    assert [(row.pk, amount) for row, amount in page.context["binding"]] == [
        (each.pk, "0.40 USD") for each in made[::-1]
    ]
    money.release(made[0], "Refused")
    binding = login(agency.alice).get(f"/budgets/{budget.pk}/").context["binding"]
    assert [row.pk for row, _ in binding] == [made[1].pk]


def test_a_bar_ends_where_the_farthest_of_bound_and_limits_lies(budget: Budget) -> None:
    period = budget.periods.create(starts_on="2026-01-01", bound_micro=2_000_000)
    found = standing(budget, period)
    assert (found.width, found.soft_mark, found.hard_mark, found.label) == (1000, 250, 500, "Used up")
    assert standing(budget, None).width == 0


def test_what_a_person_may_not_see_is_not_listed_though_it_is_counted(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    wide = add_budget(actor=agency.ada, name="Everything", hard_micro=9_000_000)
    launched(agency, account)
    agency.aurora.memberships.filter(user=agency.bob).delete()
    page = login(agency.bob).get(f"/budgets/{wide.pk}/")
    assert (page.context["standing"].bound, page.context["binding"]) == ("0.40 USD", [])
    assert "SC010-SH010" not in page.content.decode()


def test_an_administrator_sets_changes_and_ends_a_budget_and_mistakes_are_told(agency: Agency, login: Login) -> None:
    browser = login(agency.ada)
    wrong = browser.post("/budgets/new/", {"name": "Autumn", "period": "month", "currency": "USD"})
    assert (wrong.status_code, "Give a hard limit, a soft one, or both." in wrong.content.decode()) == (200, True)
    values = {"name": "Autumn", "period": "month", "currency": "eur", "hard": "12.50", "client": str(agency.north.pk)}
    browser.post("/budgets/new/", values)
    made = Budget.objects.get(name="Autumn")
    assert (made.hard_micro, made.soft_micro, made.currency, made.client) == (12_500_000, None, "EUR", agency.north)
    browser.post(f"/budgets/{made.pk}/", {"name": "Late autumn", "soft": "3", "hard": "20"})
    made.refresh_from_db()
    assert (made.name, made.soft_micro, made.hard_micro) == ("Late autumn", 3_000_000, 20_000_000)
    browser.post(f"/budgets/{made.pk}/end/")
    assert made.pk in {each.budget.pk for each in browser.get("/budgets/", {"show": "ended"}).context["standings"]}
    assert browser.get("/budgets/").context["standings"] == []


def test_the_journal_shows_both_sides_of_every_amount(agency: Agency, login: Login, account: ProviderAccount) -> None:
    made = launched(agency, account)
    money.settle(made, "the bill", amount_micro=300_000, currency="USD")
    page = login(agency.bob).get(f"/projects/{agency.aurora.pk}/journal/")
    sides = {entry.kind: sides for entry, _, sides in page.context["entries"]}
    assert sides["reserved"] == [("Available", "−0.40 USD"), ("Reserved", "+0.40 USD")]
    assert sides["settled"] == [("Reserved", "−0.40 USD"), ("Available", "+0.10 USD"), ("Spent", "+0.30 USD")]
    assert page.context["books"] == [("USD", [("Reserved", "0.00 USD"), ("Spent", "0.30 USD")])]


def test_the_csv_has_every_side_adds_up_and_disarms_formulas(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    ProviderAccount.objects.update(name="=cmd|' /C calc'!A0")
    money.settle(launched(agency, account), "@the bill", amount_micro=300_000, currency="USD")
    answer = login(agency.alice).get(f"/projects/{agency.aurora.pk}/journal.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="AURORA-journal.csv"'
    head, *rows = csv.reader(body(answer).decode("utf-8-sig").splitlines())
    amounts = [(row[3], Decimal(row[4])) for row in rows]
    assert sum(amount for _, amount in amounts) == 0
    assert sum(amount for book, amount in amounts if book == "Spent") == Decimal("0.3")
    assert {row[head.index("Account")] for row in rows} == {"'=cmd|' /C calc'!A0"}
    assert "'@the bill" in {row[head.index("Basis")] for row in rows}


def test_a_budget_says_what_is_only_set_aside_and_when_it_will_be_used_up(
    agency: Agency, login: Login, account: ProviderAccount
) -> None:
    """A dollar on each of the last ten working days; ten dollars in all, of which three and a bit are left."""
    launched(agency, account)
    days = working_days(timezone.now().date() - timedelta(days=17), timezone.now().date() - timedelta(days=1))[-10:]
    for day in days:
        row = launched(agency, account)
        money.settle(row, "the bill", amount_micro=1_000_000, currency="USD")
        _set_back(row, day)
    add_budget(actor=agency.ada, name="Spring", hard_micro=13_000_000, soft_micro=11_500_000, project=agency.aurora)
    add_budget(actor=agency.ada, name="Yuan", hard_micro=9, currency="CNY")
    shown = {each.budget.name: each for each in login(agency.alice).get("/budgets/").context["standings"]}
    spring = shown["Spring"]
    assert (spring.bound, spring.reserved, spring.spent_width) == (
        "10.40 USD",
        "0.40 USD",
        10_000_000 * 1000 // 13_000_000,
    )
    today = timezone.now().date()
    assert spring.outlook.soft_on == working_days(today, today + timedelta(days=9))[1]
    assert (
        spring.warning
        == f"Will be used up about {working_days(today, today + timedelta(days=9))[2]:%-d %B}, if spending goes on as it did."
    )
    assert (shown["Yuan"].warning, shown["Yuan"].reserved) == ("", "")


def _set_back(row: Generation, day: date) -> None:
    """Have a settlement be of an earlier day: the books refuse changes, so that the line is written again for that day."""
    entry = row.spend.get(kind="settled")
    own = {
        "project": row.project,
        "client": row.project.client,
        "account": row.account,
        "currency": "USD",
        "entry": entry,
    }
    now = timezone.now()
    at = datetime.combine(day, time(12), UTC)
    for book, micro, when in (
        ("spent", -1_000_000, now),
        ("available", 1_000_000, now),
        ("spent", 1_000_000, at),
        ("available", -1_000_000, at),
    ):
        SpendLine.objects.create(book=book, amount_micro=micro, at=when, **own)
