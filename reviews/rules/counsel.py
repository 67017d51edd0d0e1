"""What outside counsel puts their name to besides the statement, and when what they typed is their name."""

import unicodedata
from datetime import timedelta
from hashlib import sha256

INTENT = (
    "I intend this as my signature. I am the person named here, I sign as counsel from outside the agency, and I have read the "
    "record whose SHA-256 is shown."
)
"""Ticked by counsel; another wording is another hash, and both go under the signature."""
INTENT_SHA256 = sha256(INTENT.encode()).hexdigest()
LASTS = timedelta(days=14)
LONGEST = timedelta(days=60)
REMIND_BEFORE = timedelta(days=3)
IDLE = timedelta(minutes=30)


def is_name(typed: str, name: str) -> bool:
    """Say whether this is the name, letter by letter, small and capital ones apart; how blanks and accents are encoded is no difference."""
    return bool(typed.strip()) and _plain(typed) == _plain(name)


def _plain(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", words).split())
