"""What every resource of the API is made of: rows that the person may see, input that is read, a row that is shown."""

from typing import Any, cast

from django.db import models
from rest_framework import mixins
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.viewsets import GenericViewSet

from sorahub.accounts.models import User
from sorahub.lib.errors import InvalidInput


class ScopedViewSet(GenericViewSet[Any]):
    """Rows of ``queryset`` as far as the person may see them; a row that they may not see is a 404.

    Views hold no rule: they read input, call one action, and show its row.
    """

    request: Request
    lookup_value_converter = "uuid"

    @property
    def actor(self) -> User:
        """The account that asks; anonymous requests never get here."""
        return cast("User", self.request.user)

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the visible rows; none while the OpenAPI document is being made."""
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return cast("models.QuerySet[Any]", rows.none())
        return cast("models.QuerySet[Any]", rows.visible_to(self.request.user))

    def given(self, kind: type[Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """Return the request's body, validated as this kind of input."""
        body = kind(data=self.request.data, partial=partial, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def asked(self, kind: type[Serializer[Any]]) -> dict[str, Any]:
        """Return the query's parameters, validated as this kind of input."""
        query = kind(data=self.request.query_params, context=self.get_serializer_context())
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)

    def shown(self, row: object, status: int = 200) -> Response:
        """Answer with the row."""
        serializer: BaseSerializer[Any] = self.get_serializer(row)
        return Response(serializer.data, status=status)

    def created(self, row: object) -> Response:
        """Answer 201 with the row."""
        return self.shown(row, 201)


class ReadOnly(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """A list and its rows, to be looked at. Resources that can be written add their verbs."""

    def filter_queryset(self, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return the rows that the query asks for. Raises InvalidInput for a filter that a list does not have."""
        if self.action == "list":
            self._refuse_unknown_filters()
        return super().filter_queryset(queryset)

    def _refuse_unknown_filters(self) -> None:
        """Never let a misspelt filter answer with everything. Raises InvalidInput that names the filters there are."""
        declared = getattr(getattr(self, "filterset_class", None), "base_filters", {})
        known = [*sorted(declared), "cursor", "page_size"]
        wrong = {
            name: f"Unknown here; known: {', '.join(known)}." for name in self.request.query_params if name not in known
        }
        if wrong:
            raise InvalidInput("This list is not narrowed by that.", code="unknown-filter", fields=wrong)
