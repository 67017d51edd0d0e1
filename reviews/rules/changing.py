"""What kind of change lies between two versions of a text: a suggestion with its grounds. A person judges.

Never less than it is: whatever the rules below do not know is unsure. Cosmetic are punctuation, case, names of links,
headings that moved, and slips of the pen outside marked clauses; other languages than English have no slips of the pen.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz.distance import OSA

from reviews.models import Clause, TermsChange
from reviews.rules import aligning, normalising, weighty
from reviews.rules.aligning import Stretch
from reviews.rules.noise import Noise
from sorahub.lib.word_differences import ADDED, REMOVED

NOISE, COSMETIC = TermsChange.Suggestion.NOISE.value, TermsChange.Suggestion.COSMETIC.value
MATERIAL, UNSURE = TermsChange.Suggestion.MATERIAL.value, TermsChange.Suggestion.UNSURE.value
LIGHT_TOPICS = frozenset({Clause.Topic.OTHER.value})
WEIGHT = {
    "clause": MATERIAL, "share": MATERIAL, weighty.MONEY: MATERIAL, weighty.DATE: MATERIAL, weighty.NUMBER: MATERIAL,
    weighty.NEGATION: MATERIAL, weighty.MODAL: MATERIAL, weighty.LIMIT: MATERIAL, weighty.PARTY: MATERIAL,
    "clause-other": UNSURE, "words": UNSURE, "numbering": UNSURE, "moved": UNSURE, "too-long": UNSURE,
    "punctuation": COSMETIC, "link": COSMETIC, "heading-moved": COSMETIC, "slip": COSMETIC, "same-words": NOISE,
}  # fmt: skip
LARGE_SHARE = 0.2
LONGEST_COMPARED = 1_000_000
MOST_PAIRED = 40
MOST_EXAMPLES = 5
LONGEST_EXAMPLE = 120
SHORTEST_SLIP = 5
NO_FIGURES = {"added": 0, "removed": 0, "places": 0, "clauses": 0}
HEADING_WORDS = 12
_TOKEN = re.compile(
    rf"[$€£¥]?\d+(?:[.,:/-]\d+)*%?|[{normalising.CJK}]|[^\W\d_{normalising.CJK}]+(?:['-][^\W\d_{normalising.CJK}]+)*|[$€£¥%]"
)
_NUMBERING = re.compile(r"^\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,5})[.)]?(?=\s|$)", re.IGNORECASE)
Labels = tuple[frozenset[str], frozenset[str]]  # names of links that only the earlier, and only the later text has
_LABEL = re.compile(r"\[([^\[\]\n]{1,1000})\]\(")


@dataclass(frozen=True)
class Marked:
    """A marked clause of the earlier version."""

    quote: str
    topic: str


@dataclass(frozen=True)
class Run:
    """Words that went and words that came at one place; ``opens``: at the beginning of a line."""

    removed: str
    added: str
    opens: bool = False

    def __str__(self) -> str:
        parts = (" ".join(each.split())[:LONGEST_EXAMPLE] for each in (self.removed, self.added))
        return " → ".join(part or "–" for part in parts)


@dataclass(frozen=True)
class Difference:
    """A suggestion, its grounds (code, examples of the words), and figures."""

    suggestion: str
    grounds: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)


def same_words() -> Difference:
    """Return what lies between two texts that have the same normalised text."""
    return Difference(NOISE, [{"code": "same-words", "words": [], "times": 1}], dict(NO_FIGURES))


def compare(
    before: str, after: str, *, clauses: Sequence[Marked] = (), noise: Noise = (), language: str = "en"
) -> Difference:
    """Return what the filter makes of the difference between two texts. Texts of more than LONGEST_COMPARED characters are
    only told apart; whether their words are the same, their normalised hashes say.
    """
    if max(len(before), len(after)) > LONGEST_COMPARED:
        return Difference(UNSURE, [{"code": "too-long", "words": [], "times": 1}], dict(NO_FIGURES))
    old, new = normalising.lines(before, noise), normalising.lines(after, noise)
    if normalising.joined(old) == normalising.joined(new):
        return same_words()
    stretches = aligning.aligned(old, new)
    labels = (_labels(before) - _labels(after), _labels(after) - _labels(before))
    grounds: dict[str, list[str]] = {}
    for code, words in _codes(stretches, old, new, labels, language):
        grounds.setdefault(code, []).append(words)
    hit = touched(clauses, after)
    for clause in hit:
        grounds.setdefault(_clause_code(clause), []).append(clause.topic)
    figures = _figures(stretches, len(hit))
    total = sum(len(aligning.words_of(line)) for line in (*old, *new))
    if figures["added"] + figures["removed"] > LARGE_SHARE * total:
        grounds["share"] = [f"{100 * (figures['added'] + figures['removed']) // total} %"]
    return Difference(_heaviest(grounds), [_ground(code, words) for code, words in grounds.items()], figures)


def touched(clauses: Sequence[Marked], after: str) -> list[Marked]:
    """Return the clauses whose words the later text does not hold as they were."""
    missing = [clause for clause in clauses if clause.quote not in after]
    words = normalising.normalised(after) if missing else ""
    return [clause for clause in missing if normalising.normalised(clause.quote) not in words]


def _clause_code(clause: Marked) -> str:
    return "clause-other" if clause.topic in LIGHT_TOPICS else "clause"


def _ground(code: str, words: list[str]) -> dict[str, Any]:
    return {"code": code, "words": list(dict.fromkeys(words))[:MOST_EXAMPLES], "times": len(words)}


def _heaviest(codes: dict[str, list[str]]) -> str:
    weights = {WEIGHT[code] for code in codes}
    return next((weight for weight in (MATERIAL, UNSURE, COSMETIC) if weight in weights), UNSURE)


def _figures(stretches: Sequence[Stretch], clauses: int) -> dict[str, int]:
    figures = {**NO_FIGURES, "clauses": clauses}
    for stretch in stretches:
        figures["places"] += not stretch.same
        for piece in stretch.pieces:
            if piece.kind in (ADDED, REMOVED):
                figures[piece.kind] += sum(bool(word.strip()) for word in aligning.words_of(piece.text))
    return figures


def _codes(
    stretches: Sequence[Stretch], old: list[str], new: list[str], labels: Labels, language: str
) -> Iterator[tuple[str, str]]:
    moved = (Counter(old) - Counter(new)).keys(), (Counter(new) - Counter(old)).keys()
    known = Counter(token for line in (*old, *new) for token in _tokens(line))
    for stretch in stretches:
        if stretch.same:
            continue
        if (where := _moved(stretch, *moved)) is not None:
            yield where
            continue
        for run in _runs(stretch):
            for code in sorted(_weights(run, language)) or [_lighter(run, labels, known, language)]:
                yield code, str(run)


def _moved(stretch: Stretch, gone: Any, come: Any) -> tuple[str, str] | None:
    """Say that the lines of a stretch only stand elsewhere now: none of them is missing from the other text."""
    lost = "".join(piece.text for piece in stretch.earlier).split("\n")
    won = "".join(piece.text for piece in stretch.later).split("\n")
    mine = [line.strip() for line in (*lost, *won) if line.strip()]
    if not mine or any(line in gone or line in come for line in mine):
        return None
    heading = all(len(line.split()) <= HEADING_WORDS and line[-1] not in ".;:,。；" for line in mine)
    return ("heading-moved" if heading else "moved", mine[0][:LONGEST_EXAMPLE])


def _runs(stretch: Stretch) -> Iterator[Run]:
    removed = added = ""
    opens = True
    for piece in stretch.pieces:
        if piece.kind == REMOVED:
            removed += piece.text
        elif piece.kind == ADDED:
            added += piece.text
        else:
            if removed or added:
                yield Run(removed, added, opens)
            removed = added = ""
            opens = piece.text.endswith("\n")
    if removed or added:
        yield Run(removed, added, opens)


def _tokens(text: str) -> list[str]:
    return [token.casefold() for token in _TOKEN.findall(text)]


def _weights(run: Run, language: str) -> set[str]:
    """Return the codes of weighty words that only one side of the run has."""
    removed, added = (_without_numbering(run, side) for side in (run.removed, run.added))
    old, new = Counter(_tokens(removed)), Counter(_tokens(added))
    differ = set((old - new) + (new - old))
    found = {code for code, words in weighty.of(language).items() if differ & words}
    if any(token.endswith("n't") for token in differ) or _negates(old - new, new - old):
        found.add(weighty.NEGATION)
    if any(token in weighty.CURRENCIES or token[0] in "$€£¥" for token in differ):
        found.add(weighty.MONEY)
    elif any(token[-1:].isdigit() or token[0].isdigit() for token in differ):
        found.add(weighty.NUMBER)
    return found


def _negates(gone: Counter[str], come: Counter[str]) -> bool:
    """Say whether a word became its contrary by a syllable before it, as lawful and unlawful."""
    if max(len(gone), len(come)) > MOST_PAIRED:
        return False
    pairs = ((old, new) for old in gone for new in come)
    return any(
        one == prefix + other for pair in pairs for one, other in (pair, pair[::-1]) for prefix in weighty.NEGATING
    )


def _without_numbering(run: Run, side: str) -> str:
    """Numbers of paragraphs are no numbers of the contract, where both sides have one."""
    both = run.opens and _NUMBERING.match(run.removed) and _NUMBERING.match(run.added)
    return _NUMBERING.sub("", side) if both else side


def _lighter(run: Run, labels: Labels, known: Counter[str], language: str) -> str:
    removed, added = _tokens(run.removed), _tokens(run.added)
    if removed == added:
        return "punctuation"
    if [each.replace("-", "") for each in removed] == [each.replace("-", "") for each in added]:
        return "punctuation"
    if _tokens(_without_numbering(run, run.removed)) == _tokens(_without_numbering(run, run.added)):
        return "numbering"
    if all(labels) and _in_labels(run.removed, labels[0]) and _in_labels(run.added, labels[1]):
        return "link"
    english = language.partition("-")[0].casefold() == weighty.ENGLISH
    return "slip" if english and _slips(removed, added, known) else "words"


def _labels(text: str) -> frozenset[str]:
    return frozenset(" ".join(_tokens(label)) for label in _LABEL.findall(text))


def _in_labels(words: str, labels: frozenset[str]) -> bool:
    said = " ".join(_tokens(words))
    return any(said in label for label in labels)


def _slips(removed: list[str], added: list[str], known: Counter[str]) -> bool:
    if not removed or len(removed) != len(added) or len(removed) > 2:
        return False
    return all(old == new or _slip(old, new, known) for old, new in zip(removed, added, strict=True))


def _slip(old: str, new: str, known: Counter[str]) -> bool:
    """One letter apart, and at least one of the two stands nowhere else: ``recieve`` and ``receive``."""
    if min(len(old), len(new)) < SHORTEST_SLIP or old[0] != new[0] or OSA.distance(old, new) > 1:
        return False
    return known[old] == 1 or known[new] == 1
