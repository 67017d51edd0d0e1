"""Which pairs are made, in which order and on which side: drawn by lot, the same from the same seed, and fair."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.rules.preference import Vote, agreement_on, meetings, order_for, own_order, pairs_of, parts, table


def linked(takes: int, pairs: list[tuple[int, int]]) -> bool:
    return len(parts(takes, {way for one, other in pairs for way in ((one, other), (other, one))})) == 1


@given(takes=st.integers(2, 24), each=st.none() | st.integers(2, 23), seed=st.integers(0, 2**48))
@settings(max_examples=60)
def test_every_take_meets_as_many_as_asked_and_all_are_linked(takes: int, each: int | None, seed: int) -> None:
    pairs = pairs_of(takes, each, seed)
    met = Counter(take for pair in pairs for take in pair)
    wanted = takes - 1 if each is None else min(each, takes - 1)
    assert sorted(set(pairs)) == sorted(pairs)
    assert all(one < other for one, other in pairs)
    assert set(met.values()) <= {wanted, wanted + 1}
    assert sum(number > wanted for number in met.values()) <= 1
    assert linked(takes, pairs)
    assert pairs == pairs_of(takes, each, seed)


@given(
    takes=st.integers(2, 12), each=st.none() | st.integers(2, 6), seed=st.integers(0, 2**48), judge=st.integers(0, 9)
)
@settings(max_examples=60)
def test_a_judge_sees_each_pair_once_and_each_take_as_often_left_as_right(
    takes: int, each: int | None, seed: int, judge: int
) -> None:
    pairs = pairs_of(takes, each, seed)
    order = order_for(pairs, seed, judge)
    assert sorted(shown.pair for shown in order) == sorted(pairs)
    assert all(shown.left in shown.pair for shown in order)
    lean = Counter(take for shown in order for take in shown.pair for _ in (0,))
    left = Counter(shown.left for shown in order)
    assert all(abs(2 * left[take] - lean[take]) <= 1 for take in lean)
    assert order == order_for(pairs, seed, judge)


def test_consecutive_pairs_differ_where_they_can_and_judges_see_other_orders() -> None:
    pairs = pairs_of(8, None, 7)
    orders = [order_for(pairs, 7, judge) for judge in range(6)]
    assert [meetings([shown.pair for shown in order]) for order in orders] == [0] * 6
    assert len({tuple(order) for order in orders}) == 6
    assert len({dict(order)[0, 1] for order in orders}) == 2


def test_wins_ties_own_orders_and_agreement_are_counted() -> None:
    votes = [
        Vote(0, (0, 1), "first", 0), Vote(0, (0, 2), "first", 2), Vote(0, (1, 2), "tie", 1),
        Vote(1, (0, 1), "second", 1), Vote(1, (0, 2), "first", 0),
    ]  # fmt: skip
    assert table(3, votes) == ([[0, 1, 2], [1, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 1], [0, 1, 0]])
    shares = [(row["take"], row["share"]) for row in own_order(3, votes[:3])]
    assert shares == [(0, 1.0), (1, 0.25), (2, 0.25)]
    agreement = {str(row["pair"]): row["agreement"] for row in agreement_on([(0, 1), (0, 2), (1, 2)], votes)}
    assert agreement == {"[0, 1]": 0.0, "[0, 2]": 1.0, "[1, 2]": None}
    assert parts(3, {(0, 1), (0, 2), (1, 2), (2, 1)}) == [[0], [1, 2]]
