"""The words of a text, and what is no change of them."""

import time

import pytest

from reviews.rules import noise, normalising
from sorahub.lib.errors import InvalidInput

pytestmark = pytest.mark.core

SAME = [
    ("a link's target", "Read [our policy](https://a.example/1).", "Read [our policy](https://a.example/2?session=(9) \"Policy\")."),
    ("a picture in a link", "[![Logo](/a.png)](/home) Terms", "[![Logo](/b.png?v=2)](/start) Terms"),
    ("a link that became words", "Read [our policy](/policy).", "Read our policy."),
    ("a link's address at the end", "Terms\n\n[1]: https://a.example/1", "Terms\n\n[1]: https://a.example/2"),
    ("zero-width characters", "You own\u200b the out\u00adput.\ufeff", "You own the output."),
    ("forms of Unicode", "caf\u00e9 ﬁle", "cafe\u0301 file"),
    ("quotes and dashes", "“You’re free” – or not — to go…", "\"You're free\" - or not - to go..."),
    ("kinds of spaces", "30\u00a0days\u2009later", "30 days later"),
    ("full-width forms", "费用（月）：１０", "费用(月):10"),
    ("Markdown's marks", "# Terms\n\n* You **own** the _output_.\n> `Really`", "Terms\nYou own the output.\nReally"),
    ("escaped marks", "1\\. You own it\\!", "1. You own it!"),
    ("rules and tables", "A\n\n- - -\n\n| B | C |\n|---|:-:|\n| D | E |", "A\nB C\nD E"),
    ("tags and comments", "You<br/>own <a name=\"x\"></a>it.<!-- 17 -->", "You own it."),
    ("anchors of headings", "## Output {#output-2}", "Output ¶"),
    ("where lines break", "You own\nthe output.\n\n\nAll of it.", "You own the output.\nAll of it."),
    ("spaces beside Chinese", "第 1 条 您 拥有 output 。", "第1条您拥有output。"),
    ("days ago", "Updated 3 days ago\nYou own it.", "Updated over a week ago\nYou own it."),
    ("counters of readers", "1,204 views\nYou own it.", "1,377 views\nYou own it."),
    ("days ago in German", "Zuletzt aktualisiert: vor 3 Tagen\nIhnen gehört es.", "vor 12 Stunden\nIhnen gehört es."),
    ("days ago in Chinese", "最后更新于 3 天前\n您拥有它。", "更新于12小时前\n您拥有它。"),
]  # fmt: skip
OTHER = [
    ("a number", "30 days", "14 days"),
    ("a superscript", "10² days", "102 days"),
    ("a word", "You may use it.", "You may not use it."),
    ("case", "the Output", "the output"),
    ("a comma", "advertising, and film", "advertising and film"),
    ("a period within a sentence", "It ends when 30 days have passed.", "It ends when 14 days have passed."),
    ("a period that ends a sentence", "We delete what was made 30 days ago.", "We delete what was made 14 days ago."),
    ("the order", "One.\nTwo.", "Two.\nOne."),
    ("a blank that is filled", "Party: [Name][Date]", "Party: [Name][Time]"),
    ("the name of a link", "[Usage Policy](/a)", "[Usage Policies](/a)"),
    ("minus", "at -5 degrees", "at 5 degrees"),
]


@pytest.mark.parametrize(("one", "other"), [pair[1:] for pair in SAME], ids=[pair[0] for pair in SAME])
def test_what_is_no_change_is_left_out(one: str, other: str) -> None:
    assert normalising.normalised(one) == normalising.normalised(other)
    assert normalising.digest(one) == normalising.digest(other)


@pytest.mark.parametrize(("one", "other"), [pair[1:] for pair in OTHER], ids=[pair[0] for pair in OTHER])
def test_what_may_be_a_change_is_kept(one: str, other: str) -> None:
    assert normalising.normalised(one) != normalising.normalised(other)


def test_normalised_text_is_its_own_normalised_text() -> None:
    for _, one, other in (*SAME, *OTHER):
        for text in (one, other):
            assert normalising.normalised(normalising.normalised(text)) == normalising.normalised(text)


def test_a_sources_own_noise_is_left_out_as_whole_lines() -> None:
    left_out = noise.readable([r"Sale: .+ off", "Share (this|the) page"])
    text = "**Sale: 20 % off**\nShare this page\nShare this page with nobody.\nYou own it."
    assert normalising.lines(text, left_out) == ["Share this page with nobody.", "You own it."]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("(a+)+", "a group may be followed by ? only, not be repeated"),
        ("(a|b){2,9}", "a group may be followed by ? only, not be repeated"),
        (".*a.*b.*c", "too many parts of it may be of any length"),
        ("(a|a)" * 20, "too many parts of it may be of any length"),
        ("(?=a)b", "a group begins with ( or (?: and nothing else"),
        (r"(a)\1", r"\1 is not known here"),
        ("(", "missing ), unterminated subpattern"),
        (".*", "matches an empty line"),
        ("x" * 201, "An expression has 1 to 200 characters"),
        (" ", "An expression has 1 to 200 characters"),
    ],
)
def test_noise_that_could_take_long_or_says_nothing_is_refused_by_name(expression: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        noise.readable(["Fine", expression])
    assert words in caught.value.message
    assert caught.value.fields == {"noise": caught.value.message}


@pytest.mark.parametrize("expressions", ["text", [1], ["a"] * 51, {"a": 1}])
def test_noise_is_a_list_of_expressions(expressions: object) -> None:
    with pytest.raises(InvalidInput):
        noise.readable(expressions)


@pytest.mark.parametrize(
    "expression",
    [r"[^]a]+x", r"[\]a]{2,5}", "a{,3}b", r"\d+ of \d+", "(?:On )?Monday?", r"A\.B", "x{2}", "a*?b", "^End$"],
)
def test_ordinary_expressions_are_taken(expression: str) -> None:
    assert len(noise.readable([expression])) == 1


def test_the_worst_expression_on_the_worst_line_is_quick() -> None:
    left_out = noise.readable([r".*a.*b", r"\d+ \d+"])
    began = time.perf_counter()
    assert not any(noise.is_noise("a" * 300, left_out) for _ in range(20))
    assert time.perf_counter() - began < 2
    assert not noise.is_noise("a" * 301 + "b", left_out)


def test_a_hostile_text_takes_no_longer_than_another() -> None:
    hostile = (
        "[" * 40_000,
        "[a](" * 40_000,
        "<!--" * 40_000,
        "- " * 80_000,
        "* * *" * 30_000 + "x",
        "_" * 100_000,
        "(" * 90_000,
    )
    began = time.perf_counter()
    for text in hostile:
        normalising.normalised(text)
    assert time.perf_counter() - began < 10
