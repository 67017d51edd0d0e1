"""The words of captured bytes; a stranger's page costs a bounded time, whatever is in it."""

import time

import pytest

from generations import media
from generations.media import MediaError
from generations.media.child import Limits
from reviews.actions import drawing
from reviews.actions.capture import LARGEST_BYTES
from reviews.actions.drawing import text_of
from sorahub.lib.errors import InvalidInput

pytestmark = pytest.mark.core

read_page = media.page
PAGE = b"""<!doctype html><html><head><title>Terms</title><style>p{color:red}</style></head>
<body><nav>Home</nav><h1>Terms of
 Service</h1><script>alert("You own nothing")</script>
<p>You own the&nbsp;output &amp; may <b>use</b> it.<br>Always.</p><ul><li>One<li>Two</ul></body></html>"""


def test_a_page_is_read_as_a_person_reads_it() -> None:
    assert text_of(PAGE, "text/html") == (
        "Home\nTerms of Service\nYou own the output & may use it.\nAlways.\n- One\n- Two\n"
    )


def test_a_page_in_another_encoding_gives_its_words() -> None:
    page = '<html><head><meta charset="gb18030"></head><body><p>第2.2条 output</p></body></html>'
    assert text_of(page.encode("gb18030"), "text/html") == "第2.2条 output\n"


@pytest.mark.parametrize("raw", [b"<script>x</script>", b" \n"])
def test_a_page_without_words_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        text_of(raw, "text/html")
    assert caught.value.code == "no-text"


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "</", "<![", '<a a="'], ids=["tags", "comments", "ends", "declared", "quotes"]
)
def test_a_hostile_page_ends_within_its_time_and_is_refused_by_name(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "page", lambda source: read_page(source, Limits(wall_seconds=10, cpu_seconds=1)))
    begun = time.monotonic()
    with pytest.raises(InvalidInput) as caught:
        text_of((piece * LARGEST_BYTES)[:LARGEST_BYTES].encode(), "text/html")
    assert caught.value.code == "unreadable-page"
    assert "paste them" in caught.value.message
    assert time.monotonic() - begun < 20


def test_a_hostile_page_is_known_by_its_time_not_by_a_crash() -> None:
    with pytest.raises(MediaError) as caught:
        read_page("<a " * 1_000_000, Limits(wall_seconds=10, cpu_seconds=1))
    assert caught.value.code == "timeout"


def test_the_words_of_plain_text_need_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(media, "page")
    assert drawing.text_of(b"You own it.\r\n", "text/markdown") == "You own it.\n"
