"""The page of costs: its sums are the journal's to the last unit, nothing of others' projects is in them, seconds are counted."""

import csv
import datetime as dt
import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import Sum
from django.test import Client as Browser
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generations.admin.dashboard import spend
from generations.models import Invoice, InvoiceLine, MadeTally, SpendLine, SpendTally, State, TallyMark
from generations.pipeline import money, tallying
from generations.pipeline.bookkeeping import faults
from reviews.actions.costs import GROUPINGS, Asked, costs, this_month
from reviews.actions.searching.approval import counted, standing
from reviews.models import Decision, SearchEntry, Stage, Verdict
from reviews.rules.stages import STANDS, not_passed, stands, states
from reviews.web.costs import Shown
from sorahub.accounts.models import User
from sorahub.doctoring.finding import Health
from sorahub.doctoring.money import day_sums
from tests import books
from tests.books import Ground, Made
from tests.people import Agency

pytestmark = pytest.mark.django_db
NOW = dt.datetime.now(dt.UTC)
MICRO = 1_000_000


@pytest.fixture
def ground(agency: Agency) -> Ground:
    """Four projects, of which alice takes part in two."""
    return books.lay(agency, projects=4, makers=3, accounts=2)


def page(user: User, query: str = "?first=") -> list[Shown]:
    browser = Browser()
    browser.force_login(user)
    answer = browser.get(f"/costs/{query}")
    assert answer.status_code == 200
    return list(answer.context["shown"])


def journal(user: User) -> dict[tuple[str, str], int]:
    rows = SpendLine.objects.visible_to(user).order_by().values_list("currency", "book").annotate(Sum("amount_micro"))
    return {(currency, book): total for currency, book, total in rows}


def assert_equal_to_the_journal(user: User) -> None:
    told = journal(user)
    for by in GROUPINGS:
        sheets = costs(user, Asked(by=by, last=this_month()))
        for sheet in sheets:
            groups = sheet.months.values() if by == "month" else sheet.groups.values()
            assert sum(one.spent_micro for one in groups) == told.get((sheet.currency, "spent"), 0), by
            assert sheet.total.spent_micro == told.get((sheet.currency, "spent"), 0)
            assert sheet.total.reserved_micro == told.get((sheet.currency, "reserved"), 0)
            if by != "month":
                assert sum(one.reserved_micro for one in groups) == sheet.total.reserved_micro
        shown = {sheet.currency for sheet in sheets}
        assert {code for (code, book), total in told.items() if total and book != "available"} <= shown


def made(ground: Ground, project: int = 0, **facts: object) -> Made:
    """A clip of 240 frames at 24 a second for 2.00 USD, ended yesterday."""
    usual: dict[str, object] = {
        "project": ground.projects[project], "maker": ground.makers[0], "account": ground.accounts[0], "model": "sora-2",
        "state": State.SUCCEEDED, "launched": NOW - dt.timedelta(days=1), "ended": NOW - dt.timedelta(days=1), "estimate": 1_500_000,
        "currency": "USD", "cost": 2 * MICRO, "paid_in": "USD", "correction": None, "frames": 240, "rate": (24, 1), "approved": 0,
    }  # fmt: skip
    return Made(**(usual | facts))  # type: ignore[arg-type]


@pytest.mark.core
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), many=st.integers(1, 25))
def test_sums_over_every_grouping_are_the_journals_to_the_last_unit(
    agency: Agency, ground: Ground, seed: int, many: int
) -> None:
    """Corrections, releases, bills in another currency; read from the journal, from the days' sums, and from both."""
    tallying.forget()  # of the example before: what follows writes into days that were closed
    books.write(ground, books.dream(ground, random.Random(seed), many, NOW, days=70))
    for user in (agency.ada, agency.alice):
        assert_equal_to_the_journal(user)
    tallying.tally()
    late = made(ground, launched=NOW, ended=NOW)
    row = books.write(ground, [late])[0]
    money.correct(row, 7, "The bill", agency.ada)
    for user in (agency.ada, agency.alice):
        assert_equal_to_the_journal(user)
    assert [*tallying.differences()] == []


def test_a_sum_that_is_not_the_journals_is_told_and_made_anew(agency: Agency, ground: Ground) -> None:
    books.write(ground, [made(ground, launched=NOW - dt.timedelta(days=2), ended=NOW - dt.timedelta(days=2))])
    assert tallying.tally()["rows"] == 2
    SpendTally.objects.update(spent_micro=1)
    assert ["tally" in str(fault) for fault in faults()] == [True]
    assert "journal 2.00 USD spent" in str(faults()[0])
    MadeTally.objects.update(frames=1)
    assert "1 succeeded, 0 failed, 1 frames; the generations 1 succeeded, 0 failed, 240 frames" in str(faults()[1])
    assert day_sums().health == Health.FAULT
    tallying.tally()
    assert faults() == []
    assert day_sums().health == Health.OK
    tallying.forget()
    assert_equal_to_the_journal(agency.ada)
    assert day_sums().health == Health.WARNING


@pytest.mark.core
def test_what_was_counted_is_opened_again_by_a_late_bill_in_another_currency(agency: Agency, ground: Ground) -> None:
    """Lost five weeks ago, billed today in yuan: no page counts it among the dollars, before the days are summed again and after."""
    ago = NOW - dt.timedelta(days=35)
    lost, whole = books.write(
        ground, [made(ground, state=State.LOST, cost=None, launched=ago, ended=ago), made(ground)]
    )
    tallying.tally()
    assert [(one.currency, one.total.failed) for one in costs(agency.ada, Asked("project", this_month()))] == [
        ("USD", 1)
    ]
    with transaction.atomic():
        money.settle(lost, "The bill", amount_micro=MICRO, currency="CNY")
    for _ in range(2):
        found = costs(agency.ada, Asked("project", this_month()))
        assert [(one.currency, one.total.failed, one.total.succeeded) for one in found] == [
            ("CNY", 1, 0),
            ("USD", 0, 1),
        ]
        assert found[1].total.finished == Fraction(10)
        assert faults() == []
        assert_equal_to_the_journal(agency.ada)
        tallying.tally()
    mark = TallyMark.last_day()
    with transaction.atomic():
        money.correct(whole, MICRO, "Less", agency.ada)
    assert TallyMark.last_day() == mark  # the same currency: nothing to count anew


@pytest.mark.core
def test_approved_seconds_are_those_that_the_stages_rule_says(agency: Agency, ground: Ground) -> None:
    """Two judges say anything, twice, in stages that need one or both of them: the page counts what rules/stages.py lets pass."""
    dice = random.Random(7)
    for number, stage in enumerate(stage for stages in ground.stages.values() for stage in stages):
        Stage.objects.filter(pk=stage.pk).update(needed=1 + number % 2, worst_wins=number % 3 != 0)
    rows = books.write(ground, [made(ground, number % 4) for number in range(120)])
    words = [Verdict.APPROVED, Verdict.APPROVED, Verdict.APPROVED, Verdict.CHANGES_REQUESTED, Verdict.TAKEN_BACK]
    said = [
        Decision(
            stage=stage, clip=row.clip, clip_sha256=dice.choice([row.clip.sha256] * 9 + ["0" * 64]), user=judge,
            person_id=judge.person_id, verdict=dice.choice(words), reason="x", decided_at=NOW - dt.timedelta(minutes=dice.randrange(99)),
        )
        for row in rows if row.clip for stage in ground.stages[row.project_id] for judge in ground.judges for _ in range(dice.randrange(1, 3))
    ]  # fmt: skip
    Decision.objects.bulk_create(said)
    found = {
        row.clip.pk: states(
            list(row.project.stages.all()), [d for d in said if d.clip_id == row.clip_id], row.clip.sha256, None
        )
        for row in rows
        if row.clip
    }
    passed = sum(not not_passed(each) for each in found.values())
    assert 10 < passed < 110
    assert costs(agency.ada, Asked("project", this_month()))[0].total.approved == 10 * passed
    mine = {row.project_id for row in rows} & set(agency.alice.memberships.values_list("project", flat=True))
    alices = costs(agency.alice, Asked("project", this_month()))[0].groups
    alls = costs(agency.ada, Asked("project", this_month()))[0].groups
    assert {key: one.approved for key, one in alices.items()} == {str(pk): alls[str(pk)].approved for pk in mine}
    for who in (agency.ada, agency.alice):  # search narrows to the same words
        told = {
            row.clip.pk: stands(found[row.clip.pk])
            for row in rows
            if row.clip and (who == agency.ada or row.project_id in mine)
        }
        for word in STANDS:
            entries = SearchEntry.objects.filter(standing(who, word)).values_list("object_id", flat=True)
            assert {*entries} == {pk for pk, said_of in told.items() if said_of == word}
        assert counted(who, [*told]) == Counter(told.values()) and len({*told.values()}) == 3


def test_what_a_finished_an_approved_and_a_selected_second_cost(agency: Agency, ground: Ground) -> None:
    """Ten seconds finished thrice, one of them approved by every stage, one by a stage of two; a failure that is charged counts."""
    books.write(ground, [
        made(ground, approved=2, selected=True), made(ground, approved=1), made(ground, rate=(24000, 1001)),
        made(ground, state=State.FAILED, cost=3 * MICRO), made(ground, state=State.CANCELLED, cost=None),
    ])  # fmt: skip
    total = costs(agency.ada, Asked(by="month", last=this_month()))[0].total
    assert (total.spent_micro, total.succeeded, total.failed, total.success_percent) == (9 * MICRO, 3, 1, 75)
    assert (total.finished, total.approved, total.selected) == (
        20 + Fraction(240 * 1001, 24000),
        Fraction(10),
        Fraction(10),
    )
    assert (total.micro_by_finished, total.micro_by_approved) == (round(9 * MICRO / total.finished), 900_000)
    shown = page(agency.ada, "?first=&by=model")[0]
    assert [(row.name, row.spent, row.by_approved, row.success) for row in shown.rows] == [
        ("sora-2", "9.00 USD", "0.90 USD", "75 %")
    ]


def test_nothing_of_others_projects_is_in_any_sum_name_or_file(agency: Agency, ground: Ground) -> None:
    books.write(ground, [made(ground), made(ground, 1, cost=50 * MICRO)])
    assert [row.name for row in page(agency.ada)[0].rows] == ["Work 1", "Work 0"]
    mine = page(agency.alice)[0]
    assert ([row.name for row in mine.rows], mine.total.spent) == (["Work 0"], "2.00 USD")
    browser = Browser()
    browser.force_login(agency.alice)
    for way in ("/costs.csv?first=", "/costs/journal.csv?first=", "/costs/generations/?first="):
        body = b"".join(browser.get(way)).decode()
        assert ("Work 0" in body, "Work 1" in body) == (True, False), way
    other = ground.projects[1].pk
    assert browser.get(f"/costs/?project={other}").status_code == 422
    assert browser.get("/costs/invoices.csv").status_code == 403
    browser.force_login(agency.dora)
    assert browser.get("/costs/").status_code == 403


def test_months_filters_files_and_the_way_down_to_generations(agency: Agency, ground: Ground) -> None:
    """What was spent in March is March's, though it was corrected in April; a file has what the page has; formulas are disarmed."""
    march, april = dt.datetime(2026, 3, 31, 23, 30, tzinfo=dt.UTC), dt.datetime(2026, 4, 1, 0, 30, tzinfo=dt.UTC)
    ground.projects[0].name = "=Work"
    ground.projects[0].save()
    books.write(
        ground,
        [
            made(ground, launched=march, ended=march, correction=(april, MICRO)),
            made(ground, 1, launched=april, ended=april),
        ],
    )
    months = page(agency.ada, "?first=2026-03&last=2026-04&by=month")[0]
    assert [(row.name, row.spent) for row in months.rows] == [("March 2026", "2.00 USD"), ("April 2026", "1.00 USD")]
    assert page(agency.ada, "?first=2026-03&last=2026-03")[0].total.spent == "2.00 USD"
    assert page(agency.ada, f"?first=2026-04&last=2026-04&account={ground.accounts[1].pk}") == []
    browser = Browser()
    browser.force_login(agency.ada)
    rows = [
        *csv.DictReader(b"".join(browser.get("/costs.csv?first=2026-03&last=2026-04")).decode("utf-8-sig").splitlines())
    ]
    assert {row["Project"]: row["Spent"] for row in rows} == {"'=Work": "1", "Work 1": "2"}
    sides = [
        *csv.DictReader(
            b"".join(browser.get("/costs/journal.csv?first=2026-04&last=2026-04")).decode("utf-8-sig").splitlines()
        )
    ]
    assert sum(Decimal(row["Debit"] or 0) - Decimal(row["Credit"] or 0) for row in sides) == 0
    assert {row["Kind"] for row in sides if row["Project"] == "'=Work"} == {"Corrected"}
    behind = browser.get("/costs/generations/?first=2026-04&last=2026-04").context["rows"]
    assert sorted(spent for _, spent in behind) == ["-1.00 USD", "2.00 USD"]
    assert browser.get("/costs/?first=2026-05&last=2026-04").status_code == 422


def test_accounting_finds_its_files_and_no_line_of_a_withdrawn_invoice(agency: Agency, ground: Ground) -> None:
    """Links carry what is shown; a line without a time is of the last day billed. They are on Costs and on Invoices."""
    account, march = ground.accounts[0], dt.datetime(2026, 3, 31, 23, 30, tzinfo=dt.UTC)
    given = {"account": account, "currency": "USD", "starts_on": "2026-03-02", "ends_on": "2026-04-01", "size": 1}
    bills = [
        Invoice.objects.create(number=state, state=state, sha256=state, created_by=agency.ada, **given)
        for state in ("read", "withdrawn")
    ]
    for row, (bill, at) in enumerate([(bills[0], march), (bills[0], None), (bills[1], march), (bills[1], None)], 2):
        InvoiceLine.objects.create(invoice=bill, row=row, at=at, amount_micro=-MICRO, currency="USD")
    browser = Browser()
    browser.force_login(agency.ada)
    months = {
        month: b"".join(browser.get(f"/costs/invoices.csv?first={month}&last={month}")).decode("utf-8-sig").splitlines()
        for month in ("2026-03", "2026-04")
    }
    told = {month: [*csv.DictReader(lines)] for month, lines in months.items()}
    assert [(row["Row"], row["Counted on"], row["Amount"]) for row in told["2026-03"]] == [("2", "2026-03-31", "-1")]
    assert [(row["Row"], row["At (UTC)"], row["Counted on"]) for row in told["2026-04"]] == [("3", "", "2026-04-01")]
    asked = f"first=2026-03&amp;last=2026-03&amp;account={account.pk}"
    shown = browser.get(f"/costs/?first=2026-03&last=2026-03&account={account.pk}&by=month").content.decode()
    assert f'"/costs/journal.csv?{asked}&amp;by=month"' in shown
    assert f'"/costs/invoices.csv?{asked}"' in shown
    assert '"/costs/invoices.csv"' in browser.get("/invoices/").content.decode()
    browser.force_login(agency.alice)
    assert "/costs/invoices.csv" not in browser.get("/costs/").content.decode()


def test_the_admins_spend_of_the_month_is_the_journals(agency: Agency, ground: Ground) -> None:
    """After a correction too, and whatever zone the hub shows times in."""
    before = dt.datetime.combine(this_month(), dt.time(), dt.UTC) - dt.timedelta(hours=1)
    now_and_then = [
        made(ground, launched=NOW, ended=NOW, correction=(NOW, MICRO // 2)),
        made(ground, launched=before, ended=before),
    ]
    books.write(ground, now_and_then)
    with timezone.override(ZoneInfo("Pacific/Kiritimati")):
        drawn = spend(agency.ada)
    told = page(agency.ada, f"?first={this_month():%Y-%m}&last={this_month():%Y-%m}")[0].total.spent
    assert ([chart["total"] for chart in drawn["charts"]], drawn["month"]) == ([told], this_month())
    assert told == "0.50 USD"


def test_the_month_goes_on_as_the_last_working_days_did(agency: Agency, ground: Ground) -> None:
    days = [NOW - dt.timedelta(days=back) for back in range(1, 15)]
    books.write(ground, [made(ground, launched=day, ended=day) for day in days])
    ahead = page(agency.ada, "")[0].ahead
    assert ahead is not None
    assert (ahead["days"], ahead["reserved"]) == ("10", "0.00 USD")
    assert page(agency.ada, "?first=2026-01&last=2026-02") == []


@pytest.mark.parametrize("query", ["last=9999-12", "last=9000-01", "last=2101-01", "first=2019-12"])
def test_months_beyond_those_that_can_be_asked_for_are_told(agency: Agency, query: str) -> None:
    browser = Browser()
    browser.force_login(agency.ada)
    shown = browser.get(f"/costs/?{query}")
    assert (shown.status_code, "from 2020-01 to 2100-12" in shown.content.decode()) == (422, True)
    told = browser.get(f"/api/v1/costs/?{query}")
    assert (told.status_code, "from 2020-01 to 2100-12" in told.json()["detail"]) == (400, True)
