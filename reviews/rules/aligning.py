"""Two texts side by side: which lines stayed, and word by word what came and went in the others. Pure and deterministic.

Lines are aligned first and words only inside the lines that differ, so that the work stays small for long texts. Where a
stretch is too long even for that, it is shown as taken out and put in whole.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from diff_match_patch import diff_match_patch
from rapidfuzz.distance import Indel

from reviews.rules.normalising import CJK
from sorahub.lib.word_differences import ADDED, REMOVED, SAME, Piece

MOST_CELLS = 40_000_000
_FIRST_LETTER = 0x10000  # above the surrogates: one letter stands for one word
_WORD = re.compile(rf"(?:[{CJK}]|[^\s{CJK}]+)[^\S\n]*|\n+")


@dataclass(frozen=True)
class Stretch:
    """Lines that both texts have, or lines that differ with the words that came and went; ``lines`` is empty for these."""

    lines: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()

    @property
    def same(self) -> bool:
        """Whether both texts have these lines."""
        return bool(self.lines)

    @property
    def earlier(self) -> list[Piece]:
        """What the earlier text has here."""
        return [piece for piece in self.pieces if piece.kind != ADDED]

    @property
    def later(self) -> list[Piece]:
        """What the later text has here."""
        return [piece for piece in self.pieces if piece.kind != REMOVED]


def aligned(before: Sequence[str], after: Sequence[str]) -> list[Stretch]:
    """Return both texts as stretches, in order; the texts are given as their lines."""
    return list(_stretches(before, after))


def words_of(text: str) -> list[str]:
    """Return the words, each with the white space that follows it; each Chinese, Japanese or Korean character is one."""
    return _WORD.findall(text)


@lru_cache(maxsize=8)
def between(before: str, after: str) -> tuple[Piece, ...]:
    """Return what differs between two passages, word by word; white space alone is no difference."""
    old, new = words_of(before), words_of(after)
    if len(old) * len(new) > MOST_CELLS:
        return tuple(piece for piece in (Piece(REMOVED, before), Piece(ADDED, after)) if piece.text)
    letters: dict[str, str] = {}
    left, right = _as_letters(old, letters), _as_letters(new, letters)
    return tuple(_pieces(_readable(left, right), old, new))


def _stretches(before: Sequence[str], after: Sequence[str]) -> Iterator[Stretch]:
    for same, old, new in _blocks(before, after):
        if same:
            yield Stretch(lines=tuple(new))
        else:
            yield Stretch(pieces=between("\n".join(old), "\n".join(new)))


def _blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    if start:
        yield True, before[:start], after[:start]
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if len(old) * len(new) > MOST_CELLS:
        yield False, old, new
    elif old or new:
        yield from _gathered(old, new)
    if end:
        yield True, before[len(before) - end :], after[len(after) - end :]


def _gathered(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Lines that go and lines that come at one place belong together."""
    at_old = at_new = 0
    for step in Indel.opcodes(old, new):
        if step.tag != "equal":
            continue
        if step.src_start > at_old or step.dest_start > at_new:
            yield False, old[at_old : step.src_start], new[at_new : step.dest_start]
        yield True, old[step.src_start : step.src_end], new[step.dest_start : step.dest_end]
        at_old, at_new = step.src_end, step.dest_end
    if at_old < len(old) or at_new < len(new):
        yield False, old[at_old:], new[at_new:]


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many lines are the same from the beginning."""
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if mine != theirs:
            return place
    return min(len(one), len(other))


def _as_letters(words: Sequence[str], letters: dict[str, str]) -> str:
    return "".join(letters.setdefault(word.strip(" \t"), chr(_FIRST_LETTER + len(letters))) for word in words)


def _readable(left: str, right: str) -> list[tuple[int, str]]:
    """Return the differences of two words of letters, chance likenesses between two of them taken in."""
    steps: list[tuple[int, str]] = []
    for step in Indel.opcodes(left, right):
        if step.tag == "equal":
            steps.append((0, left[step.src_start : step.src_end]))
            continue
        steps += [(-1, left[step.src_start : step.src_end])] if step.src_end > step.src_start else []
        steps += [(1, right[step.dest_start : step.dest_end])] if step.dest_end > step.dest_start else []
    tidy = diff_match_patch()
    tidy.diff_cleanupSemantic(steps)
    tidy.diff_cleanupMerge(steps)  # what went stands before what came
    return steps


def _pieces(steps: Sequence[tuple[int, str]], old: list[str], new: list[str]) -> Iterator[Piece]:
    at_old = at_new = 0
    for way, letters in steps:
        much = len(letters)
        if way < 0:
            yield Piece(REMOVED, "".join(old[at_old : at_old + much]))
        else:
            yield Piece(SAME if way == 0 else ADDED, "".join(new[at_new : at_new + much]))
        at_old += much if way <= 0 else 0
        at_new += much if way >= 0 else 0
