"""Amounts in words."""

import pytest

from sorahub.lib.amounts import money_words


@pytest.mark.parametrize(
    ("micro", "words"),
    [
        (400_000, "0.40 USD"),
        (504_000, "0.504 USD"),
        (673_083, "0.673083 USD"),
        (1_234_567_890_000, "1,234,567.89 USD"),
        (-5, "-0.000005 USD"),
        (0, "0.00 USD"),
        (None, ""),
    ],
)
def test_money_has_cents_and_only_as_many_places_more_as_it_needs(micro: int | None, words: str) -> None:
    assert money_words(micro, "USD") == words
