"""The letters of captured terms: plain text, Markdown or HTML, in whatever encoding they declare.

The same bytes always give the same letters, as long as ``EXTRACTOR`` keeps its name: whatever changes what is read here, or in
the confined process that reads a page's words out of its letters, changes the number in it. PDF is read there as a whole.
"""

import codecs
import re

from sorahub.lib.errors import InvalidInput

EXTRACTOR = "sorahub-text/1"
MEDIA_TYPES = ("text/plain", "text/markdown", "text/html")
PDF = "application/pdf"
HTML = "text/html"
_ENCODINGS = (
    "ascii utf-8 utf-8-sig utf-16 utf-16-le utf-16-be cp437 cp850 cp852 cp866 cp874 cp932 cp949 cp1250 cp1251 "
    "cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 "
    "iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u "
    "mac-roman mac-cyrillic tis-620 gb2312 gbk gb18030 hz big5 big5hkscs euc-jp shift_jis iso2022_jp euc-kr johab"
)
ENCODINGS = frozenset(codecs.lookup(name).name for name in _ENCODINGS.split())
"""What pages are written in. Python knows more, among it some that take quadratic time (punycode) or are no letters (hex)."""
_FORMATS = (
    (b"PK\x03\x04", "a Word file or another zip"),
    (b"\xd0\xcf\x11\xe0", "an old Word file"),
)
_PAGE = re.compile(rb"\s*+(?>(?:<!--(?>.*?-->)\s*+)*)<(!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*+=\s*+[\"']?\s*+([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)


def letters_of(raw: bytes, media_type: str, charset: str = "") -> str:
    """Return what is written in the bytes, of a page its markup; ``charset`` is what a server said of them.

    Raises InvalidInput for other media types, PDF and Word files under a wrong name, web pages that are called plain text, and
    undecodable bytes.
    """
    _refuse_formats(raw, media_type)
    if media_type not in MEDIA_TYPES:
        raise InvalidInput(
            f"Terms are captured as {', '.join(MEDIA_TYPES)}; this is {media_type or 'unnamed'}.",
            code="unknown-media-type",
            fields={"raw": "Save the page as HTML or text, or paste its text."},
        )
    return _decoded(raw, _encoding(raw, charset) if media_type == HTML else charset or "utf-8-sig")


def tidied(text: str) -> str:
    """Return the text as it is kept, its lines ended by a line feed. Raises InvalidInput where there is none."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
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
        if codecs.lookup(encoding).name not in ENCODINGS:
            raise LookupError(encoding)
        return raw.decode(encoding)
    except (UnicodeError, LookupError) as error:
        words = f"The bytes are not {encoding.removesuffix('-sig')} text: save the page again as UTF-8."
        raise InvalidInput(words, code="undecodable", fields={"raw": words}) from error
