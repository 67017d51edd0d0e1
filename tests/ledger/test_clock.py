"""When the server's clock may date a signature: by the last measure, by what the stopwatch says since, and by the ledger."""

from datetime import UTC, datetime, timedelta

import pytest

from sorahub.ledger import clock
from sorahub.ledger.clock import Clock
from sorahub.ledger.models import ClockReading
from sorahub.ledger.timestamps import Word

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("stand", "words"),
    [
        (Clock(NOW), ""),
        (Clock(NOW, latest=NOW + MINUTE), ""),
        (
            Clock(NOW, latest=NOW + MINUTE + SECOND),
            "it was put back: the ledger knows of 2026-11-29 12:01:01 UTC already",
        ),
        (Clock(NOW, MINUTE), ""),
        (Clock(NOW, MINUTE + SECOND), "it is 61 seconds ahead of the time-stamp authority’s"),
        (Clock(NOW, -5 * DAY, reckoned=True), "it is 5 days behind the time-stamp authority’s"),
        (Clock(NOW, SECOND, reckoned=True, latest=NOW + 5 * DAY), ""),
        (Clock(NOW, SECOND, latest=NOW + DAY), "it was put back: the ledger knows of 2026-11-30 12:00:00 UTC already"),
    ],
)
def test_a_clock_is_doubted_beyond_the_tolerance_and_a_measure_that_holds_outweighs_the_ledger(
    stand: Clock, words: str
) -> None:
    assert clock.doubt(stand, MINUTE) == words


def word(at: datetime, *, ahead: timedelta) -> Word:
    return Word(b"", at - ahead, "http://tsa.example", at - SECOND, at + SECOND)


@pytest.mark.django_db
def test_a_measure_of_another_machine_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "boot_id", lambda: "here")
    now = datetime.now(UTC)
    reading = clock.note(word(now, ahead=3 * SECOND))
    assert (reading.ahead_ms, reading.round_trip_ms, reading.boot) == (3000, 2000, "here")
    stand = clock.stand(None)
    assert stand.reckoned
    assert not clock.due(timedelta(hours=1))
    monkeypatch.setattr(clock, "boot_id", lambda: "there")
    stand = clock.stand(None)
    assert (stand.offset, stand.reckoned) == (3 * SECOND, False)
    assert clock.due(timedelta(hours=1))


@pytest.mark.django_db
def test_what_the_stopwatch_did_not_count_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    monkeypatch.setattr(clock, "boot_id", lambda: "here")
    ClockReading.objects.create(
        at=now - timedelta(hours=1), ahead_ms=0, round_trip_ms=9, authority="-", boot="here",
        stopwatch_ms=round(clock.stopwatch() * 1000) - 60_000,
    )  # fmt: skip
    assert clock.doubts(None) == "it is 59 minutes ahead of the time-stamp authority’s"
    assert clock.due(timedelta(hours=2))
