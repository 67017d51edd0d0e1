"""How a sign-off stands: signed, or suspended, revoked, superseded, expired, since when and why. Computed, never stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reviews.models import SignOff


class State(StrEnum):
    """What may be said of a sign-off today, the gravest first."""

    REVOKED = "revoked"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    PENDING_TIMESTAMP = "pending_timestamp"
    REVIEWED = "reviewed"
    RECORDED = "recorded"
    SIGNED = "signed"


LABELS = {
    State.REVOKED: "Revoked",
    State.REJECTED: "Rejected",
    State.SUSPENDED: "Suspended",
    State.SUPERSEDED: "Superseded",
    State.EXPIRED: "Expired",
    State.PENDING_TIMESTAMP: "Waits for its time stamp",
    State.REVIEWED: "Reviewed for rights, no approval",
    State.RECORDED: "Part of the history",
    State.SIGNED: "Signed",
}


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something that happened to an approval: when, why, and by whom where a person did it."""

    at: datetime
    why: str
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class SignedFacts:
    """What is known of one sign-off. ``ends_at`` is the first instant outside its term; ``superseded`` a newer version of the record;
    ``reinstated`` the newest signature that ended a suspension; ``stamp_pending``: no time-stamp yet.
    """

    meaning: str
    signed_at: datetime
    ends_at: datetime | None = None
    revoked: Act | None = None
    suspended: tuple[Act, ...] = ()
    superseded: Act | None = None
    reinstated: Act | None = None
    stamp_pending: bool = False


@dataclass(frozen=True)
class Standing:
    """How a sign-off stands: its gravest state, since when, why, by whom; ``also`` are further states that hold at once."""

    state: State
    since: datetime
    why: str = ""
    by: str = ""
    also: tuple[State, ...] = ()

    @property
    def label(self) -> str:
        """The state in words."""
        return LABELS[self.state]

    @property
    def valid(self) -> bool:
        """Whether it is an approval under which the clip may be used, as far as the signature itself goes."""
        return self.state == State.SIGNED


def standing(facts: SignedFacts, at: datetime) -> Standing:
    """Return how the sign-off stands at that instant. What is no approval stands as what it says."""
    own = _OTHERS.get(facts.meaning)
    if own is not None:
        return Standing(own, facts.signed_at)
    found = [one for one in _against(facts) if one.since <= at]
    if facts.ends_at is not None and facts.ends_at <= at:
        found.append(Standing(State.EXPIRED, facts.ends_at, "Its term is over."))
    if facts.stamp_pending:
        found.append(
            Standing(
                State.PENDING_TIMESTAMP, facts.signed_at, "No time-stamp authority has confirmed when it was signed."
            )
        )
    if not found:
        again = facts.reinstated
        return Standing(State.SIGNED, again.at, "", again.by) if again else Standing(State.SIGNED, facts.signed_at)
    ordered = sorted(found, key=lambda one: list(State).index(one.state))
    first, rest = ordered[0], dict.fromkeys(one.state for one in ordered[1:])
    return Standing(first.state, first.since, first.why, first.by, tuple(each for each in rest if each != first.state))


_OTHERS: dict[str, State] = {
    SignOff.Meaning.REJECTED: State.REJECTED,
    SignOff.Meaning.REVIEWED: State.REVIEWED,
    SignOff.Meaning.REVOKED: State.RECORDED,
    SignOff.Meaning.SUSPENDED: State.RECORDED,
    SignOff.Meaning.REINSTATED: State.RECORDED,
}


def _against(facts: SignedFacts) -> list[Standing]:
    acts = [(State.REVOKED, facts.revoked), *((State.SUSPENDED, each) for each in facts.suspended)]
    acts.append((State.SUPERSEDED, facts.superseded))
    return [Standing(state, act.at, act.why, act.by) for state, act in acts if act is not None]
