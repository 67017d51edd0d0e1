"""Fields of the API's input."""

from typing import Any

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
