"""What must hold for every cell: nothing lost, nothing paid twice, nothing stuck; and the end that its row promises."""

from tests.generations.pipeline.matrix.cells import End
from tests.generations.pipeline.matrix.driver import Outcome

CREATES = {End.UNSENT: 0}
MONEY = {
    End.CLIP: ["reserved", "settled"],
    End.UNSENT: ["reserved"],
    End.FAILED: ["reserved"],
    End.EXPIRED: ["reserved", "settled"],
    End.CANCELLED: ["released", "reserved"],
}
NOBODY_KNOWS = (End.UNSENT, End.FAILED)
"""Ends after which a person settles the money by the bill."""
STATES = {
    End.CLIP: "succeeded",
    End.UNSENT: "lost",
    End.FAILED: "failed",
    End.EXPIRED: "expired",
    End.CANCELLED: "cancelled",
}


def hold(outcome: Outcome, end: End) -> None:
    """Raise AssertionError for whatever is not as it must be."""
    assert (outcome.state, outcome.clip) == (STATES[end], end is End.CLIP), outcome
    assert outcome.creates == CREATES.get(end, 1), outcome
    assert sorted(outcome.money) == MONEY[end], outcome
    assert (outcome.set_aside != 0) == (end in NOBODY_KNOWS), outcome
    assert (outcome.open_jobs, outcome.dead_jobs, outcome.left_over, outcome.unsound) == ([], [], [], []), outcome
    assert outcome.words, outcome
    assert (outcome.code == "") == (end is End.CLIP), outcome
