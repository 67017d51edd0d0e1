"""Markdown as plain text, for formats that show words as they are."""

from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

_READER = MarkdownIt("commonmark", {"html": False})
_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}


def plain(markdown: str) -> str:
    """Return what a reader reads: no marks of emphasis, list items with a dash or their number, links with their address."""
    lines: list[str] = []
    for token in _READER.parse(markdown):
        _block(token, lines)
    return "\n".join(lines).strip("\n")


def _block(token: Token, lines: list[str]) -> None:
    if token.type == "list_item_open":
        lines.append(f"{token.info}{token.markup} " if token.info else "- ")
    elif token.type == "inline":
        words = _inline(token.children or ())
        if lines and lines[-1].endswith(("- ", ". ", ") ")) and len(lines[-1]) < 8:
            lines[-1] += words
        else:
            lines.append(words)
    elif token.type in {"fence", "code_block"}:
        lines.append(token.content.rstrip("\n"))


def _inline(tokens: Iterable[Token]) -> str:
    words: list[str] = []
    address = ""
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrGet("href") or "")
        elif token.type == "link_close":
            if address and not "".join(words).endswith(address):
                words.append(f" ({address})")
        else:
            words.append(_BREAKS.get(token.type, token.content))
    return "".join(words)
