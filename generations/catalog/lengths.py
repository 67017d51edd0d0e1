"""How long a prompt is, as the provider of a row counts it. Pure."""

from dataclasses import dataclass

from generations.catalog.capability import Capability
from generations.catalog.parts import PromptUnit

_WORDS = {
    PromptUnit.CHARACTERS: "characters",
    PromptUnit.BYTES: "bytes",
    PromptUnit.UTF16: "UTF-16 units",
    PromptUnit.TOKENS: "tokens",
}


@dataclass(frozen=True)
class Length:
    """A text's length beside what a row takes. ``exact``: whether ``count`` is the length, or what it cannot be more than."""

    count: int
    limit: int
    unit: PromptUnit
    exact: bool

    @property
    def words(self) -> str:
        """What is counted."""
        return _WORDS[self.unit]

    @property
    def fits(self) -> bool | None:
        """Whether the provider takes it; None where only the provider can count."""
        if self.count <= self.limit:
            return True
        return False if self.exact else None


def length_of(row: Capability, text: str) -> Length:
    """Return how long a text is for this row.

    A token of the byte-level tokenizers in use is a byte or more of UTF-8, so that a text never has more tokens than bytes.
    """
    return Length(
        _count(row.prompt_unit, text), row.prompt_limit, row.prompt_unit, row.prompt_unit is not PromptUnit.TOKENS
    )


def _count(unit: PromptUnit, text: str) -> int:
    if unit is PromptUnit.CHARACTERS:
        return len(text)
    if unit is PromptUnit.UTF16:
        return len(text.encode("utf-16-le")) // 2
    return len(text.encode())
