"""Bradley–Terry scores against published figures, against another library, and where votes cannot tell.

The published figures: citations among four statistics journals (Stigler 1994; Agresti, Categorical Data Analysis), as fitted in
Turner and Firth, "Bradley–Terry models in R: the BradleyTerry2 package", J. Stat. Softw. 48(9), 2012, with Biometrika as reference.
"""

import math
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reviews.rules.preference import Vote, parts

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[3]
BIOMETRIKA, COMM, JASA, JRSS = range(4)
# rows: the cited, which won; columns: the citing
JOURNALS = [[0, 730, 498, 221], [33, 0, 68, 17], [320, 813, 0, 142], [284, 276, 325, 0]]
NONE = [[0] * 4 for _ in range(4)]


@pytest.fixture(scope="module")
def library() -> Any:
    """The module, which takes seconds to import."""
    return import_module("reviews.rules.bradley_terry")


def against(fitted: tuple[Any, Any], take: int, other: int) -> tuple[float, float]:
    strengths, covariance = fitted
    variance = covariance[take, take] + covariance[other, other] - 2 * covariance[take, other]
    return round(float(strengths[take] - strengths[other]), 3), round(math.sqrt(variance), 3)


def test_scores_and_errors_equal_the_published_ones(library: Any) -> None:
    fitted = library.fitted(library.np.asarray(JOURNALS, float))
    assert against(fitted, JRSS, BIOMETRIKA) == (0.269, 0.071)
    assert against(fitted, JASA, BIOMETRIKA) == (-0.480, 0.061)
    assert against(fitted, COMM, BIOMETRIKA) == (-2.949, 0.103)
    told = library.scored(JOURNALS, NONE)
    assert [row["take"] for row in told["takes"]] == [JRSS, BIOMETRIKA, JASA, COMM]
    assert (told["state"], told["clear"]) == ("scored", True)
    assert abs(sum(row["strength"] for row in told["takes"])) < 1e-9
    assert told["chances"][JRSS][BIOMETRIKA] == pytest.approx(1 / (1 + math.exp(-0.26895)), abs=1e-5)


def test_scores_equal_another_librarys(library: Any) -> None:
    """choix (MM and I-LSR algorithms, no regression) on the journals and on tables made by Hypothesis."""
    choix, np = import_module("choix"), library.np

    def equal(table: Any) -> None:
        mine = library.fitted(np.asarray(table, float))[0]
        other = choix.ilsr_pairwise_dense(np.asarray(table, float), max_iter=2000, tol=1e-10)
        assert np.allclose(mine, other - other.mean(), atol=1e-4)

    equal(JOURNALS)
    data = [(one, other) for one in range(4) for other in range(4) for _ in range(JOURNALS[one][other] // 10)]
    tenth = [[number // 10 for number in row] for row in JOURNALS]
    theirs = choix.mm_pairwise(4, data, max_iter=5000)
    assert np.allclose(library.fitted(np.asarray(tenth, float))[0], theirs - theirs.mean(), atol=1e-4)

    @st.composite
    def tables(draw: Any) -> list[list[int]]:
        takes = draw(st.integers(2, 7))
        cell = st.integers(0, 12)
        return [[0 if one == other else draw(cell) for other in range(takes)] for one in range(takes)]

    @given(tables())
    @settings(max_examples=40, deadline=None)
    def any_table(table: list[list[int]]) -> None:
        won = {(one, other) for one, row in enumerate(table) for other, number in enumerate(row) if number}
        assume(len(parts(len(table), won)) == 1)
        equal(table)

    any_table()


def test_a_tie_is_half_a_win_for_each(library: Any) -> None:
    ties = [[0, 2], [2, 0]]
    told = library.scored([[0, 3], [1, 0]], ties)
    whole = library.scored([[0, 4], [2, 0]], [[0, 0], [0, 0]])
    assert [row["strength"] for row in told["takes"]] == pytest.approx([row["strength"] for row in whole["takes"]])
    assert told["takes"][0]["strength"] - told["takes"][1]["strength"] == pytest.approx(math.log(2))
    assert told["takes"][0]["points"] == 4.0


def test_who_won_everything_gets_a_finite_score_and_it_is_said(library: Any) -> None:
    wins = [[0, 3, 3], [0, 0, 2], [0, 1, 0]]
    told = library.scored(wins, [[0] * 3 for _ in range(3)])
    assert told["state"] == "prior"
    assert [row["take"] for row in told["takes"]] == [0, 1, 2]
    assert all(math.isfinite(row[name]) for row in told["takes"] for name in ("strength", "error", "low", "high"))
    # One win and nothing else is no proof, whatever the order.
    once = library.scored([[0, 1], [0, 0]], [[0, 0], [0, 0]])
    assert (once["state"], once["clear"]) == ("prior", False)


@pytest.mark.parametrize(
    ("wins", "state"),
    [([[0, 0], [0, 0]], "empty"), ([[0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], "apart")],
)
def test_votes_that_cannot_tell_tell_nothing(library: Any, wins: list[list[int]], state: str) -> None:
    told = library.scored(wins, [[0] * len(wins) for _ in wins])
    assert (told["state"], told["takes"], told["sure"]) == (state, [], [])


def test_agreement_does_not_hang_on_which_take_is_called_the_first(library: Any) -> None:
    pairs = [(0, 1), (0, 2), (1, 2), (2, 3)]
    said = {(0, 1): "fff", (0, 2): "ffs", (1, 2): "sss", (2, 3): "fss"}
    words = {"f": "first", "s": "second"}
    votes = [Vote(judge, pair, words[letter], 0) for pair, row in said.items() for judge, letter in enumerate(row)]
    told = library.agreed(pairs, votes)
    # By hand: 1, 1/3, 1 and 1/3 of couples agree, that is 2/3; by chance half would. Kendall's u is the same: 2 · 2/3 − 1.
    assert told["percent"] == pytest.approx(2 / 3)
    assert told["kappa"] == pytest.approx(1 / 3)
    turned = [
        Vote(v.judge, v.pair, {"first": "second", "second": "first"}[v.said], 0) if v.pair == (1, 2) else v
        for v in votes
    ]
    assert library.agreed(pairs, turned)["kappa"] == pytest.approx(1 / 3)
    assert library.agreed(pairs, votes[:1])["kappa"] is None
    # Of judges who answered different pairs, only what all answered counts.
    assert library.agreed(pairs, [vote for vote in votes if vote.judge or vote.pair != (2, 3)])["pairs"] == 3


def test_leaning_to_a_side_is_found(library: Any) -> None:
    votes = [Vote(0, (0, 1), "first", 0)] * 9 + [Vote(0, (0, 1), "first", 1), Vote(0, (0, 1), "tie", 1)]
    told = library.sided(votes)
    assert (told["left"], told["right"], told["tie"]) == (9, 1, 1)
    assert told["p"] == pytest.approx(22 / 1024)


def test_no_server_carries_the_statistics(tmp_path: Path) -> None:
    """Everything that a server imports, and then a look at what came with it."""
    script = (
        "import django, sys; django.setup()\n"
        "import sorahub.urls, reviews.tasks, reviews.web.urls, reviews.api.urls\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in {'statsmodels', 'scipy', 'pandas', 'choix'})[:3])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, timeout=120,
        env={"DJANGO_SETTINGS_MODULE": "sorahub.settings.test", "PATH": "/usr/bin:/bin", "SORAHUB_VAR_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
