"""Who goes next, decided from plain values: shares by weight, priorities inside a project, nobody forgotten."""

import datetime as dt
from uuid import UUID

import pytest

from generations.pipeline.sharing import PATIENCE, Room, Share, Waiting, next_in_line

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
A, B, C = (UUID(int=number) for number in (1, 2, 3))


def waiting(project: UUID, number: int, *, model: str = "sora-2", priority: int = 0, minutes: float = 1) -> Waiting:
    since = NOW - dt.timedelta(minutes=minutes)
    return Waiting(UUID(int=1000 + number), project, model, priority, since)


def line(project: UUID, first: int, count: int, *, minutes: float = 1) -> list[Waiting]:
    return [waiting(project, first + number, minutes=minutes) for number in range(count)]


def going(rows: list[Waiting], shares: dict[UUID, Share], room: Room) -> list[int]:
    return [each.int - 1000 for each in next_in_line(rows, shares, room, NOW)]


def projects(rows: list[Waiting], shares: dict[UUID, Share], places: int) -> list[int]:
    by_id = {row.id: row.project.int for row in rows}
    return [by_id[each] for each in next_in_line(rows, shares, Room(places), NOW)]


def test_one_project_alone_takes_everything_the_oldest_first() -> None:
    assert going(line(A, 0, 5), {A: Share()}, Room(3)) == [0, 1, 2]


def test_the_higher_priority_goes_first_inside_its_project_only() -> None:
    rows = [waiting(A, 0), waiting(A, 1, priority=9), waiting(B, 2)]
    assert going(rows, {A: Share(), B: Share()}, Room(3)) == [1, 2, 0]


def test_a_late_arriver_gets_the_next_place_however_long_the_line_is() -> None:
    rows = [*line(A, 0, 1000), waiting(B, 5000)]
    assert going(rows, {A: Share(under_way=9), B: Share()}, Room(1)) == [5000]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [((1, 1, 1), {1: 4, 2: 4, 3: 4}), ((2, 1, 1), {1: 6, 2: 3, 3: 3}), ((4, 2, 0), {1: 7, 2: 3, 3: 2})],
)
def test_three_projects_share_twelve_places_by_their_weights(
    weights: tuple[int, int, int], expected: dict[int, int]
) -> None:
    rows = [*line(A, 0, 50), *line(B, 100, 50), *line(C, 200, 50)]
    shares = {project: Share(weight) for project, weight in zip((A, B, C), weights, strict=True)}
    got = projects(rows, shares, 12)
    assert {project: got.count(project) for project in (1, 2, 3)} == expected


def test_of_equals_the_one_served_less_lately_goes_next() -> None:
    rows = [*line(A, 0, 3), *line(B, 100, 3)]
    assert projects(rows, {A: Share(lately=5), B: Share()}, 1) == [2]


def test_no_weight_starves_another() -> None:
    """With one place, a project of weight 100 would always be next; who has waited ten minutes unserved goes before it, once."""
    patient = PATIENCE.total_seconds() / 60 + 1
    rows = [*line(A, 0, 50), *line(B, 100, 3, minutes=patient)]
    assert projects(rows, {A: Share(100, 0, 40), B: Share(1)}, 1) == [2]
    assert projects(rows, {A: Share(100, 0, 40), B: Share(1, 0, 1)}, 1) == [1]


def test_a_model_without_room_holds_up_no_other_model() -> None:
    rows = [waiting(A, 0, model="pro"), waiting(A, 1, model="pro"), waiting(A, 2), waiting(B, 3, model="pro")]
    assert going(rows, {A: Share(), B: Share()}, Room(4, {"pro": 1})) == [0, 2]
    assert going(rows, {A: Share(), B: Share()}, Room(4, {"pro": 0})) == [2]


def test_nobody_goes_where_there_is_no_room() -> None:
    assert going(line(A, 0, 2), {A: Share()}, Room(0)) == []
