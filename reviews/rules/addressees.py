"""Addresses as people type them: one or several, with or without a name, by comma, semicolon or line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

NAMED = re.compile(r"\s*(?P<name>[^<>]*?)\s*<\s*(?P<email>[^<>\s]+)\s*>\s*")
MOST = 50


@dataclass(frozen=True)
class Addressee:
    """A guest to be asked; without a name they are called by their address."""

    email: str
    name: str = ""


def read(text: str) -> list[Addressee]:
    """Return the addressees in the text, each once, in order. What looks like no address stays as it is, to be refused by name.

    A comma between name and address ("Lind, Dora <dora@example.com>") separates; lines and semicolons do so too.
    """
    parts = re.split(r"[,;\n]", text)
    return once(_one(part) for part in parts if part.strip())


def once(given: Iterable[Addressee]) -> list[Addressee]:
    """Return them without doubles: one address is one guest, whatever its capitals; the first name given counts."""
    kept: dict[str, Addressee] = {}
    for one in given:
        kept.setdefault(one.email.strip().lower(), one)
    return list(kept.values())


def _one(part: str) -> Addressee:
    match = NAMED.fullmatch(part)
    if match is None:
        return Addressee(part.strip())
    return Addressee(match["email"], match["name"].strip("\"' "))
