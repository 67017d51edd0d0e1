"""The words of a text as search knows them: folded, cut, and found again in what a person reads.

One rule for every language, without word stems: prompts and notes mix languages, and a stem of the wrong one hides what
somebody wrote. Case and accents do not matter (Müller is muller, Ｃａｆé is cafe). Scripts that are written without spaces
(Chinese, Japanese, Thai …), and Korean, whose endings stick to the words, are cut into single characters, and what is
looked for in them must stand in that order. ``reviews/actions/searching/postgresql.py`` says the same in SQL.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass

LONGEST = 400_000
"""Characters of a text that are searched; terms are far shorter."""
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
"""Ranges of characters that are words of their own."""
SPELT_OUT = {"ß": "ss", "æ": "ae", "œ": "oe"}
PLAIN = ("øłđðı", "olddi")
"""Letters that no normal form takes apart, and what they count as."""
SNIPPET, BEFORE = 240, 60
MOST_MARKED = 60

_ACCENTS = re.compile("[\u0300-\u036f]+")
_ALONE = re.compile(f"([{UNSPACED}])")
_BETWEEN = re.compile(r"[\W_]+")
_PIECES = re.compile(f"[{UNSPACED}][\u3099\u309a]?|[^\\W_{UNSPACED}](?:[\u0300-\u036f]|[^\\W_{UNSPACED}])*")
_PLAIN = str.maketrans({**SPELT_OUT, **dict(zip(*PLAIN, strict=True))})
RULES = ("1", str(LONGEST), UNSPACED, str(SPELT_OUT), *PLAIN, _ACCENTS.pattern, _BETWEEN.pattern)
"""What ``words`` goes by. An index of words is written anew when it changes: raise the number for a change that the rest does not tell."""


@dataclass(frozen=True)
class Group:
    """Words that stand in this order; ``begun``: the last one may go on."""

    words: tuple[str, ...]
    begun: bool = False


@dataclass(frozen=True)
class Piece:
    """A part of a text as it is shown; ``hit`` where it is what was looked for."""

    text: str
    hit: bool


def words(text: str) -> str:
    """Return a text's words, folded, with one space between them."""
    said = text[:LONGEST]
    if not said.isascii():
        said = _ACCENTS.sub("", unicodedata.normalize("NFKD", said))
        said = unicodedata.normalize("NFC", said.lower()).translate(_PLAIN)
        said = _ALONE.sub(r" \1 ", said)
    return _BETWEEN.sub(" ", said.lower()).strip()


def snippet(text: str, groups: Collection[Group], *, whole: bool = False) -> list[Piece]:
    """Return the passage of a text round the first thing that was looked for, in pieces; ``whole``: all of a short text."""
    hits: list[tuple[int, int]] = []
    start = 0
    end = len(text) if whole else SNIPPET
    for begin, stop in _hits(text[:LONGEST], groups):
        if not hits and not whole and begin > BEFORE:
            start = _word_start(text, begin - BEFORE)
            end = start + SNIPPET
        if begin > end or len(hits) == MOST_MARKED:
            break
        hits.append((begin, min(stop, end)))
    end = min(len(text), end) if end >= len(text) else max(text.rfind(" ", end - 30, end), end - 30)
    return list(_pieces(text, start, end, hits))


def _pieces(text: str, start: int, end: int, hits: list[tuple[int, int]]) -> Iterator[Piece]:
    at = start
    if start:
        yield Piece("… ", hit=False)
    for begin, stop in hits:
        if stop <= at:
            continue
        if begin > at:
            yield Piece(text[at:begin], hit=False)
        yield Piece(text[max(begin, at) : stop], hit=True)
        at = stop
    rest = text[at:end] + (" …" if end < len(text) else "")
    if rest:
        yield Piece(rest, hit=False)


def _hits(text: str, groups: Collection[Group]) -> Iterator[tuple[int, int]]:
    """Yield where one of the groups stands, in the order of their ends."""
    longest = max((len(group.words) for group in groups), default=0)
    recent: deque[tuple[str, int, int]] = deque(maxlen=longest)
    for match in _PIECES.finditer(text) if groups else ():
        for word in words(match[0]).split():
            recent.append((word, match.start(), match.end()))
            fitting = [group for group in groups if _ends_with(recent, group)]
            if fitting:
                yield recent[-max(len(group.words) for group in fitting)][1], match.end()


def _ends_with(recent: "deque[tuple[str, int, int]]", group: Group) -> bool:
    many = len(group.words)
    if len(recent) < many:
        return False
    *before, last = (recent[at - many][0] for at in range(many))
    *wanted, ending = group.words
    return before == wanted and (last.startswith(ending) if group.begun else last == ending)


def _word_start(text: str, at: int) -> int:
    """The beginning of the next word from here on, if it is near."""
    space = text.find(" ", at, at + 30)
    return at if space < 0 else space + 1
