"""Typed addresses, watched frames, and the moments of reminders: tables of cases."""

from datetime import UTC, datetime, timedelta

import pytest

from reviews.rules import reminding, watching
from reviews.rules.addressees import Addressee, read

pytestmark = pytest.mark.core

DUE = datetime(2026, 6, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("  \n , ;", []),
        ("nora@example.com", [Addressee("nora@example.com")]),
        ("Nora Lind <nora@example.com>", [Addressee("nora@example.com", "Nora Lind")]),
        ('"Nora" <nora@example.com>', [Addressee("nora@example.com", "Nora")]),
        ("a@example.com, b@example.com; c@example.com\nd@example.com", [Addressee(f"{n}@example.com") for n in "abcd"]),
        ("A <a@example.com>\nA@EXAMPLE.com", [Addressee("a@example.com", "A")]),
        ("no address", [Addressee("no address")]),
    ],
)
def test_addresses_are_read_as_people_type_them(text: str, found: list[Addressee]) -> None:
    assert read(text) == found


@pytest.mark.parametrize(
    ("spans", "merged", "frames"),
    [
        ([], [], 0),
        ([[3, 3]], [(3, 3)], 1),
        ([[5, 9], [0, 4]], [(0, 9)], 10),
        ([[0, 4], [6, 9]], [(0, 4), (6, 9)], 9),
        ([[0, 9], [2, 5], [8, 12]], [(0, 12)], 13),
        ([[0, 9], [0, 9]], [(0, 9)], 10),
    ],
)
def test_spans_are_merged_and_each_frame_counts_once(
    spans: list[list[int]], merged: list[tuple[int, int]], frames: int
) -> None:
    assert watching.merged(spans) == merged
    assert watching.frames(watching.merged(spans)) == frames


@pytest.mark.parametrize(("watched", "percent"), [(0, 0), (1, 1), (500, 50), (999, 99), (1000, 100), (3, 1), (996, 99)])
def test_a_hundred_percent_is_every_frame(watched: int, percent: int) -> None:
    assert watching.percent(watched, 1000) == percent


@pytest.mark.parametrize(
    ("created", "reminded", "now", "due"),
    [
        (-72, None, -25, False),
        (-72, None, -24, True),
        (-72, -24, -23, False),
        (-72, -24, 0, True),
        (-72, 0, 1, False),
        (-72, None, 23, True),
        (-72, None, 24, False),
        (-10, None, -9, False),
        (-10, None, 0, True),
    ],
)
def test_people_are_reminded_a_day_before_and_when_it_is_due(
    created: int, reminded: int | None, now: int, *, due: bool
) -> None:
    asked = reminding.is_due(
        created_at=DUE + created * HOUR,
        due_at=DUE,
        reminded_at=None if reminded is None else DUE + reminded * HOUR,
        now=DUE + now * HOUR,
    )
    assert asked is due


@pytest.mark.parametrize(("hours", "may"), [(None, True), (19, False), (20, True)])
def test_nobody_is_written_to_more_often_than_every_twenty_hours(hours: int | None, *, may: bool) -> None:
    told = None if hours is None else DUE - hours * HOUR
    assert reminding.may_be_reminded(told, DUE) is may
