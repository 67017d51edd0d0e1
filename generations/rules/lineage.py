"""How versions of words come from one another, laid out as a graph. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

ROW, LANE = 44, 26
"""Pixels: the height of a version's row, the distance of two lanes."""


@dataclass(frozen=True)
class Node:
    """A version: its number, its lane (0 is the left one) and its row (0 is the newest, at the top)."""

    version: int
    parent: int | None
    lane: int
    row: int

    @property
    def x(self) -> int:
        """Its middle, in pixels from the left."""
        return LANE // 2 + self.lane * LANE

    @property
    def top(self) -> int:
        """Where its row begins, in pixels from the top."""
        return self.row * ROW

    @property
    def y(self) -> int:
        """Its middle, in pixels from the top."""
        return ROW // 2 + self.row * ROW


@dataclass(frozen=True)
class Edge:
    """A line from a parent up to a child, as the path of an SVG."""

    path: str


@dataclass(frozen=True)
class Graph:
    """Versions and the lines between them; ``width`` is that of the lanes."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: int
    height: int


def graph(versions: Sequence[tuple[int, int | None]]) -> Graph:
    """Lay out versions, given as pairs of number and parent's number; a parent that is not among them counts as none.

    A version goes on in its parent's lane unless another did before; branches take the first lane that is free on their way.
    """
    known = {number for number, _ in versions}
    ordered = sorted((number, parent if parent in known else None) for number, parent in versions)
    lanes: dict[int, int] = {}
    ends: list[int] = []  # of each lane, its last version so far
    for number, parent in ordered:
        lanes[number] = _lane(number, parent, lanes, ends)
    places = {number: len(ordered) - 1 - at for at, (number, _) in enumerate(ordered)}
    nodes = {number: Node(number, parent, lanes[number], places[number]) for number, parent in ordered}
    edges = tuple(Edge(_path(nodes[each.parent], each)) for each in nodes.values() if each.parent is not None)
    return Graph(tuple(reversed(nodes.values())), edges, len(ends) * LANE, len(ordered) * ROW)


def _lane(number: int, parent: int | None, lanes: dict[int, int], ends: list[int]) -> int:
    if parent is not None and ends[lanes[parent]] == parent:
        lane = lanes[parent]
    else:
        since = number if parent is None else parent
        lane = next((at for at, end in enumerate(ends) if end < since and at not in _held(parent, lanes)), len(ends))
    if lane == len(ends):
        ends.append(number)
    ends[lane] = number
    return lane


def _held(parent: int | None, lanes: dict[int, int]) -> set[int]:
    return set() if parent is None else {lanes[parent]}


def _path(parent: Node, child: Node) -> str:
    if parent.x == child.x:
        return f"M{parent.x} {parent.y}V{child.y}"
    bend = parent.y - ROW
    return f"M{parent.x} {parent.y}C{parent.x} {parent.y - ROW // 2} {child.x} {bend + ROW // 2} {child.x} {bend}V{child.y}"
