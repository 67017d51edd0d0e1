"""The number of a certificate: what a person types to look a sign-off up, drawn from the hash of what was signed.

Twelve characters of Crockford's base 32 in threes of four: the first 60 bits of the payload's SHA-256. It proves nothing
by itself and cannot be guessed; two sign-offs of one hub with the same number are not to be expected before a billion.
"""

import re

PREFIX = "SH"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")
_DIGITS = 15  # hexadecimal: 60 bits


def number_of(payload_sha256: str) -> str:
    """Return the number, such as ``SH-4Q2C-8XK0-Z7TM``, of the sign-off whose payload has this SHA-256 (hexadecimal)."""
    value = int(payload_sha256[:_DIGITS], 16)
    letters = "".join(_LETTERS[(value >> shift) & 31] for shift in range(55, -1, -5))
    return "-".join([PREFIX, letters[:4], letters[4:8], letters[8:]])


def digits_of(number: str) -> str | None:
    """Return the first 15 hexadecimal digits that a typed number stands for, None when it is none.

    Case, spaces and hyphens do not matter, and I, L and O are read as the digits that they look like.
    """
    typed = re.sub(r"[\s\-\N{EN DASH}\N{EM DASH}]", "", number).upper()
    letters = typed.removeprefix(PREFIX).translate(_MISREAD) if len(typed) > 12 else typed.translate(_MISREAD)
    if len(letters) != 12 or any(each not in _LETTERS for each in letters):
        return None
    value = 0
    for each in letters:
        value = value << 5 | _LETTERS.index(each)
    return f"{value:0{_DIGITS}x}"
