"""What must hold for every cell: nothing lost, nothing paid twice, nothing stuck; and the end that its row promises."""

from tests.generations.pipeline.matrix.cells import End
from tests.generations.pipeline.matrix.driver import Outcome

CREATES = {End.UNSENT: 0}
SETTLED, BY_HAND, FREED = ["reserved", "settled"], ["reserved"], ["released", "reserved"]
"""How the money can stand: paid by the provider's figure, set aside until a person settles it by the bill, free again."""
MONEY = {
    End.CLIP: (SETTLED,),
    End.UNSENT: (BY_HAND,),
    End.FAILED: (BY_HAND, SETTLED),  # settled where the word of the failure comes with what the task used up
    End.EXPIRED: (SETTLED,),
    End.CANCELLED: (FREED,),
}
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
    assert sorted(outcome.money) in MONEY[end], outcome
    assert (outcome.set_aside != 0) == (sorted(outcome.money) == BY_HAND), outcome
    assert (outcome.open_jobs, outcome.dead_jobs, outcome.left_over, outcome.unsound) == ([], [], [], []), outcome
    assert outcome.words, outcome
    assert (outcome.code == "") == (end is End.CLIP), outcome
