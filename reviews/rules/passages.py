"""Finding a quoted passage in a text by Unicode code points."""

from sorahub.lib.errors import InvalidInput

MOST_STARTS = 5


def find(text: str, quote: str, start: int | None = None) -> tuple[int, int]:
    """Return the range ``[start, end)`` in code points at which ``quote`` stands in ``text``, exactly.

    Without ``start`` the passage must occur once. Raises InvalidInput quote-empty, quote-absent or quote-ambiguous.
    """
    if not quote.strip():
        raise InvalidInput("Quote the passage.", code="quote-empty", fields={"quote": "Quote the passage."})
    if start is not None:
        if start >= 0 and text.startswith(quote, start):
            return start, start + len(quote)
        raise _absent()
    first = text.find(quote)
    if first < 0:
        raise _absent()
    if text.find(quote, first + 1) >= 0:
        words = f"This passage occurs more than once: quote more of it, or say at which character it begins ({_starts(text, quote)})."
        raise InvalidInput(words, code="quote-ambiguous", fields={"quote": words})
    return first, first + len(quote)


def _starts(text: str, quote: str) -> str:
    """Write the first places at which the passage begins, such as ``0, 16, …``."""
    found: list[int] = []
    at = text.find(quote)
    while at >= 0 and len(found) <= MOST_STARTS:
        found.append(at)
        at = text.find(quote, at + 1)
    return ", ".join([*map(str, found[:MOST_STARTS]), *(["…"] if len(found) > MOST_STARTS else [])])


def _absent() -> InvalidInput:
    words = "The text of this version does not hold this passage, letter for letter."
    return InvalidInput(words, code="quote-absent", fields={"quote": words})
