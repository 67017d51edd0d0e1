"""How the API reads JSON, and finds that it is to answer with it."""

from collections.abc import Iterable, Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class JsonParser(JSONParser):
    """JSON of any reasonable depth: what nests too deeply to be read is the sender's mistake, not a breakdown of ours."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the parsed body. Raises ParseError."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - it nests too deeply.") from error


class Negotiation(DefaultContentNegotiation):
    """The framework's; there is nothing to weigh where one form is offered and anything is taken, as programs mostly do."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the form of the answer and its media type. Raises NotAcceptable, Http404 for an unknown ``?format=``."""
        offered = list(renderers)
        anything = request.META.get("HTTP_ACCEPT", "*/*") == "*/*"
        if len(offered) == 1 and anything and not format_suffix and "format" not in request.query_params:
            return offered[0], str(offered[0].media_type)
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, offered, format_suffix)
        return chosen
