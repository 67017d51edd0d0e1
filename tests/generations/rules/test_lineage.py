"""The graph of versions: lanes, rows, lines."""

from generations.rules.lineage import LANE, ROW, graph


def test_a_version_goes_on_in_its_lane_and_a_branch_takes_a_free_one() -> None:
    found = graph([(1, None), (2, 1), (3, 2), (4, 2), (5, 3), (6, 4), (7, 5)])
    assert [(node.version, node.lane, node.row) for node in found.nodes] == [
        (7, 0, 0), (6, 1, 1), (5, 0, 2), (4, 1, 3), (3, 0, 4), (2, 0, 5), (1, 0, 6),
    ]  # fmt: skip
    assert (found.width, found.height, len(found.edges)) == (2 * LANE, 7 * ROW, 6)


def test_no_two_versions_share_a_place_and_a_parent_that_is_not_shown_is_none() -> None:
    found = graph([(9, 3), (10, 9), (11, 9), (12, 9), (13, None), (14, 12)])
    assert len({(node.lane, node.row) for node in found.nodes}) == 6
    assert {node.version: node.parent for node in found.nodes}[9] is None
    assert graph([]).nodes == ()
