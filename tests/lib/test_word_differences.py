"""Words that two texts share, and those of one alone."""

import pytest

from sorahub.lib.word_differences import MOST_WORDS, Piece, between, same


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("", "", []),
        ("A harbour at dawn", "A harbour at dawn", [("same", "A harbour at dawn")]),
        ("A harbour\nat dawn", "A harbour  at dawn", [("same", "A harbour  at dawn")]),
        ("A harbour at dawn", "A harbour at dusk", [("same", "A harbour at "), ("removed", "dawn"), ("added", "dusk")]),
        ("A harbour", "A quiet harbour", [("same", "A "), ("added", "quiet "), ("same", "harbour")]),
        ("A quiet harbour", "A harbour", [("same", "A "), ("removed", "quiet "), ("same", "harbour")]),
        ("", "New", [("added", "New")]),
        ("Old", "", [("removed", "Old")]),
    ],
)
def test_texts_are_told_apart_word_by_word(before: str, after: str, pieces: list[tuple[str, str]]) -> None:
    assert between(before, after) == [Piece(*each) for each in pieces]


def test_the_later_text_is_all_there() -> None:
    before, after = "one two three four five", "zero two three five  six\nseven"
    assert "".join(piece.text for piece in between(before, after) if piece.kind != "removed") == after


def test_very_long_texts_are_compared_as_wholes() -> None:
    before, after = "word " * (MOST_WORDS + 1), "other " * 3
    assert between(before, after) == [Piece("removed", before), Piece("added", after)]
    assert not same(between(before, after))
