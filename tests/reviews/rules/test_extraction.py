"""The text of terms, and passages in it."""

import pytest

from reviews.rules.extraction import text_of
from reviews.rules.passages import find
from sorahub.lib.errors import InvalidInput

pytestmark = pytest.mark.core

PAGE = b"""<!doctype html><html><head><title>Terms</title><style>p{color:red}</style></head>
<body><nav>Home</nav><h1>Terms of
 Service</h1><script>alert("You own nothing")</script>
<p>You own the&nbsp;output &amp; may <b>use</b> it.<br>Always.</p><ul><li>One<li>Two</ul></body></html>"""


def test_a_page_is_read_as_a_person_reads_it() -> None:
    assert text_of(PAGE, "text/html") == (
        "Home\nTerms of Service\nYou own the output & may use it.\nAlways.\n- One\n- Two\n"
    )


def test_plain_text_keeps_its_letters_and_ends_lines_one_way() -> None:
    assert text_of("\ufeffÄ 1\r\nÖ 2\rÜ\0".encode(), "text/plain") == "Ä 1\nÖ 2\nÜ"


@pytest.mark.parametrize("encoding", ["gb18030", "windows-1252", "utf-16"])
def test_a_page_in_another_encoding_is_read_in_that(encoding: str) -> None:
    words = "第2.2条 output" if encoding == "gb18030" else "Änderungen gelten"
    declared = f'<html><head><meta charset="{encoding}"></head><body><p>{words}</p></body></html>'
    assert text_of(declared.encode(encoding), "text/html") == f"{words}\n"


@pytest.mark.parametrize(
    ("raw", "media_type", "code"),
    [
        (b"%PDF-1.7", "application/pdf", "unknown-media-type"),
        (b"%PDF-1.4\n1 0 obj", "text/plain", "unknown-media-type"),
        (b"\n%PDF-1.4\n%\xe2\xe3", "text/html", "unknown-media-type"),
        (b"PK\x03\x04[Content_Types].xml", "text/plain", "unknown-media-type"),
        (PAGE, "text/plain", "page-as-text"),
        (b"\xef\xbb\xbf<!-- saved from -->\n<HTML lang=en><p>Words", "text/plain", "page-as-text"),
        (b"\xff\x00\xfe", "text/plain", "undecodable"),
        (b"<meta charset=hex>00", "text/html", "undecodable"),
        (b"<meta charset=no-such>x", "text/html", "undecodable"),
        (b" \n", "text/plain", "no-text"),
        (b"<script>x</script>", "text/html", "no-text"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, media_type: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        text_of(raw, media_type)
    assert caught.value.code == code


def test_a_passage_is_found_by_code_points_not_by_utf16_units() -> None:
    text = "😀😀 You own it. You own it. All."
    assert find(text, "All.") == (27, 31)
    assert find(text, "You own it.", 15) == (15, 26)


@pytest.mark.parametrize(
    ("quote", "start", "code"),
    [
        ("you own it", None, "quote-absent"),
        ("You own", None, "quote-ambiguous"),
        ("You own", 4, "quote-absent"),
        ("You own", -5, "quote-absent"),
        ("  ", None, "quote-empty"),
    ],
)
def test_a_passage_must_stand_there_letter_for_letter_and_once(quote: str, start: int | None, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        find("You own it. You own it.", quote, start)
    assert caught.value.code == code


def test_overlapping_passages_are_ambiguous() -> None:
    with pytest.raises(InvalidInput) as caught:
        find("aaa", "aa")
    assert caught.value.code == "quote-ambiguous"


def test_an_ambiguous_passage_is_told_where_it_begins() -> None:
    with pytest.raises(InvalidInput) as caught:
        find("You own it. You own it.", "You own it.")
    assert "at which character it begins (0, 12)" in caught.value.fields["quote"]
    with pytest.raises(InvalidInput) as many:
        find("a " * 99, "a")
    assert "(0, 2, 4, 6, 8, …)" in many.value.fields["quote"]
