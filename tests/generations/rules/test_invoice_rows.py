"""How rows of invoices read: amounts to the millionth, dates, signs, totals; and what is refused with a reason."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.rules.invoice_rows import (
    COMMA,
    DAY_FIRST,
    ISO,
    MILLISECONDS,
    MONTH_FIRST,
    NEGATIVE,
    POINT,
    SECONDS,
    Layout,
    Row,
    Totals,
    Unreadable,
    amount,
    guess,
    moment,
    read,
)

HEADS = ["When", "Task", "What", "Cost", "Cur"]


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    """A time of UTC."""
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


LAYOUT = Layout(amount="Cost", date="When", remote_id="Task", description="What", currency="Cur")


@pytest.mark.parametrize(
    ("text", "decimal", "micro"),
    [
        ("1,234.56", POINT, 1_234_560_000), ("1.234,56", COMMA, 1_234_560_000), ("1 234,56 €", COMMA, 1_234_560_000),
        ("$0.000001", POINT, 1), ("0.0000005", POINT, 0), ("0.0000015", POINT, 2), ("(4.20)", POINT, -4_200_000),
        ("4.20-", POINT, -4_200_000), ("−4.20", POINT, -4_200_000), ("4.20 CR", POINT, -4_200_000), ("USD 7", POINT, 7_000_000),
        ("7 USD", POINT, 7_000_000), ("1'000.50", POINT, 1_000_500_000), (".5", POINT, 500_000), ("1E-05", POINT, 10),
        ("-$3.00", POINT, -3_000_000), ("1,000", POINT, 1_000_000_000), ("1,000", COMMA, 1_000_000),
        ("1,5e-3", COMMA, 1_500), ("1.5e-3", POINT, 1_500),
    ],
)  # fmt: skip
def test_an_amount_is_read_exactly(text: str, decimal: str, micro: int) -> None:
    assert amount(text, decimal) == micro


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("1.234,56", POINT),
        ("1,234.56", COMMA),
        ("12,34.5", POINT),
        ("free", POINT),
        ("-", POINT),
        ("9" * 20, POINT),
        ("1.5e-3", COMMA),
        ("1,5e-3", POINT),
    ],
)
def test_what_is_no_amount_with_this_mark_is_refused(text: str, decimal: str) -> None:
    with pytest.raises(Unreadable):
        amount(text, decimal)


@given(st.integers(-(10**14), 10**14))
def test_whatever_is_written_is_read_back(micro: int) -> None:
    units, rest = divmod(abs(micro), 10**6)
    sign = "-" if micro < 0 else ""
    assert amount(f"{sign}{units:,}.{rest:06}", POINT) == micro
    assert amount(f"{sign}{units:,}".replace(",", ".") + f",{rest:06}", COMMA) == micro


@pytest.mark.parametrize(
    ("text", "dates", "at", "whole_day"),
    [
        ("2026-11-29", ISO, at(2026, 11, 29), True), ("2026-11-29T14:05:00+02:00", ISO, at(2026, 11, 29, 12, 5), False),
        ("29.11.2026", DAY_FIRST, at(2026, 11, 29), True), ("11/29/2026 14:05", MONTH_FIRST, at(2026, 11, 29, 14, 5), False),
        ("1793368800", SECONDS, at(2026, 10, 30, 14), False), ("1793368800000", MILLISECONDS, at(2026, 10, 30, 14), False),
    ],
)  # fmt: skip
def test_a_time_is_one_of_utc_unless_it_says_otherwise(text: str, dates: str, at: dt.datetime, whole_day: bool) -> None:
    assert moment(text, dates) == (at, whole_day)


@pytest.mark.parametrize("text", ["29.13.2026", "yesterday", "2026-02-30"])
def test_what_is_no_date_is_refused(text: str) -> None:
    for dates in (ISO, DAY_FIRST, SECONDS):
        with pytest.raises(Unreadable):
            moment(text, dates)


def test_rows_totals_blanks_and_signs() -> None:
    row = read(LAYOUT, HEADS, ["2026-11-29", "v-1", "Video", "1.50", "eur"], "USD")
    assert isinstance(row, Row)
    assert (row.remote_id, row.amount_micro, row.currency, row.whole_day) == ("v-1", 1_500_000, "EUR", True)
    assert read(LAYOUT, HEADS, ["", "", "Total:", "9.00", ""], "USD") == Totals(9_000_000)
    assert isinstance(read(LAYOUT, HEADS, ["", "v-2", "Total", "9.00", ""], "USD"), Row), "an id makes it a charge"
    assert read(LAYOUT, HEADS, ["", " ", ""], "USD") is None
    turned = read(Layout(amount="Cost", charges=NEGATIVE), HEADS, ["", "", "", "-2", ""], "USD")
    assert isinstance(turned, Row)
    assert (turned.amount_micro, turned.currency) == (2_000_000, "USD")
    for cells in (["2026-11-29", "v", "", "", ""], ["2026-11-29", "v", "", "1", "dollars"]):
        with pytest.raises(Unreadable):
            read(LAYOUT, HEADS, cells, "USD")


def test_a_layout_is_proposed_by_headings_and_by_how_rows_are_written() -> None:
    found = guess(
        ["Datum", "Task ID", "Betrag", "Währung"],
        [["29.11.2026", "t", "-1,5", "EUR"], ["30.11.2026", "u", "-2,25", "EUR"]],
    )
    assert (found.date, found.remote_id, found.amount, found.currency) == ("Datum", "Task ID", "Betrag", "Währung")
    assert (found.decimal, found.dates, found.charges) == (COMMA, DAY_FIRST, NEGATIVE)
    assert Layout.of(found.kept()) == found
    assert found.problems(["Betrag"]).keys() == {"date", "remote_id", "currency"}


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("0001-01-01", ISO),
        ("9999-12-31T23:00:00", ISO),
        ("1.1.1989", DAY_FIRST),
        ("0", SECONDS),
        ("1/1/2101", MONTH_FIRST),
    ],
)
def test_days_at_the_calendars_ends_are_refused(text: str, dates: str) -> None:
    with pytest.raises(Unreadable):
        moment(text, dates)
