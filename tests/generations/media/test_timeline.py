"""The rate is read off the timestamps themselves, and a grid that is not kept is called variable."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations.media.timeline import STANDARD_RATES, Stamp, measure


def stamps(times: list[int], gop: int = 12) -> list[Stamp]:
    return [Stamp(time, index % gop == 0) for index, time in enumerate(times)]


@given(st.sampled_from(STANDARD_RATES[:9]), st.integers(60, 400), st.integers(0, 50))
def test_millisecond_rounding_is_seen_through(rate: Fraction, frames: int, start: int) -> None:
    times = [round(start + index * 1000 / rate) for index in range(frames)]
    line = measure(stamps(times), Fraction(1, 1000), [])
    assert not line.variable
    assert (line.frames, line.first) == (frames, Fraction(start, 1000))
    assert abs(line.rate - rate) * frames < rate


@given(st.sampled_from(STANDARD_RATES), st.integers(2, 400))
def test_exact_ticks_give_the_exact_rate(rate: Fraction, frames: int) -> None:
    line = measure(stamps([index * rate.denominator for index in range(frames)]), Fraction(1, rate.numerator), [])
    assert (line.rate, line.variable, line.duration) == (rate, False, frames / rate)


def test_one_late_frame_makes_the_rate_variable() -> None:
    times = [index * 512 for index in range(48)]
    times[20] += 1
    assert measure(stamps(times), Fraction(1, 12288), [Fraction(24)]).variable


def test_a_varying_rate_is_a_mean_of_small_numbers() -> None:
    times = [index * 3003 + index % 3 for index in range(600)]
    line = measure(stamps(times), Fraction(1, 90000), [Fraction(30000, 1001)])
    assert line.variable
    assert line.rate.denominator <= 1001
    assert abs(line.rate - Fraction(30000, 1001)) < Fraction(1, 10**4)
    assert measure(stamps([0, 10**9, 10**9 + 1]), Fraction(1, 1000), []).rate > 0


def test_an_unusual_rate_is_kept() -> None:
    line = measure(stamps([index * 8 for index in range(10)]), Fraction(1, 100), [])
    assert (line.rate, line.variable) == (Fraction(25, 2), False)


@pytest.mark.parametrize(("times", "expected"), [([0, 1, 2, 3], False), ([0, 4, 2, 1, 3], True)])
def test_reordering_and_groups(times: list[int], expected: bool) -> None:
    line = measure(stamps(times, gop=3), Fraction(1, 24), [])
    assert (line.has_b_frames, line.max_gop) == (expected, 3)
