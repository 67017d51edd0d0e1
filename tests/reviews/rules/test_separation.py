"""Separation of duties, by person."""

from uuid import UUID, uuid4

import pytest

from reviews.rules.separation import Involvement, against_approving, against_signing, two_persons

pytestmark = pytest.mark.core

ALICE, BOB, LENA = uuid4(), uuid4(), uuid4()
HANDS = Involvement(
    brought=frozenset({ALICE}), launched=frozenset({ALICE}), wrote_prompt=frozenset({BOB}), drafted=frozenset({BOB})
)


@pytest.mark.parametrize(
    ("person", "approving", "signing"),
    [
        (
            ALICE,
            ["maker-brought-clip", "maker-launched-generation"],
            ["maker-brought-clip", "maker-launched-generation"],
        ),
        (BOB, ["maker-wrote-prompt"], ["maker-wrote-prompt", "drafter-of-record"]),
        (LENA, [], []),
    ],
)
def test_makers_do_not_approve_and_drafters_do_not_sign(person: UUID, approving: list[str], signing: list[str]) -> None:
    assert [one.code for one in against_approving(person, HANDS)] == approving
    assert [one.code for one in against_signing(person, HANDS)] == signing


def test_two_accounts_of_one_person_are_one_person() -> None:
    assert two_persons(ALICE, BOB)
    assert not two_persons(ALICE, ALICE)
