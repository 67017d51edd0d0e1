"""Texts from outside made fit for a database: what none of them keeps is replaced, nothing else is touched."""

import re
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What no database keeps: a zero byte, and half of a character, as where a text was cut inside an emoji."""


def storable(value: Any) -> Any:
    """Return a JSON value, names of fields too, with a replacement character for whatever no database keeps.

    Raises RecursionError for one that is nested more deeply than Python goes.
    """
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(name): storable(each) for name, each in value.items()}
    return value
