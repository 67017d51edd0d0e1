"""Words of any script on a page whose fonts do not have every glyph: what cannot be shown is written out as code points.

Invisible characters and those that turn the direction of text are written out too: a certificate hides nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

from sorahub.lib.canonical import Json

PLAIN = frozenset(map(chr, [0x0A, *range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x17F)]))
JOINERS = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}")
MOST_TRIALS = 400
# From the first right-to-left letter to the last; what stands between is no Latin letter, nor the end of a line.
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff"
_TURNED = re.compile(f"[{_RTL}](?:[^A-Za-z\n]*[{_RTL}])?")
_LONG = re.compile(
    r"(?<!\S)(?![0-9a-f]{64}(?!\S))\S{40}(?=\S)|(?<=\S)(?<![0-9a-f]{24})\S{40}(?=\S)"
)  # a hash stays whole
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def legible(page: Mapping[str, Json], shows: Callable[[str], bool]) -> dict[str, Json]:
    """Return the page with every text in it made legible; ``shows`` says whether the fonts can set a text.

    Asks ``shows`` once when everything can be set, and at most ``MOST_TRIALS`` times; what is undecided then is written out.
    """
    doubtful = {part for text in texts(page) for part in clusters(text) if not PLAIN.issuperset(part)}
    hidden = {part for part in doubtful if hides(part)}
    bad = hidden | unshowable(sorted(doubtful - hidden), shows)
    return {key: _replaced(each, bad) for key, each in page.items()}


def plain(page: Mapping[str, Json]) -> dict[str, Json]:
    """Return the page with everything but Latin letters written out: what any font can set."""
    return legible(page, lambda text: False)


def texts(value: Json) -> Iterable[str]:
    """Yield every text in the value; keys of objects are ours and stay."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from texts(each)


def clusters(text: str) -> list[str]:
    """Cut a text into characters with the marks and joiners that belong to them: what a font sets as one."""
    found: list[str] = []
    for character in text:
        joined = found and (found[-1][-1] == "\N{ZERO WIDTH JOINER}")
        if found and (joined or character in JOINERS or unicodedata.category(character).startswith("M")):
            found[-1] += character
        else:
            found.append(character)
    return found


def hides(cluster: str) -> bool:
    """Say whether a reader would miss a character of the cluster: controls, formats, tags, private and unassigned ones."""
    return any(unicodedata.category(each) in _HIDDEN and each not in JOINERS for each in cluster)


def unshowable(candidates: Sequence[str], shows: Callable[[str], bool], trials: int = MOST_TRIALS) -> set[str]:
    """Return the clusters that ``shows`` refuses, found by halving."""
    bad: set[str] = set()
    waiting = [candidates] if candidates else []
    while waiting:
        group = waiting.pop()
        trials -= 1
        if trials < 0:
            bad.update(group)
        elif not shows(" ".join(group)):
            middle = len(group) // 2
            bad.update(group if middle == 0 else ())
            waiting += [group[:middle], group[middle:]] if middle else []
    return bad


def written_out(cluster: str) -> str:
    """Return code points in brackets, such as [U+1F3AC]."""
    return "[" + " ".join(f"U+{ord(character):04X}" for character in cluster) + "]"


def settable(value: Json) -> Json:
    """Return the value ready for the page: right-to-left runs set apart, and very long words with places to break at.

    Without the first a date after an Arabic or Hebrew name is shown turned round (UAX #9): 2026-11-29 becomes 29-11-2026.
    """
    if isinstance(value, str):
        turned = _TURNED.sub(lambda run: f"\N{FIRST STRONG ISOLATE}{run[0]}\N{POP DIRECTIONAL ISOLATE}", value)
        return _LONG.sub(lambda run: f"{run[0]}\N{ZERO WIDTH SPACE}", turned)
    if isinstance(value, Mapping):
        return {key: settable(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [settable(each) for each in value]
    return value


def _replaced(value: Json, bad: set[str]) -> Json:
    if isinstance(value, str):
        return "".join(written_out(part) if part in bad else part for part in clusters(value))
    if isinstance(value, Mapping):
        return {key: _replaced(each, bad) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [_replaced(each, bad) for each in value]
    return value
