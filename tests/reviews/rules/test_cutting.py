"""How an animatic is laid out: frame for frame at equal rates, whole numbers at all others, to the last frame."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.cutting import Piece, Slot, Used, lay_out, natural_length, samples_before, source_frame, total
from sorahub.lib.timecode import Rate

RATES = [Rate(24000, 1001), Rate(24), Rate(25), Rate(30000, 1001), Rate(30), Rate(50), Rate(60000, 1001), Rate(60)]
FILM, PAL, NTSC = Rate(24), Rate(25), Rate(30000, 1001)


@pytest.mark.parametrize(
    ("used", "rate", "frames"),
    [
        (Used(5, 4, FILM), FILM, [5, 6, 7, 8, 8, 8]),  # in step, then held
        (Used(0, 9, Rate(48)), FILM, [1, 3, 5, 7, 8, 8]),  # the picture in the middle of each frame
        (Used(0, 4, Rate(12)), FILM, [0, 0, 1, 1, 2, 2, 3, 3, 3]),
        (Used(0, 50, PAL), FILM, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13]),  # one is left out each second
        (Used(0, 50, FILM), PAL, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12]),  # one is shown twice
        (Used(0, 90, Rate(24000, 1001)), FILM, list(range(60))),  # 23.976 in 24: in step for the first 20 s
        (Used(7, 1, Rate(60)), FILM, [7, 7]),
    ],
)  # fmt: skip
def test_each_frame_shows_the_picture_of_its_middle(used: Used, rate: Rate, frames: list[int]) -> None:
    assert [source_frame(k, used, rate) for k in range(len(frames))] == frames


@given(
    st.sampled_from(RATES), st.sampled_from(RATES), st.integers(0, 500), st.integers(1, 2_000), st.integers(1, 3_000)
)
def test_what_moves_ends_exactly_where_the_take_does(
    own: Rate, rate: Rate, first: int, count: int, length: int
) -> None:
    used = Used(first, count, own)
    natural = natural_length(used, rate)
    # The exact length in frames of the story, in fractions: never further than half a frame away, halves down.
    exact = Fraction(count * own.den * rate.num, own.num * rate.den)
    assert natural == 1 or 0 <= exact + Fraction(1, 2) - natural < 1 or natural == exact - Fraction(1, 2)
    shown = [source_frame(k, used, rate) for k in range(length)]
    assert shown[0] >= first
    assert max(shown) <= first + count - 1
    assert all(earlier <= later for earlier, later in pairwise(shown))
    for k in range(min(length, natural)):
        assert shown[k] == min(first + count - 1, first + int((k + Fraction(1, 2)) * own.fraction / rate.fraction))
    assert set(shown[natural:]) <= {first + count - 1}


def test_a_story_is_laid_out_shot_by_shot() -> None:
    shots = [
        Slot(30, Used(0, 96, FILM)),  # trimmed
        Slot(None, Used(10, 20, FILM)),  # as long as what is used
        Slot(40, None),  # a card
        Slot(None, None),  # a card of two seconds
        Slot(50, Used(0, 25, PAL)),  # 24 frames move, 26 are held
    ]
    pieces = lay_out(shots, FILM)
    assert pieces == [
        Piece("take", 0, 0, 30, 30),
        Piece("take", 1, 30, 20, 20),
        Piece("card", 2, 50, 40),
        Piece("card", 3, 90, 48),
        Piece("take", 4, 138, 50, 24),
    ]
    assert total(pieces) == 188
    with_slates = lay_out(shots, FILM, slates=True)
    assert [(each.kind, each.start, each.length) for each in with_slates[:3]] == [
        ("slate", 0, 24), ("take", 24, 30), ("slate", 54, 24),
    ]  # fmt: skip
    assert total(with_slates) == 188 + 5 * 24
    assert total(lay_out([], FILM)) == 0


def test_sound_has_no_gap_between_shots_at_any_rate() -> None:
    assert samples_before(24, FILM) == 48_000
    assert [samples_before(k, NTSC) for k in (0, 1, 5, 30_000)] == [0, 1601, 8008, 48_048_000]
