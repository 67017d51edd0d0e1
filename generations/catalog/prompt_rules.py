"""What providers' rules say about words in prompts: data with source and date, looked for in a text. Pure.

``[[prompt_rule]]`` tables, in our files and the operator's. A finding is a warning unless its rule says ``level = "block"``.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from generations.catalog.capability import Capability
from generations.catalog.reading import Reader
from generations.catalog.request import Params, Refusal

LONGEST_SAID = 60


class Level(StrEnum):
    """What follows from a finding."""

    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True)
class PromptRule:
    """One rule. ``providers`` and ``models`` (names or their beginnings) say whose it is; empty: everybody's.

    ``words`` are looked for as whole words, whatever their letters' case; a last ``*`` stands for any ending.
    Where ``beside`` is not empty, one of its words must be there too. ``message`` says what is wrong, ``mend`` what to do.
    """

    code: str
    level: Level
    providers: tuple[str, ...]
    models: tuple[str, ...]
    words: tuple[str, ...]
    beside: tuple[str, ...]
    message: str
    mend: str
    source: str
    as_of: dt.date

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What finds the words."""
        return _pattern(self.words)

    @cached_property
    def company(self) -> re.Pattern[str] | None:
        """What finds the words of which one must be there too."""
        return _pattern(self.beside) if self.beside else None

    def applies(self, row: Capability) -> bool:
        """Whether the rule is about this row."""
        theirs = not self.providers or row.provider in self.providers
        return theirs and (not self.models or row.model.startswith(self.models))

    def found(self, text: str) -> list[str]:
        """Return what is found in a text, each once, as it stands there."""
        if self.company is not None and not self.company.search(text):
            return []
        said = (" ".join(each.group().split())[:LONGEST_SAID] for each in self.pattern.finditer(text))
        return list({each.lower(): each for each in said}.values())


def prompt_rule(reader: Reader) -> PromptRule:
    """Read one table. Raises CatalogueError."""
    made = PromptRule(
        code=reader.text("code"),
        level=reader.word("level", Level, Level.WARN),
        providers=reader.texts("providers"),
        models=reader.texts("models"),
        words=reader.texts("words"),
        beside=reader.texts("beside"),
        message=reader.text("message"),
        mend=reader.text("mend"),
        source=reader.text("source"),
        as_of=reader.take("as_of", dt.date),
    )
    reader.end()
    if not made.words or not all(each.strip(" *") for each in (*made.words, *made.beside)):
        raise reader.fail("words", "must hold at least one word, and none that is empty")
    return made


def blocks(rules: Sequence[PromptRule], row: Capability, params: Params) -> Iterator[Refusal]:
    """Return a refusal for each rule of the row that blocks what is said."""
    for rule in rules:
        if rule.level is Level.BLOCK and rule.applies(row) and (said := rule.found(params.words)):
            quoted = ", ".join(f"“{each}”" for each in said)
            yield Refusal("prompt-blocked", "prompt", f"{rule.message} Found: {quoted}. {rule.mend}")


def _pattern(words: Sequence[str]) -> re.Pattern[str]:
    # Longer words first, so that "Spider-Man" is not found as "Spider".
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_one, ordered))})(?!\w)", re.IGNORECASE)


def _one(word: str) -> str:
    ending = r"\w*" if word.endswith("*") else ""
    return r"\s+".join(map(re.escape, word.rstrip("*").split())) + ending
