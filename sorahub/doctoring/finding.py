"""What an examination found."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """Well, worth a look, or broken."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """One examination's result: what was tried, how it stands, and how to mend it."""

    name: str
    health: Health
    words: str
    mend: str = ""


def ok(name: str, words: str) -> Finding:
    """All is well."""
    return Finding(name, Health.OK, words)


def warning(name: str, words: str, mend: str) -> Finding:
    """Works, but not as it should."""
    return Finding(name, Health.WARNING, words, mend)


def fault(name: str, words: str, mend: str) -> Finding:
    """Does not work."""
    return Finding(name, Health.FAULT, words, mend)


Examination = Callable[[], Finding]
