"""Amounts of money in words."""

from decimal import Decimal


def money_words(micro: int | None, currency: str) -> str:
    """Return "0.40 USD" for millionths of a unit; as many more places as it takes where cents cannot say it; "" for None."""
    if micro is None:
        return ""
    units, cents = f"{Decimal(micro) / 1_000_000:,.6f}".split(".")
    return f"{units}.{cents[:2]}{cents[2:].rstrip('0')} {currency}"
