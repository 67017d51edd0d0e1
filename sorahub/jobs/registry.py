"""Which function does which kind of job, and what runs on a schedule. Filled by the decorators in each app's
``tasks.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sorahub.jobs.models import Job
from sorahub.jobs.values import Json

Handler = Callable[[Job], Json]


@dataclass(frozen=True)
class Registration:
    """A handler and the seconds its attempts may go silent before they count as abandoned (None: the usual
    lease).
    """

    handler: Handler
    lease: float | None


@dataclass(frozen=True)
class Repeating:
    """A function without arguments to run every so many minutes."""

    name: str
    function: str
    minutes: int


_handlers: dict[str, Registration] = {}
_repeating: dict[str, Repeating] = {}


def handler(kind: str, *, lease: float | None = None) -> Callable[[Handler], Handler]:
    """Declare the decorated function as the one that does jobs of ``kind``; a kind has exactly one
    handler.
    """

    def register(function: Handler) -> Handler:
        known = _handlers.get(kind)
        if known and known.handler.__qualname__ != function.__qualname__:
            raise ValueError(f"Jobs of kind {kind!r} already have a handler: {known.handler.__qualname__}.")
        _handlers[kind] = Registration(function, lease)
        return function

    return register


def every(name: str, *, minutes: int) -> Callable[[Callable[[], Json]], Callable[[], Json]]:
    """Declare the decorated function as running every ``minutes`` (at least 1) under the schedule
    ``name``.
    """
    if minutes < 1:
        raise ValueError(f"Schedule {name!r}: the shortest interval is one minute.")

    def register(function: Callable[[], Json]) -> Callable[[], Json]:
        _repeating[name] = Repeating(name, f"{function.__module__}.{function.__qualname__}", minutes)
        return function

    return register


def registration(kind: str) -> Registration | None:
    """Return the handler of ``kind``, or None when no app declares one."""
    return _handlers.get(kind)


def kinds() -> list[str]:
    """Return every kind that has a handler."""
    return sorted(_handlers)


def repeating() -> list[Repeating]:
    """Return the code table of schedules, by name."""
    return [_repeating[name] for name in sorted(_repeating)]
