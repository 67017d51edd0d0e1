"""The words of a text as search knows them: folded, cut, and found again in what a person reads.

One rule for every language, without word stems: prompts and notes mix languages, and a stem of the wrong one hides what
somebody wrote. Case and accents do not matter (Müller is muller, Ｃａｆé is cafe). Scripts that are written without spaces
(Chinese, Japanese, Thai …), and Korean, whose endings stick to the words, are cut into single characters, and what is
looked for in them must stand in that order. ``reviews/actions/searching/postgresql.py`` says the same in SQL.
"""

import re
import unicodedata
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


def snippet(text: str, wanted: Collection[str], begun: Collection[str] = ()) -> list[Piece]:
    """Return the passage of a text round the first word that was looked for, in pieces. ``begun``: how a word may begin."""
    hits = list(_hits(text[:LONGEST], frozenset(wanted), tuple(begun)))
    first = hits[0][0] if hits else 0
    start = 0 if first <= BEFORE else _word_start(text, first - BEFORE)
    end = min(len(text), start + SNIPPET)
    pieces = [Piece("… ", hit=False)] if start else []
    at = start
    for begin, stop in hits:
        if begin < at or stop > end:
            continue
        if begin > at:
            pieces.append(Piece(text[at:begin], hit=False))
        pieces.append(Piece(text[begin:stop], hit=True))
        at = stop
    pieces.append(Piece(text[at:end] + (" …" if end < len(text) else ""), hit=False))
    return [piece for piece in pieces if piece.text]


def _hits(text: str, wanted: frozenset[str], begun: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield where words stand that are looked for, neighbouring characters of one script as one hit."""
    found, held = 0, None
    for match in _PIECES.finditer(text) if wanted or begun else ():
        folded = words(match[0])
        if not any(word in wanted or (begun and word.startswith(begun)) for word in folded.split()):
            continue
        if held and held[1] == match.start():
            held = (held[0], match.end())
            continue
        if held:
            yield held
            found += 1
        if found >= MOST_MARKED:
            return
        held = match.span()
    if held:
        yield held


def _word_start(text: str, at: int) -> int:
    """The beginning of the next word from here on, if it is near."""
    space = text.find(" ", at, at + 30)
    return at if space < 0 else space + 1
