"""The SQL over the whole library says of each clip what the function says, whatever is asked."""

import random
from uuid import UUID

import pytest

from generations.models import Clip
from reviews.actions import library
from reviews.actions.mirror.conditions import BITS
from reviews.rules.reasons import OVERRIDABLE
from tests.people import Agency
from tests.reviews import shelves
from tests.reviews.agreement import Found

# No code of clearance: they are asked of a person who signs or approves, or of the file, or left to the function.
ELSEWHERE = {
    "bytes-not-verified", "clock-skew", "drafter-of-record", "maker-brought-clip", "maker-launched-generation", "maker-wrote-prompt",
    "signature-invalid",
}  # fmt: skip


@pytest.mark.parametrize(
    ("seed", "trouble"),
    [(1, 0.03), pytest.param(2, 0.12, marks=pytest.mark.long), pytest.param(3, 0.3, marks=pytest.mark.long)],
)
def test_the_mirror_says_what_the_function_says(agency: Agency, seed: int, trouble: float) -> None:
    dice = random.Random(seed)
    ground = shelves.lay(agency, dice)
    list(shelves.fill(ground, dice, range(60), trouble=trouble, versions=2))
    found = Found(Clip.objects.select_related("project"))
    at = shelves.edge(dice)
    for _ in range(12):
        asked = shelves.question(ground, dice, at)
        mirrored = library.all_codes(Clip.objects.visible_to(agency.ada), asked)
        assert mirrored == found.codes(asked), asked


def test_counts_and_pages_are_those_of_all_codes(agency: Agency) -> None:
    dice = random.Random(4)
    ground = shelves.lay(agency, dice)
    list(shelves.fill(ground, dice, range(60), trouble=0.02, versions=1))
    seen = Clip.objects.visible_to(agency.ada)
    for _ in range(4):
        asked = shelves.question(ground, dice)
        codes = library.all_codes(seen, asked)
        cleared = sorted((pk for pk, against in codes.items() if not against), reverse=True)
        pages: list[UUID] = []
        cursor = None
        while cursor != "":
            found = library.ask(seen, asked, cursor=cursor or "", size=3)
            pages += found.page
            cursor = found.next_cursor
        single = [next(iter(against)) for against in codes.values() if len(against) == 1]
        assert (pages, found.cleared, found.total) == (cleared, len(cleared), len(codes))
        near = library.nearly(seen, asked).groups
        assert dict(near) == {code: single.count(code) for code in single}
        for code, many in near:
            assert len(library.nearly(seen, asked, code=code, size=100).page) == many


def test_every_code_has_a_bit_and_every_exception_is_one_of_them() -> None:
    assert len(BITS) < 63, "A number of eight bytes holds no more: give the codes of people no bit."
    assert set(BITS) >= OVERRIDABLE
    assert set(BITS) >= ELSEWHERE
