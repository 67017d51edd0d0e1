"""Words of any script: shown when a font has them, written out when none has, hidden never."""

import pytest

from reviews.evidence import lettering


def ascii_and_wang(text: str) -> bool:
    """A font with Latin letters and one Chinese character."""
    return all(character.isascii() or character == "王" for character in text)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Lena Müller", "Lena Müller"),
        ("王", "王"),
        ("王明", "王[U+660E]"),
        ("A\u202egnp.exe", "A[U+202E]gnp.exe"),
        ("zero\u200bwidth", "zero[U+200B]width"),
        ("bell\x07", "bell[U+0007]"),
        ("two\nlines", "two\nlines"),
        ("e\u20e3!", "[U+0065 U+20E3]!"),
        ("👩\u200d🚀", "[U+1F469 U+200D U+1F680]"),
        ("tag\U000e0041", "tag[U+E0041]"),
    ],
)
def test_what_a_reader_sees(given: str, shown: str) -> None:
    assert lettering.legible({"text": [given, {"deep": given}]}, ascii_and_wang) == {"text": [shown, {"deep": shown}]}


def test_numbers_and_flags_stay_what_they_are() -> None:
    page = {"pages": 2, "mono": True, "none": None}
    assert lettering.legible(page, ascii_and_wang) == page


def test_the_font_is_asked_once_when_it_has_everything() -> None:
    asked: list[str] = []

    def everything(text: str) -> bool:
        asked.append(text)
        return True

    assert lettering.legible({"text": "Жизнь"}, everything) == {"text": "Жизнь"}
    assert asked == [" ".join(sorted("Жизнь"))]


def test_the_font_is_asked_a_bounded_number_of_times_and_doubt_is_written_out() -> None:
    asked: list[str] = []

    def nothing(text: str) -> bool:
        asked.append(text)
        return False

    text = "".join(map(chr, range(0x4E00, 0x4E00 + 1000)))
    page = lettering.legible({"text": text}, nothing)
    assert page == {"text": "".join(f"[U+{ord(character):04X}]" for character in text)}
    assert len(asked) == lettering.MOST_TRIALS
