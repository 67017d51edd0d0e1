"""A note's words as plain text, for mails, labels and formats that show words as they are."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from markdown_it.token import Token

from reviews.rules import markdown

_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}


def plain_words(body: str) -> str:
    """Return what a reader reads: no marks of emphasis, ``@Name`` for mentions, list items with a dash or their number, links
    with their address.
    """
    return _kept(body) if len(body) <= markdown.KEPT_BELOW else _written(body)


@lru_cache(maxsize=4_096)
def _kept(body: str) -> str:
    return _written(body)


def _written(body: str) -> str:
    if markdown.is_plain(body):
        return body
    return "\n".join(_lines(markdown.tokens(body))).strip("\n")


def _lines(tokens: Sequence[Token]) -> Iterable[str]:
    item = ""
    for token in tokens:
        if token.type == "list_item_open":
            item = f"{token.info}{token.markup} " if token.info else "- "
        elif token.type == "inline":
            yield item + _inline(token.children or ())
            item = ""


def _inline(tokens: Iterable[Token]) -> str:
    words: list[str] = []
    address = ""
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrGet("href") or "")
        elif token.type == "link_close":
            if address and not "".join(words).endswith(address):
                words.append(f" ({address})")
        elif token.type == "mention":
            words.append(f"@{token.content}")
        else:
            words.append(_BREAKS.get(token.type, token.content))
    return "".join(words)
