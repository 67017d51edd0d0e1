"""Read the parameters that a face sends: every value checked for its form, none judged by a model's limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from generations.catalog import ShotAsk
from sorahub.lib.errors import InvalidInput

KNOWN = frozenset({"seconds", "size", "width", "height", "seed", "audio", "negative", "shots"})
MOST_SHOTS = 50
LONGEST_NEGATIVE = 10_000
WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Parameters:
    """What was sent; None where nothing was said. ``seconds`` 0 leaves the length to the model; no ``shots``: one."""

    seconds: int | None
    size: tuple[int, int] | None
    seed: int | None
    audio: str
    negative: str | None
    shots: tuple[ShotAsk, ...] | None


def read(params: Mapping[str, object]) -> Parameters:
    """Return the parameters as values: seconds (whole, or "auto"), size ("1280x720") or width and height, seed (whole),
    audio ("on", "off", "original"), negative (text), shots (list of prompt and seconds).

    Raises InvalidInput that names what is malformed or unknown.
    """
    if unknown := sorted(set(params) - KNOWN):
        raise InvalidInput(f"Unknown parameters: {', '.join(unknown)}.", fields=dict.fromkeys(unknown, "Unknown."))
    return Parameters(
        seconds=_seconds(params.get("seconds")),
        size=_size(params),
        seed=None if params.get("seed") in (None, "") else _whole(params["seed"], "seed"),
        audio=word(params.get("audio"), "audio"),
        negative=_negative(params.get("negative")),
        shots=_shots(params.get("shots")),
    )


def word(value: object, field: str) -> str:
    """Return a word such as "first_frame", or "" for nothing. Raises InvalidInput."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not WORD.fullmatch(value):
        raise _wrong(field, f"Give {field} as one word in small letters.")
    return value


def _seconds(value: object) -> int | None:
    if value is None or value == "":
        return None
    return 0 if value == "auto" else _whole(value, "seconds")


def _size(params: Mapping[str, object]) -> tuple[int, int] | None:
    if "width" in params or "height" in params:
        return _whole(params.get("width"), "width"), _whole(params.get("height"), "height")
    if params.get("size") in (None, ""):
        return None
    width, _, height = str(params["size"]).partition("x")
    return _whole(width, "size"), _whole(height, "size")


def _negative(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_NEGATIVE:
        raise _wrong("negative", f"Give what should not appear as text of at most {LONGEST_NEGATIVE} characters.")
    return value.strip()


def _shots(value: object) -> tuple[ShotAsk, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MOST_SHOTS:
        raise _wrong("shots", f"Give the shots as a list of at most {MOST_SHOTS}.")
    return tuple(_shot(each) for each in value)


def _shot(value: object) -> ShotAsk:
    if not isinstance(value, dict) or set(value) != {"prompt", "seconds"} or not isinstance(value["prompt"], str):
        raise _wrong("shots", "Each shot has a prompt (text) and seconds (a whole number), nothing else.")
    return ShotAsk(value["prompt"].strip(), _whole(value["seconds"], "shots"))


def _whole(value: object, field: str) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or len(text) > 10:
        raise _wrong(field, MESSAGES.get(field) or f"Give {field} as a whole number.")
    return int(text)


MESSAGES = {"size": "Give the size as 1280x720.", "shots": "Give each shot's seconds as a whole number."}


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, fields={field: message})
