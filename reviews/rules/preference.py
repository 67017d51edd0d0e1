"""Comparing takes two by two: which pairs are made, in which order and on which side each judge sees them, and what stands.

Everything is drawn from a stored seed, so that it can be drawn again. Takes are places from 0; a pair names the lower first.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations, pairwise
from random import Random
from typing import NamedTuple

Pair = tuple[int, int]
SHUFFLES = 40


class Showing(NamedTuple):
    """A pair as one judge sees it: which take is on the left."""

    pair: Pair
    left: int


class Vote(NamedTuple):
    """What stands of a judge about a pair: ``said`` is "first", "second" or "tie"; ``left`` the take that was on the left."""

    judge: int
    pair: Pair
    said: str
    left: int


def pairs_of(takes: int, each: int | None, seed: int) -> list[Pair]:
    """Return the pairs in which takes meet: all of them, or so many that every take meets ``each`` others, one perhaps one more.

    The design is a ring through all takes in an order drawn by lot, with further rings beside it: every take is linked to
    every other by a chain of comparisons (a circulant graph that holds its own cycle is connected), so that one scale fits all.
    ``each`` below 2 counts as 2.
    """
    if each is None or each >= takes - 1:
        return list(combinations(range(takes), 2))
    rng = Random(f"pairs:{seed}")  # noqa: S311 - a design that can be drawn again, not a secret
    places = list(range(takes))
    rng.shuffle(places)
    return sorted({_pair(places[one], places[other]) for one, other in _rings(takes, max(2, each), rng)})


def _rings(takes: int, each: int, rng: Random) -> list[Pair]:
    """Edges of a ring of rings: place i is joined to i + step for each step; half a ring more where ``each`` is odd."""
    half, odd = takes // 2, each % 2
    free = list(range(2, half if odd or takes % 2 == 0 else half + 1))
    steps = [1, *rng.sample(free, each // 2 - 1)]
    edges = [(place, (place + step) % takes) for step in steps for place in range(takes)]
    if odd:
        edges += [(place, place + half) for place in range(half)]
    if odd and takes % 2:
        edges.append((takes - 1, half - 1))
    return edges


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def order_for(pairs: Sequence[Pair], seed: int, judge: int) -> list[Showing]:
    """Return the pairs in one judge's own order, each with its left take.

    Consecutive pairs share no take where that can be had, and every take is on the left as often as on the right, or once
    more or less often where pairs do not come out even.
    """
    rng = Random(f"judge:{seed}:{judge}")  # noqa: S311 - the same
    order = _spread(pairs, rng)
    for _ in range(SHUFFLES):
        if not meetings(order):
            break
        order = min(order, _spread(pairs, rng), key=meetings)
    return _sided(order, rng)


def meetings(order: Sequence[Pair]) -> int:
    """Count how often a pair holds a take that the pair before it held."""
    return sum(bool({*one} & {*other}) for one, other in pairwise(order))


def _spread(pairs: Sequence[Pair], rng: Random) -> list[Pair]:
    left = list(pairs)
    rng.shuffle(left)
    order: list[Pair] = []
    to_come = Counter(take for pair in pairs for take in pair)
    while left:
        last = {*order[-1]} if order else set()
        apart = [pair for pair in left if not last & {*pair}] or left
        chosen = max(apart, key=lambda pair: to_come[pair[0]] + to_come[pair[1]])
        left.remove(chosen)
        to_come.subtract(chosen)
        order.append(chosen)
    return order


def _sided(order: Sequence[Pair], rng: Random) -> list[Showing]:
    """Walk each trail of the pairs, as on an Euler tour, always from left to right: whoever is entered is left again."""
    links: dict[int, set[int]] = {}
    for one, other in order:
        links.setdefault(one, set()).add(other)
        links.setdefault(other, set()).add(one)
    left_of: dict[Pair, int] = {}
    # Trails begin where an odd number of pairs ends; what is left then are closed rounds.
    for start in sorted(links, key=lambda take: (len(links[take]) % 2 == 0, rng.random())):
        _walk(start, links, left_of, rng)
    flipped = rng.random() < 0.5
    return [Showing(pair, pair[left_of[pair] == pair[0]] if flipped else left_of[pair]) for pair in order]


def _walk(start: int, links: dict[int, set[int]], left_of: dict[Pair, int], rng: Random) -> None:
    """Walk from take to take until none is left to go to, each step from the left take to the right one.

    A trail that begins where an even number ends comes back to where it began; one begun elsewhere ends elsewhere.
    """
    at = start
    while links[at]:
        after = rng.choice(sorted(links[at]))
        links[at].discard(after)
        links[after].discard(at)
        left_of[_pair(at, after)] = at
        at = after


def table(takes: int, votes: Iterable[Vote]) -> tuple[list[list[int]], list[list[int]]]:
    """Return how often each take (row) won against each other (column), and how often they were tied."""
    wins = [[0] * takes for _ in range(takes)]
    ties = [[0] * takes for _ in range(takes)]
    for vote in votes:
        first, second = vote.pair
        if vote.said == "tie":
            ties[first][second] += 1
            ties[second][first] += 1
        elif vote.said == "first":
            wins[first][second] += 1
        else:
            wins[second][first] += 1
    return wins, ties


def parts(takes: int, beats: Collection[Pair]) -> list[list[int]]:
    """Return the sets of takes that lead to each other along ``beats`` (winner, loser): one set if all do.

    A single set is what a finite maximum of the likelihood needs (Ford 1957): however the takes are split in two, somebody
    of either half has won against somebody of the other.
    """
    reach = [[one == other or (one, other) in beats for other in range(takes)] for one in range(takes)]
    for through in range(takes):
        for one in range(takes):
            if reach[one][through]:
                reach[one] = [known or further for known, further in zip(reach[one], reach[through], strict=True)]
    found: list[list[int]] = []
    for take in range(takes):
        home = next((part for part in found if reach[part[0]][take] and reach[take][part[0]]), None)
        if home is None:
            found.append([take])
        else:
            home.append(take)
    return found


def own_order(takes: int, votes: Sequence[Vote]) -> list[dict[str, float | int]]:
    """Return one judge's takes, best first, by the share of their comparisons that they won (a tie is half); unseen ones are left out."""
    points, met = Counter[int](), Counter[int]()
    for vote in votes:
        for take in vote.pair:
            met[take] += 1
            points[take] += {"tie": 1, "first": 2 * (take == vote.pair[0])}.get(vote.said, 2 * (take == vote.pair[1]))
    shares = [
        {"take": take, "met": met[take], "share": points[take] / 2 / met[take]} for take in range(takes) if met[take]
    ]
    return sorted(shares, key=lambda row: (-row["share"], row["take"]))


def agreement_on(pairs: Sequence[Pair], votes: Iterable[Vote]) -> list[dict[str, object]]:
    """Return for each pair what was said, and the share of couples of judges who said the same; None below two judges."""
    said: dict[Pair, Counter[str]] = {pair: Counter() for pair in pairs}
    for vote in votes:
        said[vote.pair][vote.said] += 1
    return [{"pair": list(pair), **_told(counts)} for pair, counts in said.items()]


def _told(counts: Counter[str]) -> dict[str, object]:
    judges = counts.total()
    couples = judges * (judges - 1) // 2
    same = sum(number * (number - 1) // 2 for number in counts.values())
    words = {name: counts[name] for name in ("first", "tie", "second")}
    return {**words, "agreement": same / couples if couples else None}
