"""What somebody typed into the search box, read: words, phrases, what must not be there, and filters by name."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from sorahub.lib.errors import InvalidInput

LONGEST, MOST_TERMS = 300, 16
SHORTEST_PREFIX = 2
FIELDS = {
    "kind": "prompt, note, clip, reference, shot, project, generation or terms",
    "project": "a project's code",
    "client": "a client's name",
    "model": "a model's name",
    "by": "a person's name or e-mail",
    "is": "open or resolved; archived, withdrawn or quarantined; waiting, done, failed, cancelled …",
    "review": "where a clip's approval stands: approved, changes, open or signed",
    "tag": "a tag's name",
    "shape": "landscape, portrait or square",
    "size": "a picture size, such as 1280x720",
    "after": "a day, such as 2026-11-01",
    "before": "a day, such as 2026-12-01",
}
"""Filters that may be typed, and what stands behind the colon; a client's own fields come to these."""
_TOKEN = re.compile(r'(-?)(?:([^\W\d_][\w-]*):(?!//))?(?:"([^"]*)"(\*?)|([^\s"]+))')
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Term:
    """Words to look for as they were typed: in this order if there are several. ``begun``: the last may go on."""

    text: str
    begun: bool = False
    without: bool = False


@dataclass(frozen=True)
class Filter:
    """A filter by name, as typed."""

    name: str
    value: str
    without: bool = False


@dataclass(frozen=True)
class Query:
    """A query that makes sense."""

    terms: tuple[Term, ...] = ()
    filters: tuple[Filter, ...] = field(default=())

    @property
    def wants_words(self) -> bool:
        """Whether there is anything to look for in texts."""
        return bool(self.terms)


def read(text: str, own: Collection[str] = ()) -> Query:
    """Return what was asked. ``own``: names of clients' fields that may be filtered by. Raises InvalidInput that says what is wrong."""
    said = text.strip()
    if len(said) > LONGEST:
        raise _wrong(f"That is longer than {LONGEST} characters. Look for fewer words.")
    if said.count('"') % 2:
        raise _wrong('A quotation mark is not closed. Write a phrase as "golden hour".')
    terms: list[Term] = []
    filters: list[Filter] = []
    for minus, name, phrase, star, word in _TOKEN.findall(said):
        if name:
            filters.append(_filter(name.lower(), word or phrase, without=bool(minus), own=own))
        elif made := _term(
            phrase or word, begun=(phrase == "" and word.endswith("*")) or bool(star), without=bool(minus)
        ):
            terms.append(made)
    if len(terms) + len(filters) > MOST_TERMS:
        raise _wrong(f"Those are more than {MOST_TERMS} words. Leave some out.")
    if terms and all(term.without for term in terms):
        raise _wrong("Say at least one word that should be there; with a minus one only takes away.")
    return Query(tuple(terms), tuple(filters))


def day(value: str, name: str) -> date:
    """Return the day that a filter names. Raises InvalidInput."""
    try:
        if not _DAY.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise _wrong(f"“{name}:{value}” is no day. Write it as {name}:2026-11-01.") from None


def _term(text: str, *, begun: bool, without: bool) -> Term | None:
    bare = text.rstrip("*") if begun else text
    letters = re.sub(r"[\W_]", "", bare)
    if not letters:
        if begun and text.strip("*") == "":
            raise _wrong("A star needs the beginning of a word before it, such as light*.")
        return None
    if begun and len(letters) < SHORTEST_PREFIX and letters.isascii():
        raise _wrong(f"“{bare}*” is too short: write at least {SHORTEST_PREFIX} letters before a star.")
    return Term(bare, begun, without)


def _filter(name: str, value: str, *, without: bool, own: Collection[str]) -> Filter:
    if name not in FIELDS and name not in own:
        known = ", ".join([*FIELDS, *sorted(own)])
        raise _wrong(
            f"There is no filter “{name}:”. Known: {known}. To look for the text itself, put it into quotation marks."
        )
    if not value:
        raise _wrong(f"“{name}:” needs a value: {FIELDS.get(name, 'what the field should say')}.")
    return Filter(name, value, without)


def _wrong(words: str) -> InvalidInput:
    return InvalidInput(words, code="bad-query", fields={"q": words})
