"""CSV for spreadsheets: no text becomes a formula, numbers stay numbers, everything can be read back."""

import csv
from decimal import Decimal

import pytest

from sorahub.lib.sheets import csv_lines, meant


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_a_text_that_could_be_a_formula_is_disarmed(text: str) -> None:
    assert _read([text]) == [["'" + text]]


def test_numbers_keep_their_sign_and_plain_texts_their_letters() -> None:
    assert _read(["Dawn, “first”", Decimal("-0.400000"), 7, None, "a=b"]) == [
        ["Dawn, “first”", "-0.400000", "7", "", "a=b"]
    ]


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", " =1", "' =1", "'tis", "it's", "", "'", "plain"])
def test_what_was_meant_can_be_told_again(text: str) -> None:
    assert [meant(cell) for cell in _read([text])[0]] == [text]


def test_the_first_line_tells_spreadsheets_that_it_is_utf_8() -> None:
    assert next(csv_lines(["Wörter"], [])) == "\ufeffWörter\r\n"


def _read(row: list[str | int | Decimal | None]) -> list[list[str]]:
    lines = [*csv_lines(["Head"] * len(row), [row])]
    return [*csv.reader(lines[1:])]
