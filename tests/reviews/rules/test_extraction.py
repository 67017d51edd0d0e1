"""What is written in the bytes of terms, and passages in it."""

import time

import pytest

from reviews.rules.extraction import is_page, letters_of, tidied
from reviews.rules.passages import find
from sorahub.lib.errors import InvalidInput

pytestmark = pytest.mark.core

PAGE = b"<!doctype html><html><p>You own the output.</p></html>"


def test_plain_text_keeps_its_letters_and_ends_lines_one_way() -> None:
    assert tidied(letters_of("\ufeffÄ 1\r\nÖ 2\rÜ\0".encode(), "text/plain")) == "Ä 1\nÖ 2\nÜ"


@pytest.mark.parametrize("encoding", ["gb18030", "windows-1252", "utf-16", "Latin-1", "EUC-JP"])
def test_a_page_in_another_encoding_is_read_in_that(encoding: str) -> None:
    words = {"gb18030": "第2.2条 output", "EUC-JP": "利用規約"}.get(encoding, "Änderungen gelten")
    declared = f'<html><head><meta charset="{encoding}"></head><body><p>{words}</p></body></html>'
    assert letters_of(declared.encode(encoding), "text/html") == declared


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
        (b"<meta charset=punycode>x-", "text/html", "undecodable"),
        (b"<meta charset=unicode_escape>x", "text/html", "undecodable"),
        (b"<meta charset=utf-7>x", "text/html", "undecodable"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, media_type: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        letters_of(raw, media_type)
    assert caught.value.code == code


@pytest.mark.parametrize("charset", ["punycode", "rot13", "raw_unicode_escape"])
def test_a_server_names_no_other_encoding_either(charset: str) -> None:
    with pytest.raises(InvalidInput):
        letters_of(b"x-", "text/plain", charset)


@pytest.mark.parametrize(
    "raw",
    [b"<!---->" * 600, b"<!--a--> " * 500 + b"<htm", b"<meta " * 40 + b"charset=" + b" " * 4000, b"<!--" * 1000],
    ids=["comments", "spaced", "charset", "unclosed"],
)
def test_how_a_page_begins_is_seen_at_once(raw: bytes) -> None:
    begun = time.monotonic()
    assert not is_page(raw)
    letters_of(raw, "text/html")
    assert time.monotonic() - begun < 1


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
