"""What the filter found between two versions of terms, in words that a person reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reviews.models import ChangeJudgement, Clause, TermsChange

GROUNDS = {
    "same-words": "The words are the same: only links, counters, marks or white space differ.",
    "clause": "A marked clause changed",
    "clause-other": "A marked clause of no special topic changed",
    "share": "A large part of the text changed",
    "money": "An amount of money changed",
    "date": "A date or a period changed",
    "number": "A number changed",
    "negation": "A word that negates came or went",
    "modal": "A word that permits or demands came or went",
    "limit": "A word that limits or extends came or went",
    "party": "Who owes what to whom may have changed",
    "words": "Words changed, and the filter does not know what that means",
    "numbering": "Paragraphs are numbered differently",
    "moved": "Paragraphs stand elsewhere",
    "too-long": "The texts are too long to be compared word by word.",
    "punctuation": "Punctuation or capitals",
    "link": "The name of a link",
    "heading-moved": "Headings stand elsewhere",
    "slip": "What looks like a slip of the pen",
}
TONES = {"material": "bad", "unsure": "warn", "cosmetic": "info", "noise": ""}
JUDGED = {"material": "Judged material", "cosmetic": "Judged cosmetic"}
TOPICS = dict(Clause.Topic.choices)


@dataclass(frozen=True)
class Ground:
    """One reason of the filter, with some of the words it rests on and how many there are."""

    words: str
    examples: list[str]
    more: int


@dataclass(frozen=True)
class Word:
    """The word on a change's badge."""

    label: str
    tone: str


def grounds(change: TermsChange) -> list[Ground]:
    """Return why the filter says so."""
    return [_ground(each) for each in change.grounds]


def badge(change: TermsChange, verdict: str | None) -> Word:
    """Return what a change is taken for: what was judged, else what the filter suggests."""
    if verdict:
        return Word(JUDGED[verdict], "ok" if verdict == ChangeJudgement.Verdict.COSMETIC else "bad")
    if change.suggestion == TermsChange.Suggestion.NOISE:
        return Word("No change", TONES["noise"])
    return Word(f"Looks {change.suggestion}" if change.suggestion != "unsure" else "Unsure", TONES[change.suggestion])


def figures(change: TermsChange) -> str:
    """Return how much changed, such as ``3 words added, 1 removed, in 2 places``."""
    told: dict[str, int] = change.figures
    if not told.get("places"):
        return ""
    added, removed, places = told["added"], told["removed"], told["places"]
    return f"{_many(added, 'word')} added, {removed} removed, in {_many(places, 'place')}"


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _ground(told: dict[str, Any]) -> Ground:
    examples: Iterable[str] = told.get("words", [])
    shown = [str(TOPICS.get(each, each)) if told["code"].startswith("clause") else each for each in examples]
    return Ground(GROUNDS.get(told["code"], told["code"]), shown, max(told.get("times", 0) - len(shown), 0))
