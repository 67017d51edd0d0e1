"""A note's words as mails, labels and plain formats show them."""

import pytest

from reviews.rules.plain_words import plain_words

pytestmark = pytest.mark.core
BOB = "0192f0c1-2222-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("Horizon tilts.", "Horizon tilts."),
        ("a **bold** *word* and `code` \\*kept\\*", "a bold word and code *kept*"),
        ("one\ntwo\n\nthree", "one\ntwo\nthree"),
        ("- warm\n- **dark**\n\nEnd", "- warm\n- dark\nEnd"),
        ("3. x\n4. y", "3. x\n4. y"),
        ("> quoted\n\nsaid", "quoted\nsaid"),
        ("[the brief](https://a.b/c) or <x>", "the brief (https://a.b/c) or <x>"),
        ("[https://a.b](https://a.b)", "https://a.b"),
        (f"@[Bob](person:{BOB}) **look**", "@Bob look"),
        ("# no heading\n\n---\nsnake_case & <b>", "# no heading\n---\nsnake_case & <b>"),
        ("5 * 4 ** 2", "5 * 4 ** 2"),
        ("", ""),
    ],
)
def test_signs_of_markdown_are_left_out_and_nothing_else(words: str, read: str) -> None:
    assert plain_words(words) == read


def test_a_long_note_is_read_whole() -> None:
    assert plain_words("**word** " * 1_000) == ("word " * 1_000).strip()
