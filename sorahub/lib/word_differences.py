"""What differs between two texts, word by word. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, ADDED, REMOVED = "same", "added", "removed"
MOST_WORDS = 1_500
_WORD = re.compile(r"\S+\s*")


@dataclass(frozen=True)
class Piece:
    """A run of words, with the white space after each, that both texts have, or only the later, or only the earlier one."""

    kind: str
    text: str


def between(before: str, after: str) -> list[Piece]:
    """Return the later text in pieces, with what it lost in the places where that stood.

    White space never counts as a difference. Texts of more than MOST_WORDS words are compared as wholes: comparing costs
    the product of their lengths.
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    if [word.strip() for word in old] == [word.strip() for word in new]:
        return [Piece(SAME, after)] if after else []
    if max(len(old), len(new)) > MOST_WORDS:
        return [piece for piece in (Piece(REMOVED, before), Piece(ADDED, after)) if piece.text]
    return list(_pieces(old, new))


def same(pieces: list[Piece]) -> bool:
    """Say whether the two texts of which these are the pieces have the same words."""
    return all(piece.kind == SAME for piece in pieces)


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    matcher = SequenceMatcher(None, [word.strip() for word in old], [word.strip() for word in new], autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        lost, gained = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        if tag == "equal":
            yield Piece(SAME, gained)
            continue
        if lost:
            yield Piece(REMOVED, lost)
        if gained:
            yield Piece(ADDED, gained)
