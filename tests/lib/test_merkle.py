"""Merkle trees: the known roots and proofs of the certificate transparency reference tree of eight leaves."""

import pytest

from sorahub.lib import merkle

LEAVES = [
    merkle.leaf_hash(bytes.fromhex(data))
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_the_known_ones(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == ROOTS[size]


def test_a_frontier_survives_being_written_down_after_every_leaf() -> None:
    tree = merkle.Frontier()
    for size, leaf in enumerate(LEAVES, 1):
        tree = merkle.Frontier.from_hex(tree.size, tree.hex())
        tree.append(leaf)
        assert tree.root().hex() == ROOTS[size]


def test_peaks_that_cannot_belong_to_the_size_are_refused() -> None:
    with pytest.raises(ValueError, match="2 peaks"):
        merkle.Frontier.from_hex(3, "00" * 32)


@pytest.mark.parametrize(
    ("index", "size", "nodes"),
    [
        (0, 1, []),
        (0, 8, ["96a296d224f285c6", "5f083f0a1a33ca07", "6b47aaf29ee3c2af"]),
        (5, 8, ["bc1a0643b12e4d2d", "ca854ea128ed050b", "d37ee418976dd957"]),
        (2, 3, ["fac54203e7cc696c"]),
        (1, 5, ["6e340b9cffb37a98", "5f083f0a1a33ca07", "bc1a0643b12e4d2d"]),
    ],
)
def test_inclusion_proofs_are_the_known_ones(index: int, size: int, nodes: list[str]) -> None:
    path = merkle.inclusion_paths(LEAVES, size, [index])[index]
    assert [node.hex()[:16] for node in path] == nodes


@pytest.mark.parametrize(
    ("older", "newer", "nodes"),
    [
        (1, 1, []),
        (1, 8, ["96a296d224f285c6", "5f083f0a1a33ca07", "6b47aaf29ee3c2af"]),
        (6, 8, ["0ebc5d3437fbe2db", "ca854ea128ed050b", "d37ee418976dd957"]),
        (2, 5, ["5f083f0a1a33ca07", "bc1a0643b12e4d2d"]),
    ],
)
def test_consistency_proofs_are_the_known_ones(older: int, newer: int, nodes: list[str]) -> None:
    assert [node.hex()[:16] for node in merkle.consistency_path(LEAVES, older, newer)] == nodes


def test_every_inclusion_proof_up_to_33_leaves_holds_and_fits_no_other_leaf() -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(33)]
    for size in range(1, 34):
        root = merkle.root(leaves[:size])
        paths = merkle.inclusion_paths(leaves, size, range(size))
        for index in range(size):
            assert merkle.verify_inclusion(leaves[index], index, size, paths[index], root)
            assert not merkle.verify_inclusion(merkle.leaf_hash(b"forged"), index, size, paths[index], root)
            assert not merkle.verify_inclusion(leaves[index], index + 1, size, paths[index], root)
            assert not merkle.verify_inclusion(leaves[index], index, size, [*paths[index], root], root)


def test_every_consistency_proof_up_to_33_leaves_holds_and_fits_no_other_root() -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(33)]
    roots = [merkle.root(leaves[:size]) for size in range(34)]
    for newer in range(1, 34):
        for older in range(1, newer + 1):
            path = merkle.consistency_path(leaves, older, newer)
            assert merkle.verify_consistency(older, newer, path, roots[older], roots[newer])
            assert not merkle.verify_consistency(older, newer, path, roots[older - 1], roots[newer])
            assert not merkle.verify_consistency(older, newer, path, roots[older], roots[newer - 1])


def test_an_index_outside_the_tree_and_leaves_that_end_early_are_refused() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_paths(LEAVES, 8, [8])
    with pytest.raises(ValueError, match="end at 8, before 9"):
        merkle.inclusion_paths(LEAVES, 9, [0])
    with pytest.raises(IndexError):
        merkle.consistency_path(LEAVES, 0, 3)
