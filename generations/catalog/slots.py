"""Read a row's places for reference files, and its rules of company."""

from typing import Any

from generations.catalog.parts import Rule, Slot
from generations.catalog.reading import Reader

KINDS = ("image", "video", "audio")
ROLES = ("first_frame", "last_frame", "reference", "base_video", "feature_video", "subject")
ASKED = (
    *(f"kind:{kind}" for kind in KINDS),
    *(f"audio:{word}" for word in ("on", "off", "original")),
    *ROLES,
    "characters",
    "multi_shot",
    "seed",
    "negative",
)
_NUMBERS = ("min_ratio", "max_ratio", "min_seconds", "max_seconds", "max_total_seconds", "min_fps", "max_fps")
_PAIRS = (("min_side", "max_side"), ("min_ratio", "max_ratio"), ("min_seconds", "max_seconds"), ("min_fps", "max_fps"))


def slot(reader: Reader) -> Slot:
    """Read one place for files. Raises CatalogueError."""
    found = Slot(
        kind=_one_of(reader, "kind", KINDS),
        role=_one_of(reader, "role", ROLES),
        at_least=reader.take("at_least", int, 0),
        at_most=reader.positive("at_most"),
        formats=reader.texts("formats"),
        max_bytes=reader.positive("max_bytes"),
        must_match_size=reader.flag("must_match_size"),
        min_side=reader.limit("min_side"),
        max_side=reader.limit("max_side"),
        by_address=reader.flag("by_address"),
        **{name: reader.number(name) for name in _NUMBERS},
    )
    reader.end()
    if not 0 <= found.at_least <= found.at_most:
        raise reader.fail("at_least", "must lie between 0 and at_most")
    if not found.formats or any("/" not in each for each in found.formats):
        raise reader.fail("formats", "must name media types")
    for low, high in _PAIRS:
        if (getattr(found, low) or 0) > (getattr(found, high) or float("inf")):
            raise reader.fail(low, f"must not be above {high}")
    return found


def rule(reader: Reader) -> Rule:
    """Read one rule of company. Raises CatalogueError."""
    limits = reader.take("limit", dict, {})
    found = Rule(
        when=reader.texts("when"),
        require=reader.texts("require"),
        forbid=reader.texts("forbid"),
        limit=tuple((name, value) for name, value in limits.items()),
        words=reader.text("words"),
    )
    reader.end()
    named = (*found.when, *found.forbid, *_split(found.require, "|"), *_split(limits, "+"))
    if unknown := sorted(set(named) - set(ASKED)):
        raise reader.fail("tokens", f"must be among {', '.join(ASKED)}; unknown: {', '.join(unknown)}")
    if not (found.require or found.forbid or found.limit):
        raise reader.fail("require, forbid or limit", "is missing")
    if any(type(most) is not int or most < 0 for _, most in found.limit):
        raise reader.fail("limit", "must hold whole numbers")
    return found


def _one_of(reader: Reader, field: str, words: tuple[str, ...]) -> str:
    value = reader.take(field, str)
    if value not in words:
        raise reader.fail(field, f"must be one of {', '.join(words)}, not {value!r}")
    return value


def _split(tokens: Any, by: str) -> list[str]:
    return [part for token in tokens for part in token.split(by)]
