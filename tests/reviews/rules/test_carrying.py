"""A note lands on the same number at the same rate, on the same moment at another, and never behind the end."""

from fractions import Fraction

import pytest

from reviews.rules.carrying import Landing, land
from sorahub.lib.timecode import Rate

pytestmark = pytest.mark.core

FILM, NTSC, PAL = Rate(24), Rate(24000, 1001), Rate(25)


@pytest.mark.parametrize(
    ("frames", "rates", "length", "landed"),
    [
        ((3, 7), (FILM, FILM), 12, (3, 7)),
        ((25, 25), (FILM, PAL), 250, (26, 26)),
        ((24, 47), (FILM, PAL), 250, (25, 49)),
        ((100, 100), (FILM, Rate(48)), 400, (200, 200)),
        ((100, 101), (Rate(48), FILM), 400, (50, 50)),
        ((1000, 1009), (NTSC, FILM), 5000, (1001, 1011)),
        ((1000, 1000), (NTSC, FILM), 5000, (1001, 1001)),
        ((29, 29), (Rate(30000, 1001), Rate(60000, 1001)), 600, (58, 58)),
        ((3, 7), (FILM, FILM), 6, (3, 5)),
        ((8, 11), (FILM, FILM), 6, (5, 5)),
    ],
)
def test_where_a_note_lands(
    frames: tuple[int, int], rates: tuple[Rate, Rate], length: int, landed: tuple[int, int]
) -> None:
    found = land(*frames, *rates, length)
    assert (found.frame_in, found.frame_out) == landed
    assert bool(found.words) == (landed != frames)


def test_it_says_what_did_not_keep_its_frames() -> None:
    assert land(8, 11, FILM, FILM, 6).words == "Frames 9 to 12 became frame 6: the other take has 6 frames only."
    assert land(24, 24, FILM, PAL, 250).words == (
        "Frame 25 became frame 26: the other take runs at 25 frames a second, not 24."
    )
    assert land(3, 7, FILM, FILM, 12) == Landing(3, 7)


@pytest.mark.parametrize("rate", [FILM, NTSC, PAL, Rate(30000, 1001), Rate(30), Rate(50), Rate(60000, 1001), Rate(60)])
@pytest.mark.parametrize("other", [FILM, NTSC, PAL, Rate(30000, 1001), Rate(30), Rate(50), Rate(60000, 1001), Rate(60)])
def test_what_was_on_screen_is_in_the_range(rate: Rate, other: Rate) -> None:
    """Both ends of the old range, at any place of an hour, lie within the new one's time."""
    for frame in (0, 1, 23, 999, 86_399):
        found = land(frame, frame + 2, rate, other, 10**9)
        begin, end = rate.seconds(frame), rate.seconds(frame + 3)
        step = Fraction(other.den, other.num)
        assert other.seconds(found.frame_in) <= begin < other.seconds(found.frame_in) + step
        assert other.seconds(found.frame_out) < end <= other.seconds(found.frame_out) + step
