"""The words of a web page as a person reads them, in the confined process: Python's own reader takes quadratic time on some pages."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from generations.media.errors import MediaError

_BLOCK_NAMES = (
    "address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section summary table tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNREAD = frozenset({"script", "style", "template", "noscript", "head", "svg"})


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the text of ``source``, a line for each block. Raises MediaError damaged."""
    reader = _Reader()
    try:
        reader.feed(request["source"])
        reader.close()
    except (AssertionError, ValueError) as error:  # what the reader says of markup that it does not know
        raise MediaError("damaged", f"The page cannot be read: {str(error)[:200]}.") from error
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return {"text": "\n".join(line for line in lines if line) + "\n"}


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
