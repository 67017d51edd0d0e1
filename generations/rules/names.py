"""Names in a prompt: those that a client watches, and what looks like a name that nobody has looked at. Pure."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 20
MANY_SINGLE = 4
_WORD = re.compile(r"[^\W\d_][\w’'&.-]*")
_SENTENCE_END = re.compile(r"[.!?:;…\n“”\"(\[–—-]\s*$|^\s*$")
_JOINING = frozenset({"de", "del", "der", "van", "von", "du", "da", "la", "le", "of", "&"})
# Capitalised in English without being anybody's name, or words of the trade.
_NO_NAMES = frozenset(
    [
        "i",
        "i'm",
        "i'd",
        "i'll",
        "i've",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "english",
        "french",
        "german",
        "spanish",
        "italian",
        "japanese",
        "chinese",
        "american",
        "british",
        "european",
        "african",
        "asian",
        "arctic",
        "antarctic",
        "north",
        "south",
        "east",
        "west",
        "northern",
        "southern",
        "eastern",
        "western",
        "earth",
        "moon",
        "sun",
        "mars",
        "christmas",
        "easter",
        "pov",
        "cgi",
        "vfx",
        "hdr",
        "hd",
        "4k",
        "8k",
        "fps",
        "ntsc",
        "pal",
        "dslr",
        "imax",
        "steadicam",
        "dolly",
        "crane",
        "drone",
        "gimbal",
        "bokeh",
        "technicolor",
        "kodak",
        "god",
        "no",
        "not",
        "a",
        "an",
        "the",
        "in",
        "on",
        "at",
        "by",
        "to",
        "of",
        "for",
        "from",
        "with",
        "without",
        "when",
        "while",
        "as",
        "after",
        "before",
        "under",
        "over",
        "into",
        "through",
        "near",
        "his",
        "her",
        "their",
        "its",
        "this",
        "that",
        "these",
        "those",
        "there",
        "then",
        "we",
        "he",
        "she",
        "it",
        "they",
        "you",
        "my",
        "our",
        "your",
        "and",
        "but",
        "or",
        "if",
        "so",
        "ein",
        "eine",
        "einer",
        "der",
        "die",
        "das",
        "im",
        "am",
        "close-up",
        "closeup",
        "wide",
        "medium",
        "shot",
        "scene",
        "int",
        "ext",
        "day",
        "night",
        "dawn",
        "dusk",
        "slow",
        "macro",
        "fade",
        "cut",
    ]
)


@dataclass(frozen=True)
class Watched:
    """A name that a client watches. ``releases``: those on record for it, whether or not they hold today."""

    name: str
    sort: str
    needs_release: bool
    note: str = ""
    releases: tuple["ReleaseFacts", ...] = ()


@dataclass(frozen=True)
class ReleaseFacts:
    """A release as far as a warning needs it: in words, from when until when it holds, whether it allows pictures made by AI."""

    words: str
    valid_from: dt.date
    valid_until: dt.date | None
    withdrawn: bool
    ai_allowed: bool | None

    def holds(self, at: dt.date) -> bool:
        """Whether it may be relied on that day."""
        began = self.valid_from <= at and (self.valid_until is None or at <= self.valid_until)
        return began and not self.withdrawn and self.ai_allowed is True


@dataclass(frozen=True)
class NameFound:
    """A name in a text. ``code``: "name-needs-release", "name-released", "name-unknown"; with what to say and to do about it."""

    code: str
    name: str
    message: str
    mend: str = ""


def watched_in(text: str, names: Sequence[Watched], at: dt.date) -> list[NameFound]:
    """Return the watched names that a text holds, whole words only, and how each stands on that day."""
    return [_standing(each, at) for each in names if each.needs_release and holds(text, each.name)]


def unknown_in(text: str, known: Sequence[str]) -> list[NameFound]:
    """Return what looks like a proper name and is none of ``known``: capitalised where no sentence begins, or two in a row.

    A guess, for languages that write common words small: where every fifth word is a capitalised one by itself, as in German, only
    names of several words are guessed.
    """
    words = list(_WORD.finditer(text))
    names = list(dict.fromkeys(_runs(text, words)))
    single = [name for name in names if " " not in name]
    if len(single) >= MANY_SINGLE and len(single) * 5 > len(words):
        names = [name for name in names if " " in name]
    familiar = {part.casefold() for name in known for part in (name, *name.split())}
    return [_unknown(name) for name in names if not _familiar(name, familiar)][:MOST]


def _standing(each: Watched, at: dt.date) -> NameFound:
    if held := [row for row in each.releases if row.holds(at)]:
        until = max((row.valid_until or dt.date.max) for row in held)
        ends = "" if until == dt.date.max else f", until {until}"
        return NameFound("name-released", each.name, f"{each.name}: {held[0].words}{ends}.")
    who = {"person": "The person", "brand": "The brand's owner"}.get(each.sort, "The owner")
    if not each.releases:
        said = f"{each.name} needs a release, and none is on record in the client's projects."
    elif any(row.ai_allowed is not True and not row.withdrawn for row in each.releases):
        said = f"{each.name} has a release that does not allow pictures made by AI."
    else:
        said = f"{each.name} has a release, but it does not hold today."
    mend = f"{who} must consent: keep the release on record, or write it without the name."
    return NameFound("name-needs-release", each.name, said, f"{mend} {each.note}".strip())


def _unknown(name: str) -> NameFound:
    mend = "If it is somebody’s or something’s that exists, add it to the client’s names; if it is invented, add it as free to use."
    return NameFound("name-unknown", name, f"“{name}” looks like a name that nobody has looked at yet.", mend)


def holds(text: str, name: str) -> bool:
    """Whether a text holds a name as whole words, whatever their letters' case."""
    parts = r"\s+".join(map(re.escape, name.split()))
    return bool(parts) and re.search(rf"(?<!\w){parts}(?!\w)", text, re.IGNORECASE) is not None


def _runs(text: str, words: Sequence[re.Match[str]]) -> list[str]:
    """Capitalised words in a row, with small joining ones between; a single one only where no sentence begins with it."""
    runs: list[list[re.Match[str]]] = []
    for each in words:
        plain = each.group().strip(".'’")
        near = (
            bool(runs)
            and not text[runs[-1][-1].end() : each.start()].strip()
            and not runs[-1][-1].group().endswith(".")
        )
        if _is_capital(plain) and plain.casefold() not in _NO_NAMES:
            runs[-1].append(each) if near else runs.append([each])
        elif near and plain.casefold() in _JOINING:
            runs[-1].append(each)
    return [name for run in runs if (name := _name(text, run))]


def _name(text: str, run: list[re.Match[str]]) -> str:
    while run and run[-1].group().casefold() in _JOINING:
        run = run[:-1]
    capitals = [each for each in run if _is_capital(each.group())]
    begins = _SENTENCE_END.search(text[: run[0].start()]) is not None
    if len(capitals) == 1 and begins:
        return ""
    return text[run[0].start() : run[-1].end()].strip(".'’ ").removesuffix("’s").removesuffix("'s")


def _familiar(name: str, familiar: set[str]) -> bool:
    if name.casefold() in familiar:
        return True
    parts = [part for part in name.casefold().split() if part not in _JOINING]
    return all(part.removesuffix("’s").removesuffix("'s") in familiar for part in parts)


def _is_capital(word: str) -> bool:
    return word[:1].isupper() and not (len(word) == 1 and word != "I")
