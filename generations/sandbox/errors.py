"""The service's error answers, in the dialect's form: {"error": {"message", "type", "param", "code"}}."""

from collections.abc import Mapping

from starlette.responses import JSONResponse


class ApiError(Exception):
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


def not_found(video_id: str) -> ApiError:
    """Return the 404 for a video that does not exist (any more)."""
    return ApiError(404, f"Video with id '{video_id}' not found.", param="video_id", code="not_found")
