"""Kling's own words: its envelope, its error codes with their HTTP status, its states and its prices in units."""

import re
import uuid

from starlette.responses import JSONResponse

from generations.sandbox.errors import Refusal
from generations.sandbox.words import SpecialWord

STATES = {
    "queued": "submitted",
    "in_progress": "processing",
    "completed": "succeeded",
    "failed": "failed",
    "cancelled": "failed",
    "expired": "failed",
}
CODES = {
    1000: (401, "Authentication failed"),
    1001: (401, "Authorization is empty"),
    1002: (401, "Authorization is invalid"),
    1003: (401, "Authorization is not yet valid"),
    1004: (401, "Authorization has expired"),
    1100: (429, "Account exception"),
    1101: (429, "Account in arrears"),
    1102: (429, "Resource pack depleted or expired"),
    1103: (403, "Unauthorized access to the requested resource"),
    1200: (400, "Invalid request parameters"),
    1201: (400, "Invalid parameter value"),
    1202: (404, "The requested method is invalid"),
    1203: (404, "The requested resource does not exist"),
    1300: (400, "Platform policy triggered"),
    1301: (400, "Content security policy triggered"),
    1302: (429, "Request rate limit exceeded"),
    1303: (429, "Parallel task over resource pack limit"),
    1304: (429, "IP allow-list policy triggered"),
    5000: (500, "Server internal error"),
    5001: (503, "Server temporarily unavailable"),
    5002: (504, "Server internal timeout"),
}
REFUSED = {
    SpecialWord.MODERATED_INPUT: 1301,
    SpecialWord.SERVER_ERROR: 5000,
    SpecialWord.RATE_LIMIT: 1302,
    SpecialWord.QUOTA: 1102,
    SpecialWord.ARREARS: 1101,
}
CENTS_PER_UNIT = 14
# Tenths of a unit for each second, by model and what it is asked for.
PRICES = {
    ("kling-3.0", "silent"): {"720p": 6, "1080p": 8, "4k": 30},
    ("kling-3.0", "audio"): {"720p": 9, "1080p": 12, "4k": 30},
    ("kling-3.0-turbo", "audio"): {"720p": 8, "1080p": 10},
    ("kling-3.0-omni", "silent"): {"720p": 6, "1080p": 8, "4k": 30},
    ("kling-3.0-omni", "audio"): {"720p": 8, "1080p": 10, "4k": 30},
    ("kling-3.0-omni", "video"): {"720p": 9, "1080p": 12, "4k": 30},
}
_CODE_WORD = re.compile(r"sandbox:kling-(\d{4})\b", re.IGNORECASE)


class KlingError(Refusal):
    """An error answer: the code decides the HTTP status."""

    def __init__(self, code: int, message: str | None = None) -> None:
        self.code = code
        self.status, usual = CODES[code]
        self.message = message or usual
        super().__init__(self.message)

    def response(self) -> JSONResponse:
        """Return the envelope with a code other than 0 and no data."""
        body = {"code": self.code, "message": self.message, "request_id": str(uuid.uuid4())}
        return JSONResponse(body, status_code=self.status)


def envelope(data: object) -> JSONResponse:
    """Return a successful answer."""
    return JSONResponse({"code": 0, "message": "SUCCEED", "request_id": str(uuid.uuid4()), "data": data})


def wrong(message: str) -> KlingError:
    """Return the refusal of a parameter's value."""
    return KlingError(1201, message)


def code_asked_for(prompt: str) -> int | None:
    """Return the code of a word like ``sandbox:kling-1304`` in a prompt, or None."""
    found = _CODE_WORD.search(prompt)
    return int(found[1]) if found and int(found[1]) in CODES else None


def tenths_of_units(model: str, resolution: str, seconds: int, *, audio: bool, with_video: bool) -> int:
    """Return what a clip costs, in tenths of a unit."""
    kind = "video" if with_video else "audio" if audio else "silent"
    return PRICES[model, kind][resolution] * seconds


def decimal(value: int, places: int) -> str:
    """Return a whole number of the last place as a decimal: (45, 1) is "4.5" and (30, 1) is "3"."""
    whole, rest = divmod(value, 10**places)
    return f"{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")
