"""Where spending goes if it goes on as it did: to the month's end, and to the end of a limit. A simple method, written down here.

The **run rate** is what was spent on an average working day (Monday to Friday, UTC) of the last ten that are over; what was
spent on a weekend belongs to the working day before it. By the month's end the **likely** amount is what was spent in the
month, what is set aside, and the run rate for each working day that is left. The **range** holds in about four cases of five
if days go on to differ as they did: 1.28 standard deviations of as many days, and of the rate itself, which rests on few days.
With fewer than five working days since the first spending of the window nothing is said. Amounts are whole micro-units.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

DAYS = 10
LEAST_DAYS = 5
WINDOW = dt.timedelta(days=17)
"""So far back lie the last ten working days at most, with the weekends among them."""
SPREAD = 1.28
FARTHEST = dt.timedelta(days=366)
_FRIDAY = 4


@dataclass(frozen=True)
class Rate:
    """What an average working day costs, and how much days differ; of how many days it was learned."""

    micro: int
    deviation: float
    days: int


@dataclass(frozen=True)
class Forecast:
    """What will have been spent by the end of the month, in micro-units; ``left_days`` working days are left, today included."""

    spent: int
    reserved: int
    low: int
    likely: int
    high: int
    rate: Rate
    left_days: int


def rate(by_day: Mapping[dt.date, int], today: dt.date) -> Rate | None:
    """Learn the run rate of what was spent on the days before today; None where there is too little to learn from."""
    window = _working_days_before(today)
    amounts = dict.fromkeys(window, 0)
    for day, micro in by_day.items():
        if (home := _working_day(day)) in amounts and day < today:
            amounts[home] += micro
    spent = [day for day in window if amounts[day]]
    if not spent:
        return None
    learned = [amounts[day] for day in window if day >= min(spent)]
    if len(learned) < LEAST_DAYS:
        return None
    return Rate(round(fmean(learned)), stdev(learned), len(learned))


def month_end(spent: int, reserved: int, learned: Rate, today: dt.date) -> Forecast:
    """Say what the month will have cost. ``spent``: in this month so far; ``reserved``: what is set aside now."""
    left = len(working_days(today, last_of_month(today)))
    likely = spent + reserved + learned.micro * left
    unsure = round(SPREAD * learned.deviation * sqrt(left + left * left / learned.days))
    return Forecast(spent, reserved, max(likely - unsure, spent), likely, likely + unsure, learned, left)


def used_up_on(room: int, learned: Rate, today: dt.date, *, until: dt.date | None = None) -> dt.date | None:
    """The working day on which this much more will have been spent; None: not before ``until`` (without: within a year)."""
    if learned.micro <= 0:
        return None
    last = until or today + FARTHEST
    for day in working_days(today, last):
        room -= learned.micro
        if room <= 0:
            return day
    return None


def working_days(first: dt.date, last: dt.date) -> list[dt.date]:
    """Mondays to Fridays from the first to the last day, both included. Holidays are not known."""
    many = (last - first).days + 1
    days = (first + dt.timedelta(days=number) for number in range(many))
    return [day for day in days if day.weekday() <= _FRIDAY]


def _working_days_before(today: dt.date) -> list[dt.date]:
    return working_days(today - WINDOW, today - dt.timedelta(days=1))[-DAYS:]


def _working_day(day: dt.date) -> dt.date:
    """The day itself, or the Friday before a weekend."""
    return day - dt.timedelta(days=max(0, day.weekday() - _FRIDAY))


def last_of_month(day: dt.date) -> dt.date:
    """The last day of its month."""
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
