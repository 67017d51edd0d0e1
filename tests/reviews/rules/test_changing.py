"""What kind of change lies between two texts: a suggestion, its grounds, and figures."""

import time

import pytest

from reviews.rules import aligning, passages
from reviews.rules.changing import LONGEST_COMPARED, Marked, compare
from reviews.rules.noise import readable
from sorahub.lib.word_differences import ADDED, REMOVED, SAME, Piece

pytestmark = pytest.mark.core

PAD = "\n".join(f"9.{number} Words of paragraph {number} say how the service is run." for number in range(1, 41))
CASES = [
    ("noise", "same-words", "See [policy](/a).", "See **[policy](/b)**."),
    ("material", "negation", "You may use the output.", "You may not use the output."),
    ("material", "negation", "Any lawful use.", "Any unlawful use."),
    ("material", "negation", "We will claim it.", "We won't claim it."),
    ("material", "modal", "You must keep the mark.", "You may keep the mark."),
    ("material", "modal", "Users shall pay.", "Users pay."),
    ("material", "limit", "Use it for film.", "Use it only for film."),
    ("material", "limit", "A licence to use it.", "An exclusive licence to use it."),
    ("material", "money", "The fee is $10.", "The fee is $12."),
    ("material", "money", "The fee is 10 EUR.", "The fee is 10 USD."),
    ("material", "number", "Within 30 hours.", "Within 3.0 hours."),
    ("material", "number", "Notice of thirty hours.", "Notice of sixty hours."),
    ("material", "date", "From January on.", "From March on."),
    ("material", "date", "Within 30 hours.", "Within 30 days."),
    ("material", "party", "The licensor pays.", "The licensee pays."),
    ("cosmetic", "punctuation", "advertising, film and print", "advertising, film, and print"),
    ("cosmetic", "punctuation", "the output", "the Output"),
    ("cosmetic", "punctuation", "a non binding word", "a non binding word."),
    ("cosmetic", "punctuation", "co-operate with us", "cooperate with us"),
    ("cosmetic", "slip", "We recieve your words.", "We receive your words."),
    ("cosmetic", "link", "See [Usage Policy](/a).", "See [Usage Policies](/a)."),
    ("cosmetic", "heading-moved", "# Payment\n# Delivery\nWords about it come here.", "# Delivery\n# Payment\nWords about it come here."),
    ("unsure", "words", "We look after it with love.", "We look after it with diligence."),
    ("unsure", "words", "We look after it well.", "We look after it well and often."),
    ("unsure", "numbering", "7. Payment comes here", "8. Payment comes here"),
    ("unsure", "moved", "We say this first.\nThen we say that.", "Then we say that.\nWe say this first."),
]  # fmt: skip
ELSEWHERE = [
    ("de", "material", "Sie dürfen es nutzen.", "Sie dürfen es nicht nutzen."),
    ("de", "unsure", "Wir empfangen Ihre Worte.", "Wir empfagen Ihre Worte."),
    ("de-AT", "cosmetic", "Werbung, Film", "Werbung, Film."),
    ("zh", "material", "您可以使用输出。", "您不可以使用输出。"),
    ("zh-CN", "material", "费用为10元。", "费用为12元。"),
    ("zh", "unsure", "您可以使用输出内容。", "您可以使用输出文本。"),
    ("ja", "unsure", "出力を利用できます。", "出力を使用できます。"),
    ("xx", "unsure", "Mbali lo receive.", "Mbali lo recieve."),
    ("", "material", "Fee: 10", "Fee: 12"),
]


@pytest.mark.parametrize(("suggestion", "code", "old", "new"), CASES)
def test_the_filter_suggests_and_says_why(suggestion: str, code: str, old: str, new: str) -> None:
    found = compare(f"{PAD}\n{old}\n{PAD}", f"{PAD}\n{new}\n{PAD}")
    assert (found.suggestion, code in [each["code"] for each in found.grounds]) == (suggestion, True), found
    back = compare(f"{PAD}\n{new}\n{PAD}", f"{PAD}\n{old}\n{PAD}")
    assert back.suggestion == suggestion, back


@pytest.mark.parametrize(("language", "suggestion", "old", "new"), ELSEWHERE)
def test_other_languages_lean_to_unsure(language: str, suggestion: str, old: str, new: str) -> None:
    assert compare(f"{PAD}\n{old}", f"{PAD}\n{new}", language=language).suggestion == suggestion


@pytest.mark.parametrize(
    ("topic", "suggestion"), [("ownership", "material"), ("beta", "material"), ("other", "unsure")]
)
def test_a_marked_clause_weighs_by_its_topic(topic: str, suggestion: str) -> None:
    marked = [Marked("We look after it with love.", topic), Marked("9.1 Words of paragraph 1", "ownership")]
    found = compare(f"We look after it with love.\n{PAD}", f"We look after it with lovee.\n{PAD}", clauses=marked)
    assert (found.suggestion, found.figures["clauses"]) == (suggestion, 1)


def test_a_clause_whose_link_alone_changed_is_not_touched() -> None:
    marked = [Marked("You own [output](/a).", "ownership")]
    assert (
        compare(f"You own [output](/a).\n{PAD}", f"You own [output](/b).\n{PAD}", clauses=marked).suggestion == "noise"
    )


def test_much_is_material() -> None:
    found = compare("\n".join(["Alpha beta gamma"] * 9), "\n".join(["Delta epsilon zeta"] * 9))
    assert (found.suggestion, next(each for each in found.grounds if each["code"] == "share")["words"]) == (
        "material",
        ["100 %"],
    )


def test_figures_count_words_and_places() -> None:
    found = compare(f"One two.\n{PAD}\nThree.", f"One green two.\n{PAD}\nThree yellow ones.")
    assert found.figures == {"added": 4, "removed": 1, "places": 2, "clauses": 0}


def test_examples_are_few_and_counted() -> None:
    old = "\n".join(f"{PAD}\nWe like thing{number}." for number in range(9))
    found = compare(old, old.replace("like", "cherish"))
    assert [(each["code"], each["words"], each["times"]) for each in found.grounds] == [
        ("words", ["like → cherish"], 9)
    ]


def test_noise_of_the_source_is_no_change() -> None:
    assert (
        compare(f"Sale: 20 % off\n{PAD}", f"Sale: 30 % off\n{PAD}", noise=readable(["Sale: .+ off"])).suggestion
        == "noise"
    )


def test_the_same_texts_give_the_same_answer() -> None:
    old, new = f"{PAD}\nWe like it, you may too.", f"{PAD}\nWe love it; you must too."
    assert len({repr(compare(old, new)) for _ in range(5)}) == 1


def test_texts_of_any_length_are_compared_in_bounded_time() -> None:
    old = "\n".join(f"{number} alpha beta gamma delta" for number in range(20_000))
    new = "\n".join(f"{number} epsilon zeta eta theta" for number in range(20_000))
    began = time.perf_counter()
    assert compare(old, new).suggestion == "material"
    assert compare("a " * LONGEST_COMPARED, "b").grounds[0]["code"] == "too-long"
    assert time.perf_counter() - began < 20


def test_texts_are_aligned_line_by_line_and_then_word_by_word() -> None:
    found = aligning.aligned(["A", "You own it.", "Z"], ["A", "You may own it.", "New.", "Z"])
    assert [stretch.lines for stretch in found] == [("A",), (), ("Z",)]
    assert found[1].pieces == (
        Piece(SAME, "You "), Piece(ADDED, "may "), Piece(SAME, "own it."), Piece(ADDED, "\nNew."),
    )  # fmt: skip
    assert "".join(piece.text for piece in found[1].later) == "You may own it.\nNew."
    assert "".join(piece.text for piece in found[1].earlier).strip() == "You own it."


def test_each_chinese_character_is_a_word() -> None:
    assert aligning.between("您可以使用", "您不可以使用") == (
        Piece(SAME, "您"),
        Piece(ADDED, "不"),
        Piece(SAME, "可以使用"),
    )
    assert aligning.between("One", "") == (Piece(REMOVED, "One"),)


@pytest.mark.parametrize(
    ("after", "kind", "found"),
    [
        ("New.\n{0}", "carried", "You own the [output](/a) that you make."),
        ("New.\nYou own the [output](/b?c=9) that you make.", "carried", "You own the [output](/b?c=9) that you make."),
        (
            "New.\nYou own the **[output](/a)** that you make.\nMore.",
            "carried",
            "You own the **[output](/a)** that you make.",
        ),
        (
            "New.\nYou may use the [output](/a) that you make.\nMore.",
            "changed",
            "You may use the [output](/a) that you make.",
        ),
        ("Words about something else altogether.", "gone", ""),
        ("{1}\n{0}\n{1}\n{0}\n{1}", "ambiguous", "You own the [output](/a) that you make."),
        ("{1}\n{0}\n{1}\nBefore it.\n{0}\nAfter it.", "carried", "You own the [output](/a) that you make."),
    ],
)
def test_what_became_of_a_passage(after: str, kind: str, found: str) -> None:
    quote = "You own the [output](/a) that you make."
    before = f"Before it.\n{quote}\nAfter it."
    start = before.index(quote)
    text = after.format(quote, PAD)
    trace = passages.trace(before, start, start + len(quote), text)
    assert (trace.kind, text[trace.start or 0 : trace.end or 0]) == (kind, found)


def test_a_passage_is_found_by_code_points() -> None:
    before, after = "🎬🎬 You own it.", "🎬🎬🎬🎬 You own it."
    trace = passages.trace(before, 3, 14, after)
    assert (trace.kind, trace.start, trace.end) == ("carried", 5, 16)
