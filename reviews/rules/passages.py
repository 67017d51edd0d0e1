"""Finding a quoted passage in a text by Unicode code points, and a marked one in the text that came after its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz

from reviews.rules import normalising
from sorahub.lib.errors import InvalidInput

MOST_STARTS = 5
CARRIED, CHANGED, GONE, AMBIGUOUS = "carried", "changed", "gone", "ambiguous"
ALIKE = 60
CLEARLY_NEARER = 10
SURROUNDINGS = 120
MOST_PLACES = 100
MOST_SEARCHED = 120_000
ANCHOR = 12
LONGEST_TARGET = 400


@dataclass(frozen=True)
class Trace:
    """What became of a passage: carried, changed, gone or ambiguous; the range in code points where it, or the most alike, stands."""

    kind: str
    start: int | None = None
    end: int | None = None


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


def trace(before: str, start: int, end: int, after: str) -> Trace:
    """Say what became of ``before[start:end]`` in ``after``.

    The same words once, or clearly in the same surroundings: carried. More than once and not to be told apart: ambiguous.
    """
    quote = before[start:end]
    places = list(_places(after, quote))
    if len(places) == 1:
        return Trace(CARRIED, places[0], places[0] + len(quote))
    if places:
        return _nearest(before, start, end, after, places)
    return _most_alike(quote, after, expected=start * len(after) // max(len(before), 1))


def _places(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote)
    for _ in range(MOST_PLACES):
        if at < 0:
            return
        yield at
        at = text.find(quote, at + 1)


def _nearest(before: str, start: int, end: int, after: str, places: list[int]) -> Trace:
    around = _surroundings(before, start, end)
    length = end - start
    ranked = sorted(((fuzz.ratio(around, _surroundings(after, at, at + length)), -at) for at in places), reverse=True)
    (best, place), (second, _) = ranked[0], ranked[1]
    kind = CARRIED if best - second >= CLEARLY_NEARER else AMBIGUOUS
    return Trace(kind, -place, -place + length)


def _surroundings(text: str, start: int, end: int) -> str:
    return text[max(start - SURROUNDINGS, 0) : start] + text[end : end + SURROUNDINGS]


def _most_alike(quote: str, text: str, expected: int) -> Trace:
    """The words may be the same although their marks or links are not: then the passage is carried as it stands now."""
    first = max(min(expected - MOST_SEARCHED // 2, len(text) - MOST_SEARCHED), 0)
    window = text[first : first + MOST_SEARCHED]
    words = normalising.normalised(quote)
    for start, end in (*_between_anchors(quote, window), _alignment(quote, window)):
        if end > start and normalising.normalised(window[start:end]) == words:
            return Trace(CARRIED, first + start, first + end)
    start, end = max(
        (_alignment(quote, window), _whole_lines(quote, window)), key=lambda at: fuzz.ratio(quote, window[slice(*at)])
    )
    if end > start and fuzz.ratio(quote, window[start:end]) >= ALIKE:
        return Trace(CHANGED, first + start, first + end)
    return Trace(GONE)


def _between_anchors(quote: str, text: str) -> Iterator[tuple[int, int]]:
    """Where the passage's beginning and its end stand, not much further apart than they were."""
    head, tail = quote[:ANCHOR], quote[-ANCHOR:]
    for start in _places(text, head):
        end = text.find(tail, start, start + 2 * len(quote) + LONGEST_TARGET)
        if end >= 0:
            yield start, end + len(tail)


def _alignment(quote: str, text: str) -> tuple[int, int]:
    """The most alike stretch, widened to whole words."""
    found = fuzz.partial_ratio_alignment(quote, text)
    if found is None or len(quote) > len(text):
        return (0, len(text)) if len(quote) > len(text) else (0, 0)
    start, end = found.dest_start, found.dest_end
    while 0 < start < len(text) and not text[start - 1].isspace() and not text[start].isspace():
        start -= 1
    while 0 < end < len(text) and not text[end - 1].isspace() and not text[end].isspace():
        end += 1
    return start + len(text[start:end]) - len(text[start:end].lstrip()), start + len(text[start:end].rstrip())


def _whole_lines(quote: str, text: str) -> tuple[int, int]:
    """The same, widened to the lines that it lies in."""
    start, end = _alignment(quote, text)
    start = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    return start, stop if stop >= 0 else len(text)


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
