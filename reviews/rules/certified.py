"""How a certificate stands: one word for it, and since when, from facts about its sign-off."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """What is true of a sign-off at one moment. Only VALID allows anything."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    PENDING = "pending_timestamp"
    BROKEN = "broken"


LABELS = {
    State.VALID: "Valid",
    State.NOT_YET: "Not valid yet",
    State.EXPIRED: "Expired",
    State.SUSPENDED: "Suspended",
    State.REVOKED: "Revoked",
    State.SUPERSEDED: "Superseded",
    State.PENDING: "Waiting for its time-stamp",
    State.BROKEN: "Does not verify",
}
WORDS = {
    State.VALID: "The approval stands. What it allows is written on the certificate: nothing beyond that is approved.",
    State.NOT_YET: "The approval stands, but its term has not begun.",
    State.EXPIRED: "The term of this approval is over. It was approved until then; it may not be used now.",
    State.SUSPENDED: "The approval is stopped for now: the clip may not be used until the agency lifts the stop.",
    State.REVOKED: "The approval was taken back. The clip must not be used under it any more.",
    State.SUPERSEDED: "A newer version of the licence record has taken the place of the one that this certificate is about.",
    State.PENDING: "It is signed, but a time-stamp authority has not confirmed the time yet. Until then nothing is approved.",
    State.BROKEN: "The stored signature does not verify. Trust nothing under this number, and ask the agency.",
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a sign-off. ``sound``: its signature verifies; ``stopped``: something keeps the clip from being used."""

    sound: bool
    starts_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None = None
    superseded_at: datetime | None = None
    stopped: bool = False
    stopped_at: datetime | None = None
    unstamped: bool = False


def state_of(facts: Facts, at: datetime) -> tuple[State, datetime | None]:
    """Return the gravest state that holds at that moment, and since when (None where that is not known)."""
    if not facts.sound:
        return State.BROKEN, None
    if facts.revoked_at is not None and facts.revoked_at <= at:
        return State.REVOKED, facts.revoked_at
    if facts.superseded_at is not None and facts.superseded_at <= at:
        return State.SUPERSEDED, facts.superseded_at
    if facts.ends_at is not None and at >= facts.ends_at:
        return State.EXPIRED, facts.ends_at
    if facts.stopped:
        return State.SUSPENDED, facts.stopped_at
    if facts.unstamped:
        return State.PENDING, None
    if at < facts.starts_at:
        return State.NOT_YET, None
    return State.VALID, facts.starts_at
