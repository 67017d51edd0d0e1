"""Read a row's price list."""

import datetime as dt
from collections.abc import Sequence

from generations.catalog.parts import Price, PriceKind, Pricing, Shape
from generations.catalog.reading import Reader

OCCASIONS = frozenset({"audio", "silent", "video"})


def pricing(reader: Reader | None, shapes: Sequence[Shape]) -> Pricing | None:
    """Return the price list, or None where no price is known. Its selectors may name only what the row offers."""
    if reader is None:
        return None
    kind = reader.word("kind", PriceKind)
    lines = reader.take("prices", dict)
    found = Pricing(
        kind=kind,
        currency=reader.text("currency"),
        source=reader.text("source"),
        as_of=reader.take("as_of", dt.date),
        prices=tuple(Price(tuple(selector.split()), amount) for selector, amount in lines.items()),
        unit_micro=reader.positive("unit_micro") if kind is PriceKind.UNITS else None,
    )
    reader.end()
    _check(found, shapes, reader)
    return found


def _check(found: Pricing, shapes: Sequence[Shape], reader: Reader) -> None:
    if len(found.currency) != 3 or not found.currency.isupper():
        raise reader.fail("currency", f"must be a code such as USD, not {found.currency!r}")
    if not found.prices or any(type(price.amount) is not int or price.amount < 0 for price in found.prices):
        raise reader.fail("prices", "must hold whole numbers")
    known = {word for shape in shapes for word in (str(shape.size), shape.resolution)} | OCCASIONS
    if unknown := sorted({word for price in found.prices for word in price.selector} - known):
        raise reader.fail(
            "prices", f"must name the row's sizes and resolutions, audio, silent or video: {', '.join(unknown)}"
        )
    if len({frozenset(price.selector) for price in found.prices}) < len(found.prices):
        raise reader.fail("prices", "must say each thing once")
