"""How fast an account is asked: evenly, within its budget in any minute, also after a restart."""

import pytest

from generations.pipeline.pacing import Pacer, floor_seconds


def moments(
    pacer: Pacer, begin: float, end: float, *, step: float = 0.01, pause: tuple[float, float] = (0, 0)
) -> list[float]:
    """When an eager client may ask, with a stretch in which it could not."""
    asked, now = [], begin
    while now < end:
        if not pause[0] <= now < pause[1] and pacer.within(now, 0.0):
            pacer.take(now)
            asked.append(now)
        else:
            now += step
    return asked


def most_in_a_minute(asked: list[float]) -> int:
    return max(sum(at <= other < at + 60 for other in asked) for at in asked)


@pytest.mark.parametrize("per_minute", [1, 7, 60, 600])
def test_no_minute_holds_more_than_the_budget_even_after_a_pause(per_minute: int) -> None:
    asked = moments(Pacer(per_minute, 0.0), 0.0, 180.0, pause=(40.0, 55.0))
    assert most_in_a_minute(asked) <= per_minute
    assert len(asked) >= (180 - 15 - 2) / 61 * per_minute - 1


def test_a_restart_begins_without_credit() -> None:
    asked: list[float] = []
    for start in range(0, 60, 5):
        asked += moments(Pacer(600, float(start)), float(start), start + 5.0)
    assert len(asked) <= 600


def test_the_wait_is_told_and_moments_ahead_are_counted() -> None:
    pacer = Pacer(61, 100.0)
    assert pacer.gap == 1.0
    assert [pacer.take(100.0) for _ in range(3)] == [0.0, 1.0, 2.0]
    assert pacer.within(100.0, 1.0) == 0
    assert pacer.within(100.0, 5.5) == 3


def test_the_floor_is_what_the_budget_leaves_for_each_task() -> None:
    assert floor_seconds(10_000, 1, 10_000) == 60.0
    assert floor_seconds(10_000, 50, 10_000) == pytest.approx(1.2)
    assert floor_seconds(0, 1, 600) == 0.0
