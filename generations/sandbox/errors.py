"""Error answers: what every dialect's have in common, and the OpenAI form {"error": {"message", "type", "param", "code"}}."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from generations.sandbox.words import RATE_LIMIT_SECONDS, SpecialWord


class Refusal(Exception, ABC):
    """An error answer of some dialect: raise it in a handler and its response is sent."""

    @abstractmethod
    def response(self) -> Response:
        """Return the answer to send."""


class ApiError(Refusal):
    """An error answer: HTTP status, words for a person, and the dialect's type, param and code."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}

    def response(self) -> JSONResponse:
        """Return the answer to send."""
        return JSONResponse(self.body, status_code=self.status, headers=self.headers)


def invalid(message: str, param: str, code: str = "invalid_value") -> ApiError:
    """Return a 400 that names the parameter."""
    return ApiError(400, message, param=param, code=code)


def not_ready(message: str, param: str) -> ApiError:
    """Return the 409 for a video that is not in the state that the call needs."""
    return ApiError(409, message, param=param, code="video_not_ready")


def wrong_key(message: str) -> ApiError:
    """Return the 401 for a key that does not open the service."""
    return ApiError(401, message, code="invalid_api_key")


def not_found(video_id: str) -> ApiError:
    """Return the 404 for a video that does not exist (any more)."""
    return ApiError(404, f"Video with id '{video_id}' not found.", param="video_id", code="not_found")


def refused_create(word: SpecialWord) -> ApiError:
    """Return the answer to a create call that a special word refuses."""
    return _REFUSED[word]()


def _moderated() -> ApiError:
    return ApiError(
        400, "Your request was blocked by our moderation system.", param="prompt", code="moderation_blocked"
    )


def _broken() -> ApiError:
    return ApiError(
        500, "The server had an error while processing your request.", kind="server_error", code="server_error"
    )


def _too_many() -> ApiError:
    return ApiError(
        429,
        f"Rate limit reached. Please try again in {RATE_LIMIT_SECONDS}s.",
        kind="rate_limit_error",
        code="rate_limit_exceeded",
        headers={"retry-after": str(RATE_LIMIT_SECONDS)},
    )


def _unpaid() -> ApiError:
    return ApiError(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        kind="insufficient_quota",
        code="insufficient_quota",
    )


_REFUSED = {
    SpecialWord.MODERATED_INPUT: _moderated,
    SpecialWord.SERVER_ERROR: _broken,
    SpecialWord.RATE_LIMIT: _too_many,
    SpecialWord.QUOTA: _unpaid,
    SpecialWord.ARREARS: _unpaid,
}
