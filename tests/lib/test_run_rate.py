"""Where spending goes: learned of working days, said with a range, silent where there is too little to learn from."""

import datetime as dt

from sorahub.lib.run_rate import month_end, rate, used_up_on, working_days

WEDNESDAY = dt.date(2026, 11, 18)
"""Its month has nine working days left, this one included."""


def days(*amounts: int) -> dict[dt.date, int]:
    """So much on the working days before Wednesday, the last one last."""
    before = working_days(WEDNESDAY - dt.timedelta(days=30), WEDNESDAY - dt.timedelta(days=1))
    return dict(zip(before[-len(amounts) :], amounts, strict=True))


def test_the_rate_is_the_mean_of_the_last_ten_working_days_weekends_with_their_friday() -> None:
    learned = rate(days(*[100] * 12), WEDNESDAY)
    assert learned is not None
    assert (learned.micro, learned.deviation, learned.days) == (100, 0.0, 10)
    weekend = rate(days(*[100] * 10) | {dt.date(2026, 11, 14): 600, dt.date(2026, 11, 15): 400}, WEDNESDAY)
    assert weekend is not None
    assert weekend.micro == 200
    today = rate(days(*[100] * 10) | {WEDNESDAY: 10**9}, WEDNESDAY)
    assert today is not None
    assert today.micro == 100, "today is not over"


def test_too_little_says_nothing() -> None:
    assert rate({}, WEDNESDAY) is None
    assert rate(days(100, 100, 100, 100), WEDNESDAY) is None
    five = rate(days(100, 0, 0, 0, 100), WEDNESDAY)
    assert five is not None
    assert (five.micro, five.days) == (40, 5)


def test_the_month_is_what_was_spent_what_is_set_aside_and_the_rate_for_each_day_left() -> None:
    steady = rate(days(*[100] * 10), WEDNESDAY)
    assert steady is not None
    found = month_end(1200, 50, steady, WEDNESDAY)
    assert (found.low, found.likely, found.high, found.left_days) == (2150, 2150, 2150, 9)
    wild = rate(days(*[200, 0] * 5), WEDNESDAY)
    assert wild is not None
    unsure = month_end(1200, 50, wild, WEDNESDAY)
    assert unsure.low < unsure.likely == 2150 < unsure.high
    assert month_end(5000, 0, wild, WEDNESDAY).low >= 5000, "what is spent is spent"


def test_a_limit_is_used_up_on_a_working_day_or_holds_out() -> None:
    steady = rate(days(*[100] * 10), WEDNESDAY)
    assert steady is not None
    assert used_up_on(100, steady, WEDNESDAY) == WEDNESDAY
    assert used_up_on(301, steady, WEDNESDAY) == dt.date(2026, 11, 23), "over the weekend"
    assert used_up_on(10_000, steady, WEDNESDAY, until=dt.date(2026, 11, 30)) is None
