"""Ark's own words: its error codes with their HTTP status, its states, its models and how it counts tokens."""

import re
from dataclasses import dataclass

from starlette.responses import JSONResponse

from generations.sandbox.errors import Refusal
from generations.sandbox.words import SpecialWord

STATES = {
    "queued": "queued",
    "in_progress": "running",
    "completed": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
    "expired": "expired",
}
CODES = {
    "AuthenticationError": (401, "The API key is missing or invalid."),
    "AccountOverdueError": (403, "The request failed because the account has an overdue balance."),
    "AccessDenied": (403, "The account has no access to this resource."),
    "ModelNotOpen": (404, "The account has not activated this model."),
    "InvalidEndpoint.NotFound": (404, "The model or endpoint does not exist or cannot be accessed."),
    "ResourceNotFound": (404, "The task does not exist."),
    "InvalidParameter": (400, "A parameter of the request is not valid."),
    "RateLimitExceeded.EndpointRPMExceeded": (429, "The requests per minute of this endpoint are used up."),
    "ModelAccountRpmRateLimitExceeded": (429, "The account's requests per minute for this model are used up."),
    "ModelAccountTpmRateLimitExceeded": (429, "The account's tokens per minute for this model are used up."),
    "QuotaExceeded": (429, "The account's free quota or daily limit is used up."),
    "ServerOverloaded": (429, "The service is overloaded. Try again later."),
    "ModelLoadingError": (429, "The model is being loaded. Try again later."),
    "InternalServiceError": (500, "The service met an unexpected internal error."),
    "InputTextSensitiveContentDetected": (400, "The input text may contain sensitive information."),
    "InputTextSensitiveContentDetected.PolicyViolation": (400, "The input text may violate platform rules."),
    "InputImageSensitiveContentDetected": (400, "The input image may contain sensitive information."),
    "InputImageSensitiveContentDetected.PrivacyInformation": (400, "The input image may contain a real person."),
    "InvalidAction.RunningTaskDeletion": (409, "The task is currently running and cannot be deleted."),
}
OUTPUT_REFUSED = "OutputVideoSensitiveContentDetected"
REFUSED = {
    SpecialWord.MODERATED_INPUT: "InputTextSensitiveContentDetected",
    SpecialWord.SERVER_ERROR: "InternalServiceError",
    SpecialWord.RATE_LIMIT: "ModelAccountRpmRateLimitExceeded",
    SpecialWord.QUOTA: "QuotaExceeded",
    SpecialWord.ARREARS: "AccountOverdueError",
}
FRAME_RATE = 24
_BY_FOLDED = {code.casefold(): code for code in CODES}
_CODE_WORD = re.compile(r"sandbox:ark-([a-z.]*[a-z])", re.IGNORECASE)
_NEWER = re.compile(r"(doubao|dreamina)-seedance-2-5-\d{6}")


@dataclass(frozen=True)
class Model:
    """What a model takes: resolutions, the longest clip, how many images, videos and sounds, and sound without pictures."""

    resolutions: tuple[str, ...]
    longest: int
    images: int
    videos: int
    sounds: int
    sound_alone: bool


_FULL = Model(("480p", "720p", "1080p", "4k"), 15, 9, 3, 3, sound_alone=False)
_SMALL = Model(("480p", "720p"), 15, 9, 3, 3, sound_alone=False)
_LONG = Model(("480p", "720p", "1080p"), 30, 30, 10, 10, sound_alone=True)
_MODELS = {
    f"{family}-seedance-2-0-{name}": model
    for family in ("doubao", "dreamina")
    for name, model in (("260128", _FULL), ("fast-260128", _SMALL), ("mini-260615", _SMALL))
}


class ArkError(Refusal):
    """An error answer: the code decides the HTTP status."""

    def __init__(self, code: str, message: str | None = None, *, param: str = "") -> None:
        self.code = code
        self.status, usual = CODES[code]
        self.message = message or usual
        self.param = param
        super().__init__(self.message)

    def response(self) -> JSONResponse:
        """Return the dialect's error body."""
        error = {"code": self.code, "message": self.message, "param": self.param, "type": _KINDS[self.status]}
        return JSONResponse({"error": error}, status_code=self.status)


_KINDS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalServerError",
}


def wrong(param: str, message: str) -> ArkError:
    """Return the refusal of a parameter's value."""
    words = f"The parameter `{param}` specified in the request is not valid: {message}"
    return ArkError("InvalidParameter", words, param=param)


def model_named(name: object) -> Model:
    """Return a model. Raises ArkError where there is none of this name."""
    if isinstance(name, str) and name in _MODELS:
        return _MODELS[name]
    if isinstance(name, str) and _NEWER.fullmatch(name):
        return _LONG
    raise ArkError("InvalidEndpoint.NotFound", f"The model or endpoint {name} does not exist.", param="model")


def code_asked_for(prompt: str) -> str | None:
    """Return the code of a word like ``sandbox:ark-ServerOverloaded`` in a prompt, or None."""
    found = _CODE_WORD.search(prompt)
    return _BY_FOLDED.get(found[1].casefold()) if found else None


def tokens(width: int, height: int, seconds: int) -> int:
    """Return what a clip costs: pixels × (24 × seconds + 1) frames / 1024, to the nearest token."""
    return round(width * height * (FRAME_RATE * seconds + 1) / 1024)
