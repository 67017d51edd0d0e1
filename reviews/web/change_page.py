"""What a page about one change shows: the differences, word by word and clause by clause."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from reviews.models import Clause, ClauseFlag, TermsChange
from reviews.rules import aligning, noise, normalising
from reviews.rules.aligning import Stretch
from reviews.rules.changing import LONGEST_COMPARED
from sorahub.lib.word_differences import SAME, Piece

NEAR = 2


@dataclass(frozen=True)
class Part:
    """A stretch of the two texts: differing, with its number; or the same, of which ``folded`` lines are put away."""

    number: int = 0
    pieces: tuple[Piece, ...] = ()
    earlier: tuple[Piece, ...] = ()
    later: tuple[Piece, ...] = ()
    head: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fate:
    """What became of a marked clause."""

    clause: Clause
    state: str
    words: str
    pieces: tuple[Piece, ...] = ()
    flag: ClauseFlag | None = None
    successor: Clause | None = None


@dataclass(frozen=True)
class Differences:
    """Both texts in parts; ``too_long`` where they are not compared."""

    parts: list[Part]
    number: int
    too_long: bool = False


def differences(change: TermsChange) -> Differences:
    """Return the two texts side by side, as the filter reads them."""
    before, after = change.before.text, change.after.text
    if max(len(before), len(after)) > LONGEST_COMPARED:
        return Differences([], 0, too_long=True)
    left_out = noise.readable(change.after.source.noise)
    stretches = aligning.aligned(normalising.lines(before, left_out), normalising.lines(after, left_out))
    parts = list(_parts(stretches))
    return Differences(parts, sum(bool(part.number) for part in parts))


def fates(change: TermsChange) -> list[Fate]:
    """Return what became of each clause that is marked in the earlier version; those that a person must look at first."""
    marked = list(change.before.clauses.order_by("start"))
    carried = {one.carried_from_id: one for one in change.after.clauses.filter(carried_from__in=marked)}
    flags = {
        flag.clause_id: flag for flag in change.after.clause_flags.select_related("successor", "settled_by__person")
    }
    found = [_fate(change, clause, carried.get(clause.pk), flags.get(clause.pk)) for clause in marked]
    return sorted(found, key=lambda fate: ("open", "settled", "untold", "carried").index(fate.state))


def near(flag: ClauseFlag) -> str:
    """Return the most alike passage of the later version; empty when there is none."""
    if flag.near_start is None or flag.near_end is None:
        return ""
    return flag.version.text[flag.near_start : flag.near_end]


def _parts(stretches: Sequence[Stretch]) -> Iterator[Part]:
    number = 0
    for place, stretch in enumerate(stretches):
        if stretch.same:
            yield _folded(stretch.lines, first=place == 0, last=place == len(stretches) - 1)
        elif all(piece.kind == SAME for piece in stretch.pieces):
            yield Part(head=tuple("".join(piece.text for piece in stretch.pieces).split("\n")))
        else:
            number += 1
            yield Part(number, stretch.pieces, tuple(stretch.earlier), tuple(stretch.later))


def _folded(lines: tuple[str, ...], *, first: bool, last: bool) -> Part:
    """Keep the lines beside a difference in sight."""
    head, tail = (0 if first else NEAR), (0 if last else NEAR)
    if len(lines) <= head + tail + 1:
        return Part(head=lines)
    return Part(head=lines[:head], folded=lines[head : len(lines) - tail], tail=lines[len(lines) - tail :])


def _fate(change: TermsChange, clause: Clause, carried: Clause | None, flag: ClauseFlag | None) -> Fate:
    if flag is None:
        state, words = ("carried", "stands there as it was") if carried else ("untold", "was not looked for")
        return Fate(clause, state, words, successor=carried)
    flag.version = change.after
    open_flag = Fate(clause, "open", flag.get_kind_display().lower(), flag=flag)
    if flag.settled_at is None:
        return replace(open_flag, pieces=aligning.between(clause.quote, near(flag)) if near(flag) else ())
    settled = replace(open_flag, state="settled", successor=flag.successor)
    if flag.successor is None:
        return replace(settled, words="is gone")
    return replace(settled, words="was replaced", pieces=aligning.between(clause.quote, flag.successor.quote))
