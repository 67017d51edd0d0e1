"""The readable text of captured terms: plain text, Markdown or HTML, in whatever encoding they declare.

The same bytes always give the same text, as long as ``EXTRACTOR`` keeps its name: whatever changes what is read here changes
the number in it. Nothing is fetched and nothing is run. PDF is read elsewhere, in a confined process.
"""

import re
from html.parser import HTMLParser

from sorahub.lib.errors import InvalidInput

EXTRACTOR = "sorahub-text/1"
MEDIA_TYPES = ("text/plain", "text/markdown", "text/html")
PDF = "application/pdf"
_BLOCK_NAMES = (
    "address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section summary table tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNREAD = frozenset({"script", "style", "template", "noscript", "head", "svg"})
_FORMATS = (
    (b"PK\x03\x04", "a Word file or another zip"),
    (b"\xd0\xcf\x11\xe0", "an old Word file"),
)
_PAGE = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)


def text_of(raw: bytes, media_type: str, charset: str = "") -> str:
    """Return the text in the bytes, lines ended by a line feed; ``charset`` is what a server said of them.

    Raises InvalidInput for other media types, PDF and Word files under a wrong name, web pages that are called plain text,
    undecodable bytes, and bytes without text.
    """
    _refuse_formats(raw, media_type)
    if media_type not in MEDIA_TYPES:
        raise InvalidInput(
            f"Terms are captured as {', '.join(MEDIA_TYPES)}; this is {media_type or 'unnamed'}.",
            code="unknown-media-type",
            fields={"raw": "Save the page as HTML or text, or paste its text."},
        )
    text = _decoded(raw, _encoding(raw, charset) if media_type == "text/html" else charset or "utf-8-sig")
    text = _html_text(text) if media_type == "text/html" else text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\0", "")
    if not text.strip():
        raise InvalidInput("There is no text in this file.", code="no-text", fields={"raw": "There is no text in it."})
    return text


def is_pdf(raw: bytes) -> bool:
    """Say whether the bytes begin as a PDF does."""
    return raw.lstrip()[:8].startswith(b"%PDF-")


def is_page(raw: bytes) -> bool:
    """Say whether the bytes begin as a web page does."""
    return _PAGE.match(raw.removeprefix(b"\xef\xbb\xbf")[:4096]) is not None


def _refuse_formats(raw: bytes, media_type: str) -> None:
    """What is captured stays for good: markup taken for words would be quoted in sign-offs."""
    if is_pdf(raw):
        words = "This is a PDF: capture it as such, so that its words are read and not its markup."
        raise InvalidInput(words, code="unknown-media-type", fields={"raw": words, "media_type": words})
    name = next((words for start, words in _FORMATS if raw.lstrip()[:8].startswith(start)), None)
    if name is not None:
        words = f"This is {name}. Save it as plain text or as a web page, or paste its text and keep the original file."
        raise InvalidInput(words, code="unknown-media-type", fields={"raw": words})
    if media_type == "text/plain" and is_page(raw):
        words = "This is a web page: capture it as HTML, so that its words are read and not its markup."
        raise InvalidInput(words, code="page-as-text", fields={"media_type": words})


def _encoding(raw: bytes, charset: str) -> str:
    """As browsers do: a byte order mark, then what the server said, then what the page says."""
    declared = _CHARSET.search(raw[:4096])
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if raw.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if charset:
        return charset
    return declared.group(1).decode("ascii") if declared else "utf-8-sig"


def _decoded(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except (UnicodeError, LookupError) as error:
        words = f"The bytes are not {encoding.removesuffix('-sig')} text: save the page again as UTF-8."
        raise InvalidInput(words, code="undecodable", fields={"raw": words}) from error


def _html_text(source: str) -> str:
    reader = _Reader()
    reader.feed(source)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line) + "\n"


class _Reader(HTMLParser):
    """Collects what a person would read: block elements begin lines, list items get a dash."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unread: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread.append(tag)
        elif tag == "body":
            self._unread.clear()
        if tag in _BLOCKS:
            self.parts.append("\n- " if tag == "li" else "\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unread:
            del self._unread[self._unread.index(tag) :]
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.parts.append(data.replace("\n", " ").replace("\r", " "))
