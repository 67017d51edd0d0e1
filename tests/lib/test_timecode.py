"""Frames, exact rates and SMPTE timecode agree at every rate that films are made at."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sorahub.lib.errors import InvalidInput
from sorahub.lib.timecode import Rate, from_timecode, to_length, to_timecode

RATES = [Rate.parse(r) for r in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")]
NTSC, NTSC60 = Rate(30000, 1001), Rate(60000, 1001)
rates = st.sampled_from(RATES)


def day(rate: Rate, *, drop: bool) -> int:
    lost = rate.dropped_per_minute * 9 * 6 * 24 if drop else 0
    return 24 * 3600 * rate.nominal - lost


@given(rates, st.integers(0, 10**7), st.booleans())
def test_every_frame_survives_the_way_to_timecode_and_back(rate: Rate, frame: int, drop: bool) -> None:
    drop = drop and rate.is_drop_capable
    frame %= day(rate, drop=drop)
    text = to_timecode(frame, rate, drop=drop)
    assert from_timecode(text, rate) == frame
    assert (";" in text) is drop


@given(rates, st.integers(0, 10**6))
def test_the_middle_of_a_frame_is_that_frame(rate: Rate, frame: int) -> None:
    first = Fraction(1, 12)
    assert rate.frame_at(rate.seconds(frame) + first, first) == frame
    assert rate.seek_seconds(frame, first) == first + rate.seconds(frame) + rate.seconds(1) / 2
    rounded = Fraction(round((rate.seconds(frame) + first) * 10**6), 10**6)
    assert rate.frame_at(rounded, first) == frame


@pytest.mark.parametrize(
    ("rate", "frame", "drop", "text"),
    [
        (Rate(24000, 1001), 24, False, "00:00:01:00"),
        (Rate(24), 86_399, False, "00:59:59:23"),
        (NTSC, 1799, True, "00:00:59;29"),
        (NTSC, 1800, True, "00:01:00;02"),
        (NTSC, 17_981, True, "00:09:59;29"),
        (NTSC, 17_982, True, "00:10:00;00"),
        (NTSC, 107_892, True, "01:00:00;00"),
        (NTSC, 1800, False, "00:01:00:00"),
        (NTSC60, 3600, True, "00:01:00;04"),
        (NTSC60, 215_784, True, "01:00:00;00"),
    ],
)
def test_known_labels(rate: Rate, frame: int, drop: bool, text: str) -> None:
    assert to_timecode(frame, rate, drop=drop) == text
    assert from_timecode(text, rate) == frame


def test_each_drop_frame_label_of_ten_minutes_is_new_and_in_order() -> None:
    labels = [to_timecode(frame, NTSC, drop=True) for frame in range(2 * 17_982)]
    assert labels == sorted(set(labels))


@pytest.mark.parametrize("rate", [NTSC, NTSC60])
def test_each_frame_of_ten_minutes_comes_back_from_its_drop_frame_label(rate: Rate) -> None:
    frames = range(10 * (60 * rate.nominal - rate.dropped_per_minute) + 10)
    assert [from_timecode(to_timecode(frame, rate, drop=True), rate) for frame in frames] == [*frames]


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("00:01:00;00", NTSC),
        ("00:01:00;03", NTSC60),
        ("00:00:00;00", Rate(24)),
        ("00:00:00:24", Rate(24000, 1001)),
        ("24:00:00:00", Rate(25)),
        ("00:60:00:00", Rate(25)),
        ("1:2:3:4", Rate(25)),
        ("٠٠:00:00:00", Rate(25)),
        ("", Rate(25)),
    ],
)
def test_labels_that_do_not_exist_are_refused(text: str, rate: Rate) -> None:
    with pytest.raises(InvalidInput):
        from_timecode(text, rate)


@pytest.mark.parametrize("frame", [-1, 24 * 3600 * 25])
def test_frames_outside_the_day_are_refused(frame: int) -> None:
    with pytest.raises(InvalidInput):
        to_timecode(frame, Rate(25))


def test_rates_are_exact_reduced_and_named() -> None:
    assert Rate(48, 2) == Rate(24)
    assert [rate.label for rate in RATES] == ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"]
    assert [rate.nominal for rate in RATES] == [24, 24, 25, 30, 30, 50, 60, 60]
    assert [rate for rate in RATES if rate.is_drop_capable] == [NTSC, NTSC60]
    assert str(NTSC) == "30000/1001"


@pytest.mark.parametrize("text", ["23.976", "0", "24/0", "-24", "24/1/1", "", "²4"])
def test_what_is_no_fraction_is_no_rate(text: str) -> None:
    with pytest.raises(InvalidInput):
        Rate.parse(text)


@pytest.mark.parametrize(
    ("frames", "text"),
    [(0, "00:00:00:00"), (26, "00:00:01:01"), (30 * 3600 * 25 + 1, "30:00:00:01"), (10**9, "11111:06:40:00")],
)
def test_hours_of_a_length_go_on_counting(frames: int, text: str) -> None:
    assert to_length(frames, Rate(25)) == text
