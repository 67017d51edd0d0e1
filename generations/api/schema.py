"""What the OpenAPI document says about clips."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension

from generations.api.serializers import GUEST_FIELDS


class FewerFieldsForGuests(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # registers itself on definition
    """Of a clip's fields, only those that guests get too are always there."""

    target_class = "generations.api.serializers.ClipSerializer"

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """Return the serializer's schema with fewer required fields."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "required": [name for name in schema["required"] if name in GUEST_FIELDS]}
