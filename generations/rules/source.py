"""The source of a prompt: words with places in them. Pure.

``{{time}}`` is a variable, ``{{time|dawn}}`` one with a value of its own, ``{{snippet:golden-light}}`` and ``{{sheet:otto}}`` are
kept words in their newest version, ``{{snippet:golden-light@2}}`` in their second. Single braces stand for themselves, and so do
two that close; ``\\{{`` writes two opening ones as they are. Names have small letters, digits, hyphens and underscores.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

OPEN, ESCAPED = "{{", "\\{{"
MOST_PLACES = 500
DEEPEST = 5
LONGEST = 100_000
LONGEST_VALUE = 2_000
NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_PLACE = re.compile(
    r"\s*(?:(?P<sort>snippet|sheet)\s*:\s*(?P<kept>[a-z][a-z0-9_-]{0,59})(?:\s*@\s*(?P<version>[0-9]{1,6}))?"
    r"|(?P<variable>[a-z][a-z0-9_-]{0,59})(?:\s*\|(?P<default>[^{}]*))?)\s*"
)
_TOKEN = re.compile(r"\\\{\{|\{\{")


@dataclass(frozen=True)
class Place:
    """A place in a source. ``sort``: "variable", "snippet" or "sheet"; ``version``: of kept words, None for the newest;
    ``default``: of a variable, None where it must be given.
    """

    sort: str
    name: str
    version: int | None = None
    default: str | None = None

    @property
    def called(self) -> str:
        """What stands between the braces, in one form."""
        return self.name if self.sort == "variable" else f"{self.sort}:{self.name}"


@dataclass(frozen=True)
class Problem:
    """Why a source cannot be made into words: a code, the name it is about ("" for none), and words that say what to do."""

    code: str
    name: str
    message: str


@dataclass(frozen=True)
class Kept:
    """Kept words as they are found: ``key`` tells the version from every other."""

    key: str
    text: str
    defaults: Mapping[str, str] = field(default_factory=dict)


Find = Callable[[Place], Kept | None]


@dataclass(frozen=True)
class Variable:
    """A variable of a source: the value that it has, and whether somebody gave it."""

    name: str
    value: str
    given: bool


@dataclass(frozen=True)
class Rendered:
    """What a source becomes. ``used``: keys of the kept words, in the order of their first use. ``problems``: empty when sound."""

    text: str
    used: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def missing(self) -> list[str]:
        """The variables that have no value yet."""
        return [each.name for each in self.problems if each.code == "variable-missing"]


def escaped(text: str) -> str:
    """Return a source that renders to exactly this text."""
    return text.replace(OPEN, ESCAPED)


def is_plain(text: str) -> bool:
    """Whether a source has no places and nothing escaped: it is its own text."""
    return OPEN not in text


def places(text: str) -> list[Place]:
    """Return the places of a source in their order, wrongly written ones left out."""
    return [part for part in _parts(text) if isinstance(part, Place)]


def render(text: str, values: Mapping[str, str], find: Find, usual: Mapping[str, str] | None = None) -> Rendered:
    """Fill a source in. ``find`` gives the kept words of a place, or None; what they hold is filled in the same way.

    ``usual``: values of variables for which nobody gives any and that have none of their own.

    Values are put in as they are: braces in them mean nothing. Kept words that hold themselves, or nest deeper than DEEPEST, are
    a problem, as are more than MOST_PLACES places or LONGEST characters in all; nothing larger is ever built.
    """
    filling = _Filling(values, find)
    filling.fill(text, usual or {}, ())
    done = "".join(filling.pieces)
    unique = tuple(dict.fromkeys(filling.problems))
    return Rendered(done.strip(), tuple(dict.fromkeys(filling.used)), tuple(filling.variables.values()), unique)


class _Filling:
    """One source being filled in; counts what it has cost so far."""

    def __init__(self, values: Mapping[str, str], find: Find) -> None:
        self.values, self.find = values, find
        self.pieces: list[str] = []
        self.used: list[str] = []
        self.variables: dict[str, Variable] = {}
        self.problems: list[Problem] = []
        self.places = self.length = 0

    def fill(self, text: str, defaults: Mapping[str, str], inside: tuple[str, ...]) -> None:
        """Fill in one text; ``inside``: the kept words that it stands in."""
        for part in _parts(text):
            if self.places > MOST_PLACES or self.length > LONGEST:
                self._too_much()
                return
            if isinstance(part, str):
                self._write(part)
            elif isinstance(part, Problem):
                self.problems.append(part)
            elif part.sort == "variable":
                self.places += 1
                self._variable(part, defaults)
            else:
                self.places += 1
                self._kept(part, defaults, inside)

    def _variable(self, place: Place, defaults: Mapping[str, str]) -> None:
        given = self.values.get(place.name, "").strip()
        usual = place.default.strip() if place.default is not None else defaults.get(place.name, "")
        value = given or usual
        known = self.variables.get(place.name)
        if known is None or (value and not known.value):
            self.variables[place.name] = Variable(place.name, value, bool(given))
        if value or place.default is not None:
            self._write(value)
            return
        words = f"Give {place.name} a value, or take {{{{{place.name}}}}} out."
        self.problems.append(Problem("variable-missing", place.name, words))
        self._write(f"{{{{{place.name}}}}}")

    def _kept(self, place: Place, defaults: Mapping[str, str], inside: tuple[str, ...]) -> None:
        if place.called in inside:
            way = " → ".join((*inside[inside.index(place.called) :], place.called))
            self.problems.append(Problem("kept-in-itself", place.called, f"{place.called} holds itself: {way}."))
        elif len(inside) >= DEEPEST:
            words = f"{place.called} stands more than {DEEPEST} deep in other kept words."
            self.problems.append(Problem("kept-too-deep", place.called, words))
        elif (found := self.find(place)) is None:
            which = f"version {place.version} of {place.called}" if place.version else place.called
            words = f"There is no {which} here: write it under Kept words, or take it out."
            self.problems.append(Problem("kept-unknown", place.called, words))
        else:
            self.used.append(found.key)
            self.fill(found.text, {**defaults, **found.defaults}, (*inside, place.called))

    def _write(self, text: str) -> None:
        self.length += len(text)
        if self.length <= LONGEST:
            self.pieces.append(text)

    def _too_much(self) -> None:
        words = f"Filled in, it has more than {MOST_PLACES} places or {LONGEST:,} characters: use fewer kept words."
        self.problems.append(Problem("too-much", "", words))


def _parts(text: str) -> Iterator[str | Place | Problem]:
    """Take a source apart: text, places, and what is written as a place but is none."""
    at = 0
    while found := _TOKEN.search(text, at):
        if found.start() > at:
            yield text[at : found.start()]
        if found.group() == ESCAPED:
            yield OPEN
            at = found.end()
            continue
        end = text.find("}}", found.end())
        if end < 0:
            said = text[found.start() : found.start() + 30].splitlines()[0]
            yield Problem("place-open", "", f"The braces of “{said}” are never closed. For plain braces write \\{{{{.")
            return
        yield _place(text[found.end() : end])
        at = end + 2
    if at < len(text):
        yield text[at:]


def _place(inside: str) -> Place | Problem:
    found = _PLACE.fullmatch(inside)
    if found is None:
        words = f"“{{{{{inside[:40]}}}}}” is no place: write {{{{name}}}}, {{{{snippet:name}}}} or {{{{sheet:name}}}}, in small letters."
        return Problem("place-wrong", "", f"{words} For plain braces write \\{{{{.")
    if found["variable"]:
        return Place("variable", found["variable"], default=found["default"])
    version = int(found["version"]) if found["version"] else None
    return Place(found["sort"], found["kept"], version)
