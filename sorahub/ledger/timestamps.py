"""Time-stamps (RFC 3161): an authority outside says that 32 bytes existed by its own clock. Kept as they came, never replaced.

pyHanko, which reads and verifies them, takes 0.6 s to load, and most processes never need it: ``tokens`` is loaded where it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from sorahub.ledger.models import TimeStamp
from sorahub.lib.errors import DomainError

if TYPE_CHECKING:
    from pyhanko.sign.timestamps import TimeStamper

REQUIRED, NOT_CONFIGURED = "required", "not configured"


class NotStamped(DomainError):
    """No authority gave a token that holds; ``message`` says what each one answered. Asking again may help."""

    code = "not-stamped"
    status = 503
    retryable = True


@dataclass(frozen=True)
class Fault:
    """Why a token does not hold: a stable code, and words."""

    code: str
    words: str


@dataclass(frozen=True)
class Word:
    """An authority's word: the token (DER), its time, whose it is, and when by our clock we asked and had the answer."""

    token: bytes
    at: datetime
    authority: str
    sent_at: datetime
    received_at: datetime

    @property
    def offset(self) -> timedelta:
        """How far our clock is ahead of the authority's: half way between asking and answer, less its time."""
        return self.sent_at + (self.received_at - self.sent_at) / 2 - self.at


def configured() -> bool:
    """Say whether there is an authority to ask: what is legal is then stamped, or waits for it."""
    return bool(settings.TSA_URLS)


def demand() -> str:
    """Return what a signature made now says of its time-stamp."""
    return REQUIRED if configured() else NOT_CONFIGURED


def stamp_of(digest: str) -> TimeStamp | None:
    """Return the first token over these 32 bytes (hexadecimal), None while there is none."""
    return TimeStamp.objects.of(digest)


def ask(digest: str) -> Word:
    """Ask the configured authorities in their order for a token over these 32 bytes (hexadecimal) and return the first that holds.

    Takes a network call: never inside a request or a transaction. Raises NotStamped.
    """
    from sorahub.ledger import tokens  # noqa: PLC0415 (see above)

    return tokens.ask(bytes.fromhex(digest))


def keep(digest: str, word: Word) -> TimeStamp:
    """Keep an authority's word over these 32 bytes; the one that is there already stays and is returned."""
    return stamp_of(digest) or TimeStamp.objects.create(
        digest=digest, token=word.token, at=word.at, authority=word.authority[:300], received_at=timezone.now()
    )


def verify_token(token: bytes, digest: str, roots: bytes | None = None) -> datetime | Fault:
    """Return the authority's time if the token is over these 32 bytes and holds, else what is wrong with it.

    It holds if its signature does, and if its certificate is for time-stamping only and led, at that time, to one of ``roots``
    (PEM, one or more certificates; None: those that are configured). Whatever the bytes are, nothing is raised.
    """
    from sorahub.ledger import tokens  # noqa: PLC0415 (see above)

    return tokens.judge(token, bytes.fromhex(digest), configured_roots() if roots is None else roots)


def authority() -> TimeStamper | None:
    """Return the configured authorities as pyHanko asks them (for PAdES), through our client; None if there are none."""
    from sorahub.ledger import tokens  # noqa: PLC0415 (see above)

    return tokens.Authority() if configured() else None  # type: ignore[no-untyped-call]


def configured_roots() -> bytes:
    """Return the certificates that an authority's must lead to, as the file has them; empty when it cannot be read."""
    try:
        return Path(settings.TSA_ROOTS).read_bytes() if settings.TSA_ROOTS else b""
    except OSError:
        return b""
