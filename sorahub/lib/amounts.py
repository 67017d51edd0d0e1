"""Amounts of money in words."""

from decimal import Decimal

CENT = 10_000


def money_words(micro: int | None, currency: str) -> str:
    """Return "0.40 USD" for millionths of a unit; more places where cents cannot say it; "" for None."""
    if micro is None:
        return ""
    places = 2 if micro % CENT == 0 else 6
    return f"{Decimal(micro) / 1_000_000:,.{places}f} {currency}"
