"""How a sign-off stands: the gravest thing that holds, since when and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reviews.rules.standing import Act, SignedFacts, State, standing

SIGNED_AT = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def act(day: int, why: str = "Why", by: str = "") -> Act:
    return Act(at=SIGNED_AT + timedelta(days=day), why=why, by=by)


@pytest.mark.parametrize(
    ("said", "state", "since", "also"),
    [
        ({}, State.SIGNED, 0, ()),
        ({"ends_at": NOW}, State.EXPIRED, None, ()),
        ({"ends_at": NOW + timedelta(microseconds=1)}, State.SIGNED, 0, ()),
        ({"suspended": (act(3), act(5))}, State.SUSPENDED, 3, ()),
        ({"superseded": act(4)}, State.SUPERSEDED, 4, ()),
        ({"reinstated": act(6)}, State.SIGNED, 6, ()),
        ({"stamp_pending": True}, State.PENDING_TIMESTAMP, 0, ()),
        ({"superseded": act(4), "suspended": (act(9),)}, State.SUSPENDED, 9, (State.SUPERSEDED,)),
        (
            {"revoked": act(2), "suspended": (act(1),), "ends_at": NOW},
            State.REVOKED,
            2,
            (State.SUSPENDED, State.EXPIRED),
        ),
        ({"meaning": "rejected", "superseded": act(4)}, State.REJECTED, 0, ()),
        ({"meaning": "reviewed"}, State.REVIEWED, 0, ()),
        ({"meaning": "revoked"}, State.RECORDED, 0, ()),
        ({"revoked": act(365)}, State.SIGNED, 0, ()),  # asked of a day before
    ],
)
def test_a_sign_off_stands_as_the_gravest_thing_that_holds(
    said: dict[str, Any], state: State, since: int | None, also: tuple[State, ...]
) -> None:
    found = standing(SignedFacts(**{"meaning": "approved", "signed_at": SIGNED_AT, **said}), NOW)
    assert (found.state, found.also, found.valid) == (state, also, state == State.SIGNED)
    assert found.since == (NOW if since is None else SIGNED_AT + timedelta(days=since))


def test_who_did_it_and_why_is_told() -> None:
    facts = SignedFacts(meaning="approved", signed_at=SIGNED_AT, suspended=(act(3, "A claim", "Lena"),))
    found = standing(facts, NOW)
    assert (found.label, found.why, found.by) == ("Suspended", "A claim", "Lena")
