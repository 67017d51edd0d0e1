"""What people type becomes a little markup and never a script."""

from uuid import UUID

import nh3
import pytest

from reviews.rules import markdown
from reviews.rules.markdown import mentioned, plain, render, with_names

pytestmark = pytest.mark.core

BOB = "0192f0c1-2222-7000-8000-000000000001"
REL = 'rel="nofollow noopener noreferrer"'


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("Horizon tilts", "<p>Horizon tilts</p>"),
        ("a *b* **c** `<d>`", "<p>a <em>b</em> <strong>c</strong> <code>&lt;d&gt;</code></p>\n"),
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("- x\n- y", "<ul>\n<li>x</li>\n<li>y</li>\n</ul>\n"),
        ("3. x", '<ol start="3">\n<li>x</li>\n</ol>\n'),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>\n"),
        ("[s](https://a.b/?q=1&r=2)", f'<p><a href="https://a.b/?q=1&amp;r=2" {REL}>s</a></p>\n'),
        ("[m](mailto:x@y.z)", f'<p><a href="mailto:x@y.z" {REL}>m</a></p>\n'),
        (f"@[Bob](person:{BOB}) look", '<p><span class="mention">@Bob</span> look</p>\n'),
        ("snake_case_name", "<p>snake_case_name</p>\n"),
        ("# no\n\n---", "<p># no</p>\n<p>---</p>\n"),
        ("<https://a.b> https://a.b", "<p>&lt;https://a.b&gt; https://a.b</p>\n"),
    ],
)
def test_a_little_markdown(words: str, html: str) -> None:
    assert render(words) == html


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](/accounts/logout/)",
        "[x](//evil.example)",
        '[x](https://a.b"onmouseover="alert(1))',
        "![x](https://a.b/pixel.png)",
        f"@[<img src=x onerror=alert(1)>](person:{BOB})",
        f'@["><script>alert(1)</script>](person:{BOB})',
        "`<script>alert(1)</script>`",
        "> <svg onload=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        '<span class="mention" onclick="x">@Ada</span>',
    ],
)
def test_nothing_typed_runs(words: str) -> None:
    html = render(words)
    assert nh3.clean(html, tags={"p", "br", "em", "code", "a", "span", "blockquote"}, attributes={"a": {"href"}, "span": {"class"}},
                     link_rel="nofollow noopener noreferrer", url_schemes={"http", "https", "mailto"}) == html  # fmt: skip
    assert "<script" not in html
    assert "<img" not in html
    assert "<svg" not in html
    assert 'href="java' not in html.lower()
    assert 'href="/' not in html
    assert '<span class="mention" onclick' not in html


def test_plain_words_take_a_short_way_to_the_same_end() -> None:
    for words in ("It's 5 o'clock (really).", "Grade: warmer, 10% - see “left” edge…", "a/b 1.5 $5 €3"):
        assert markdown._PLAIN.fullmatch(words), words
        assert render(words).strip() == markdown._ALLOWED.clean(markdown._MARKDOWN.render(words)).strip().replace(
            "'", "&#x27;"
        )
    for words in ("1. x", "- x", "a\nb", "*a*", "a_b", "<b>", "a & b", "[x]"):
        assert not markdown._PLAIN.fullmatch(words), words


def test_who_is_mentioned_is_read_once_each_and_shown_by_their_real_name() -> None:
    other = BOB[:-1] + "2"
    words = f"@[B.](person:{BOB.upper()}) and @[Eve](person:{other}), again @[Bob](person:{BOB}), not @[x](person:1)"
    assert mentioned(words) == {UUID(BOB): "B.", UUID(other): "Eve"}
    assert plain(words) == "@B. and @Eve, again @Bob, not @[x](person:1)"
    named = with_names(words, {UUID(BOB): "Bob [CD]", UUID(other): "Eve"}.__getitem__)
    assert plain(named) == "@Bob (CD) and @Eve, again @Bob (CD), not @[x](person:1)"
