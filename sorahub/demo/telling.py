"""Tells each step of the demonstration in one line with its time, and stops at the first that does not hold."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sorahub.lib.errors import DomainError

T = TypeVar("T")


class StepFailed(Exception):
    """A step of the demonstration did not hold; the message is one line."""


@dataclass
class Teller:
    """Prints steps and keeps their times in seconds. ``check`` is called between steps and may raise."""

    say: Callable[[str], None]
    check: Callable[[], None] = lambda: None
    began: float = field(default_factory=time.monotonic)
    times: dict[str, float] = field(default_factory=dict)

    def step(self, name: str, work: Callable[[], tuple[str, T]]) -> T:
        """Run one step; it returns what to say and its result. A domain error becomes StepFailed."""
        start = time.monotonic()
        try:
            words, result = work()
        except DomainError as error:
            reasons = " ".join(reason["message"] for reason in error.reasons)
            raise StepFailed(f"{name}: {error.message} {reasons}".strip()) from error
        self.check()
        self.times[name] = round(time.monotonic() - start, 2)
        self.say(f"  {self.times[name]:6.2f} s  {name:<12} {words}")
        return result

    @property
    def total(self) -> float:
        """Seconds since the telling began."""
        return round(time.monotonic() - self.began, 1)


def wait_until(what: str, ready: Callable[[], T | None], *, within: float, alive: Callable[[], None]) -> T:
    """Ask ``ready`` until it returns something; raise StepFailed after ``within`` seconds. ``alive`` may raise meanwhile."""
    deadline = time.monotonic() + within
    while True:
        found = ready()
        if found is not None:
            return found
        alive()
        if time.monotonic() > deadline:
            raise StepFailed(f"{what} did not happen within {within:g} s.")
        time.sleep(0.1)
