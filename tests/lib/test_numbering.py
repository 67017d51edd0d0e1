"""The number that is printed on a certificate and typed back."""

from hashlib import sha256

import pytest

from sorahub.lib.numbering import digits_of, number_of

PAYLOAD = sha256(b"what was signed").hexdigest()


def test_the_number_stands_for_the_first_sixty_bits() -> None:
    assert digits_of(number_of(PAYLOAD)) == PAYLOAD[:15]
    assert number_of("0" * 64) == "SH-0000-0000-0000"
    assert number_of("f" * 64) == "SH-ZZZZ-ZZZZ-ZZZZ"


def test_it_is_read_as_people_type_it() -> None:
    number = "SH-10AB-C0D1-2345"
    same = ["sh-10ab-c0d1-2345", "SH 10AB C0D1 2345", "10ABC0D12345", "SH-IOAB-CODL-2345"]
    assert {digits_of(each) for each in same} == {digits_of(number)}


@pytest.mark.parametrize("typed", ["", "SH", "SH-1234-5678", "SH-10AB-C0D1-234U", "SH-10AB-C0D1-23456"])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert digits_of(typed) is None
