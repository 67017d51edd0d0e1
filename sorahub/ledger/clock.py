"""May this server's clock be trusted with a legal signature? By an authority's time where there is one, and by the ledger.

Each token gives a measure: how far our clock is ahead of the authority's. Between measures the machine's own stopwatch, which
no setting of the clock moves, tells whether the clock was set. Order in the ledger never depends on any of this: it is by sequence.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from sorahub.ledger.models import ClockReading, Event, key_for
from sorahub.ledger.timestamps import Word
from sorahub.lib.canonical import Json

BOOT = Path("/proc/sys/kernel/random/boot_id")
TAIL = 200
"""So many of a chain's newest events are looked at: after a clock was put back, the newest is not the latest."""
ZERO = timedelta()


@dataclass(frozen=True)
class Clock:
    """How the clock stands. ``offset``: how far it is ahead of the authority's, as last measured and reckoned on since (None:
    never measured). ``reckoned``: by the stopwatch of this very machine, so that it holds now. ``latest``: the latest time
    that the ledger knows of.
    """

    now: datetime
    offset: timedelta | None = None
    reckoned: bool = False
    latest: datetime | None = None
    measured_at: datetime | None = None
    authority: str = ""


def doubt(clock: Clock, tolerance: timedelta) -> str:
    """Return in words why the clock is not to be trusted, empty if it may be. A measure that holds now outweighs the ledger:
    times in it that lie ahead were then written by a clock that was fast.
    """
    if clock.offset is not None and abs(clock.offset) > tolerance:
        way = "ahead of" if clock.offset > ZERO else "behind"
        return f"it is {spoken(abs(clock.offset))} {way} the time-stamp authority’s"
    if clock.offset is not None and clock.reckoned:
        return ""
    if clock.latest is not None and clock.latest - clock.now > tolerance:
        return f"it was put back: the ledger knows of {clock.latest:%Y-%m-%d %H:%M:%S} UTC already"
    return ""


def stand(client: UUID | None) -> Clock:
    """Return how the clock stands now, with what the chains of this client and of the hub know. Three small queries."""
    now, reading = timezone.now(), ClockReading.objects.newest()
    latest = [found for found in (_latest(client), _latest(None)) if found]
    if reading is None:
        return Clock(now, latest=max(latest, default=None))
    offset, reckoned = _reckoned(reading, now)
    known = max([*latest, reading.at])
    return Clock(now, offset, reckoned, known, reading.at, reading.authority)


def doubts(client: UUID | None) -> str:
    """Return in words why no legal signature may be made by this clock now, empty if it may."""
    return doubt(stand(client), tolerance())


def statement(client: UUID | None) -> Json:
    """Return what a signature says of the clock that dates it: how far it was ahead of the authority's, None if never measured."""
    clock = stand(client)
    if clock.offset is None or clock.measured_at is None:
        return None
    return {
        "ahead_ms": milliseconds(clock.offset),
        "authority": clock.authority,
        "measured_at": clock.measured_at.isoformat(),
    }


def note(word: Word) -> ClockReading:
    """Keep the measure that comes with an authority's word."""
    boot, seconds, now = boot_id(), stopwatch(), timezone.now()
    return ClockReading.objects.create(
        at=now,
        ahead_ms=milliseconds(word.offset),
        round_trip_ms=milliseconds(word.received_at - word.sent_at),
        authority=word.authority[:300],
        boot=boot,
        stopwatch_ms=round(seconds * 1000) if boot else None,
    )


def due(after: timedelta) -> bool:
    """Say whether to measure anew: the last measure is as old as that, was made by another machine or before it was started
    anew, or is cast into doubt.
    """
    reading = ClockReading.objects.newest()
    if reading is None or reading.boot != boot_id():
        return True
    passed = timezone.now() - reading.at
    return not ZERO <= passed < after or bool(doubts(None))


def tolerance() -> timedelta:
    """How far the clock may be out."""
    return timedelta(seconds=settings.CLOCK_TOLERANCE_SECONDS)


def _reckoned(reading: ClockReading, now: datetime) -> tuple[timedelta, bool]:
    """The offset as measured, with what the clock went faster or slower since than the stopwatch, where that went on."""
    measured = timedelta(milliseconds=reading.ahead_ms)
    if not reading.boot or reading.boot != boot_id() or reading.stopwatch_ms is None:
        return measured, False
    by_stopwatch = timedelta(milliseconds=round(stopwatch() * 1000) - reading.stopwatch_ms)
    return measured + (now - reading.at) - by_stopwatch, True


def _latest(client: UUID | None) -> datetime | None:
    tail = Event.objects.filter(chain__key=key_for(client)).order_by("-seq")[:TAIL]
    found: datetime | None = tail.aggregate(latest=Max("at"))["latest"]
    return found


def stopwatch() -> float:
    """Seconds since this machine was started, asleep or awake."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@cache
def boot_id() -> str:
    """What names this start of this machine; empty where the system does not tell."""
    try:
        return BOOT.read_text("ascii").strip()
    except OSError:
        return ""


def milliseconds(span: timedelta) -> int:
    """A span in whole milliseconds."""
    return round(span / timedelta(milliseconds=1))


def spoken(span: timedelta) -> str:
    """A span in the words that people use, in its largest unit."""
    seconds = span.total_seconds()
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} seconds"
