"""Fields of the API's input."""

from typing import Any

from django.db import models
from rest_framework import serializers


class VisibleRelatedField(serializers.PrimaryKeyRelatedField[Any]):
    """Names a row by its id, among those that the person may see: any other id is answered as one that never existed."""

    default_error_messages = {
        "does_not_exist": "There is nothing with the id {pk_value}, or you may not see it.",
        "incorrect_type": "Send the id as text.",
    }

    def get_queryset(self) -> Any:
        """Return the rows visible to the person who asks."""
        rows: Any = super().get_queryset()
        return rows.visible_to(self.context["request"].user)


class VisibleListField(serializers.ListField):
    """Names many rows by their ids, looked up at once: each once, in the order in which they were named first."""

    child = serializers.UUIDField()
    default_error_messages = VisibleRelatedField.default_error_messages

    def __init__(self, *, queryset: models.QuerySet[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.queryset = queryset

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the rows visible to the person who asks. Raises ValidationError for an id of any other."""
        ids = [*dict.fromkeys(super().to_internal_value(data))]
        rows: Any = self.queryset.all()
        found = rows.visible_to(self.context["request"].user).in_bulk(ids)
        for pk in ids:
            if pk not in found:
                self.fail("does_not_exist", pk_value=pk)
        return [found[pk] for pk in ids]
